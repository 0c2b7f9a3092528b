using ActorStreams.Core.Journal;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>What rules keep per key; a question about a key gets its partial matches, or the rows that wait.</summary>
internal sealed class RuleEntities<TKey, T> : EntityStates<TKey>
{
    private readonly Func<T, TKey> _keyOf;
    private readonly ShardRange _shards;

    public RuleEntities(RuleSettings<TKey, T> settings, ShardRange shards, Func<T, TKey> keyOf, long step, bool withPositions)
    {
        (_keyOf, _shards) = (keyOf, shards);
        Rules = new RuleSet<T>(settings.PatternOf);
        Cells = new RuleCells<TKey, T>(shards, withPositions);
        States = new RuleStates<TKey, T>(Cells, Rules);
        Waiting = RowBuckets<T>.Of(shards, keyOf, step, withPositions);
    }

    public RuleSet<T> Rules { get; }

    public RuleCells<TKey, T> Cells { get; }

    public RuleStates<TKey, T> States { get; }

    public RowBuckets<T> Waiting { get; }

    public override IReadOnlyList<IShardedState> Journaled => [Rules, States, Waiting];

    public override IReadOnlyList<string> Names => ["matches", "waiting"];

    public override object Read(TKey key, string name)
    {
        ulong hash = _shards.HashOf(key);
        if (string.Equals(name, "waiting", StringComparison.Ordinal))
            return Waiting.Of(key, _keyOf);
        var found = new List<RuleProgress<T>>();
        for (int at = Cells.First(key, hash); at >= 0; at = Cells.At(at).Next)
        {
            Rule<T> rule = Rules[Cells.At(at).Rule];
            Add(found, rule.Id, rule.Version, rule.Automaton, Cells.At(at).Runs);
        }

        foreach (((TKey Key, string Rule) of, (long version, KeyRuns runs)) in States.Restored)
        {
            if (EqualityComparer<TKey>.Default.Equals(of.Key, key))
                Add(found, of.Rule, version, null, runs);
        }

        return found;
    }

    private void Add(List<RuleProgress<T>> found, string rule, long version, Automaton<T>? automaton, in KeyRuns runs)
    {
        for (int at = runs.First; at >= 0; at = Cells.Buffer.Run(at).Next)
        {
            Run run = Cells.Buffer.Run(at);
            var events = MatchedEvents<T>.Of(Cells.Buffer, run.Node, withPositions: false);
            int waitsFor = automaton?.States[run.State].Stage ?? -1;
            found.Add(new RuleProgress<T>(rule, version, automaton?.Stages[events.LastStage] ?? "", waitsFor < 0 ? ""
                : automaton!.Stages[waitsFor],
                EventTime.ToDateTimeOffset(events.FirstTime), events.Rows));
        }
    }
}
