using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Patterns.Revisable;

/// <summary>What a revisable pattern operator keeps per key: partial matches as the watermark has them, and the rows and retractions that it has not passed.</summary>
/// <remarks>Which matches are out early follows from the two, so it is not stored.</remarks>
internal sealed class RevisableEntities<TKey, T>(Automaton<T> automaton, ShardRange shards, Func<Change<T>, TKey> keyOf, long step, bool withPositions) : EntityStates<TKey>
{
    public Automaton<T> Automaton { get; } = automaton;

    public MatchStates<TKey, T> States { get; } = new(automaton, shards, withPositions);

    public RowBuckets<Change<T>> Waiting { get; } = new(shards, step, withPositions) { HashOfStored = (change, shard) => StoredKeys.HashOf(keyOf(change), shard, shards.Map) };

    public override IReadOnlyList<IShardedState> Journaled => [States, Waiting];

    public override IReadOnlyList<string> Names => ["matches", "waiting"];

    public override object Read(TKey key, string name)
    {
        ulong hash = shards.HashOf(key);
        return string.Equals(name, "waiting", StringComparison.Ordinal)
            ? Waiting.Of(hash, change => EqualityComparer<TKey>.Default.Equals(keyOf(change), key))
            : States.ProgressOf(key, hash);
    }
}
