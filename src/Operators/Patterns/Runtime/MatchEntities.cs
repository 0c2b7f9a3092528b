using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>What a pattern operator keeps per key; a question about a key gets its partial matches, the oldest first, or the rows that wait.</summary>
internal sealed class MatchEntities<TKey, T>(Automaton<T> automaton, ShardRange shards, Func<T, TKey> keyOf, long step, bool withPositions) : EntityStates<TKey>
{
    public Automaton<T> Automaton { get; } = automaton;

    public MatchStates<TKey, T> States { get; } = new(automaton, shards, withPositions);

    public RowBuckets<T> Waiting { get; } = new(shards, step, withPositions) { HashOf = row => KeyHash<TKey>.Of(keyOf(row)) };

    public override IReadOnlyList<IShardedState> Journaled => [States, Waiting];

    public override IReadOnlyList<string> Names => ["matches", "waiting"];

    public override object Read(TKey key, string name)
    {
        ulong hash = KeyHash<TKey>.Of(key);
        if (string.Equals(name, "waiting", StringComparison.Ordinal))
            return Waiting.Of(hash, row => EqualityComparer<TKey>.Default.Equals(keyOf(row), key));
        var found = new List<MatchProgress<T>>();
        int slot = States.Map.Find(key, hash);
        for (int at = slot < 0 ? -1 : States.Map.At(slot).State.First; at >= 0; at = States.Buffer.Run(at).Next)
        {
            Run run = States.Buffer.Run(at);
            var events = MatchedEvents<T>.Of(States.Buffer, run.Node, withPositions: false);
            int stage = Automaton.States[run.State].Stage;
            found.Add(new MatchProgress<T>(Automaton.Stages[events.Stages[^1]], stage < 0 ? "" : Automaton.Stages[stage], EventTime.ToDateTimeOffset(events.Times[0]), events.Rows));
        }

        return found;
    }
}
