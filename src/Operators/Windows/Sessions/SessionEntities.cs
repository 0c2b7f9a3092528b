using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>What session windows keep per key; a question about a key gets its open sessions, the earliest first, with their results so
/// far.</summary>
internal sealed class SessionEntities<TKey, T, TAgg, TAcc, TOut>(ShardRange shards, long gap, TAgg aggregator) : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SessionStore<TKey, TAcc> Store { get; } = new(shards);

    public override IReadOnlyList<IShardedState> Journaled => [Store];

    public override IReadOnlyList<string> Names => ["windows"];

    public override object Read(TKey key, string name)
    {
        int slot = Store.Map.Find(key, Store.Map.HashOf(key));
        var sessions = new List<Session<TAcc>>();
        if (slot >= 0)
            Store.Get(Store.Map.At(slot).State, sessions);
        return sessions.Select(session => new WindowResult<TKey, TOut>(
            key, new Window(session.First, EventTime.AddSaturated(session.Last, gap)), aggregator.Result(session.Accumulator))).ToList();
    }
}
