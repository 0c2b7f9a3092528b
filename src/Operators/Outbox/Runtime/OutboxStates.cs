using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Outbox.Runtime;

/// <summary>What is stored of a call that is not over.</summary>
/// <param name="Row">The row.</param>
/// <param name="Time">Its event time.</param>
/// <param name="Order">Grows along the calls of a key.</param>
/// <param name="Attempts">Failed attempts.</param>
/// <param name="Partition">The source partition the row came from; empty if not known.</param>
/// <param name="Offset">Its offset there; -1 if not known.</param>
[StructLayout(LayoutKind.Auto)]
internal record struct StoredEffect<T>(T Row, long Time, long Order, int Attempts, string Partition, long Offset);

/// <summary>The calls that are not over, by key and id, and how many calls each key has made of rows without a position.</summary>
internal sealed class OutboxStates<TKey, T> : EntityStates<TKey>
{
    private readonly IShardedState[] _journaled;

    public OutboxStates(ShardRange shards)
    {
        Numbers = new StoredMap<TKey, long>("numbers", shards);
        _journaled = [Effects.Bind(shards, Scope), Numbers];
    }

    public KeyScope<TKey> Scope { get; } = new();

    public KeyedMap<TKey, Guid, StoredEffect<T>> Effects { get; } = new("calls");

    public StoredMap<TKey, long> Numbers { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["calls"];

    /// <summary>The rows of a key whose calls are not over, in their order.</summary>
    public override object? Read(TKey key, string name) =>
        Effects.Read(key, Numbers.HashOf(key)) is Dictionary<Guid, StoredEffect<T>> { Count: > 0 } effects
        ? effects.Values.OrderBy(static effect => effect.Order).Select(static effect => effect.Row).ToArray()
        : null;
}
