using ActorStreams.Core.Journal;
using ActorStreams.Operators.Patterns.Compilation;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>What a pattern operator keeps per key; a question about a key gets its partial matches, the oldest first, or the rows that
/// wait.</summary>
/// <remarks>Early matches of a revisable pattern follow from the two, so they are not stored.</remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row that is matched.</typeparam>
/// <typeparam name="TRow">What waits for the watermark: such rows, or changes of them.</typeparam>
internal sealed class MatchEntities<TKey, T, TRow>(
    Automaton<T> automaton, ShardRange shards, Func<TRow, TKey> keyOf, long step, bool withPositions)
    : EntityStates<TKey>
{
    public Automaton<T> Automaton { get; } = automaton;

    public MatchStates<TKey, T> States { get; } = new(automaton, shards, withPositions);

    public RowBuckets<TRow> Waiting { get; } = RowBuckets<TRow>.Of(shards, keyOf, step, withPositions);

    public override IReadOnlyList<IShardedState> Journaled => [States, Waiting];

    public override IReadOnlyList<string> Names => ["matches", "waiting"];

    public override object Read(TKey key, string name) =>
        string.Equals(name, "waiting", StringComparison.Ordinal) ? Waiting.Of(key, keyOf) : States.ProgressOf(key, shards.HashOf(key));
}
