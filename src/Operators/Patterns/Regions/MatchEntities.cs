using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Operators.Patterns.Compilation;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>What a pattern operator keeps per key; a question about a key gets its partial matches, the oldest first, or the rows that wait.</summary>
internal sealed class MatchEntities<TKey, T>(Automaton<T> automaton, ShardRange shards, Func<T, TKey> keyOf, long step, bool withPositions) : EntityStates<TKey>
{
    public Automaton<T> Automaton { get; } = automaton;

    public MatchStates<TKey, T> States { get; } = new(automaton, shards, withPositions);

    public RowBuckets<T> Waiting { get; } = new(shards, step, withPositions) { HashOfStored = (row, shard) => StoredKeys.HashOf(keyOf(row), shard, shards.Map) };

    public override IReadOnlyList<IShardedState> Journaled => [States, Waiting];

    public override IReadOnlyList<string> Names => ["matches", "waiting"];

    public override object Read(TKey key, string name)
    {
        ulong hash = shards.HashOf(key);
        if (string.Equals(name, "waiting", StringComparison.Ordinal))
            return Waiting.Of(hash, row => EqualityComparer<TKey>.Default.Equals(keyOf(row), key));
        return States.ProgressOf(key, hash);
    }
}
