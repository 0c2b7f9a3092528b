using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>The states of one keyed operator for some shards: what its region works on, and what a question about a key reads.</summary>
internal abstract class EntityStates<TKey>
{
    /// <summary>What is journaled.</summary>
    public abstract IReadOnlyList<IShardedState> Journaled { get; }

    /// <summary>The names a question may use; the first one is meant if it uses none.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>The present value of a state of a key; default if the key has none.</summary>
    public abstract object? Read(TKey key, string name);

    /// <summary>The states are those of an epoch, and are read as of its end: at its watermark, at the clock's time of its
    /// commit.</summary>
    public virtual void StandAt(long watermark, long clockTime)
    {
    }

    public TState? Read<TState>(string operatorName, TKey key, string? name)
    {
        string wanted = name ?? Names[0];
        if (!Names.Contains(wanted, StringComparer.Ordinal))
            throw new JobException(
                $"Operator '{operatorName}' has no state '{wanted}'; it has {string.Join(", ", Names.Select(known => $"'{known}'"))}.");
        object? value = Read(key, wanted);
        return value switch
        {
            null => default,
            TState state => state,
            _ => throw new JobException($"Operator '{operatorName}', state '{wanted}' is a {value.GetType()}, not a {typeof(TState)}."),
        };
    }
}
