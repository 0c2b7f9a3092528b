using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>The states of one keyed operator for some shards, for those who do not know the type of its keys.</summary>
internal abstract class EntityStates
{
    /// <summary>What is journaled.</summary>
    public abstract IReadOnlyList<IShardedState> Journaled { get; }

    /// <summary>The names a question may use; the first one is meant if it uses none.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>The states are those of an epoch, and are read as of its end: at its watermark, at the clock's time of its
    /// commit.</summary>
    public virtual void StandAt(long watermark, long clockTime)
    {
    }

    /// <summary>The present value of a state of a key; null if the key has none.</summary>
    /// <param name="operatorName">The operator, for messages.</param>
    /// <param name="key">The key.</param>
    /// <param name="name">The state; null: the first.</param>
    /// <exception cref="JobException">The key is of another type, or there is no such state.</exception>
    public abstract object? ReadAny(string operatorName, object key, string? name);

    /// <summary>The state that is meant.</summary>
    protected string Wanted(string operatorName, string? name)
    {
        string wanted = name ?? Names[0];
        return Names.Contains(wanted, StringComparer.Ordinal) ? wanted : throw new JobException(
            $"Operator '{operatorName}' has no state '{wanted}'; it has {string.Join(", ", Names.Select(known => $"'{known}'"))}.");
    }
}

/// <summary>The states of one keyed operator for some shards: what its region works on, and what a question about a key reads.</summary>
internal abstract class EntityStates<TKey> : EntityStates
{
    /// <summary>The present value of a state of a key; default if the key has none.</summary>
    public abstract object? Read(TKey key, string name);

    public sealed override object? ReadAny(string operatorName, object key, string? name) =>
        Read(AnyKey.As<TKey>(operatorName, key), Wanted(operatorName, name));

    public TState? Read<TState>(string operatorName, TKey key, string? name)
    {
        string wanted = Wanted(operatorName, name);
        object? value = Read(key, wanted);
        return value switch
        {
            null => default,
            TState state => state,
            _ => throw new JobException($"Operator '{operatorName}', state '{wanted}' is a {value.GetType()}, not a {typeof(TState)}."),
        };
    }
}
