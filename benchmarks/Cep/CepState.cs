// cep-state. Per row: one more partial match of cep-3 among 1,000 keys, in bulk; then epochs that touch one row of each key. Journal
// records are made as at a barrier, and not handed to a store. Compared with itself where each touched key is written whole. Bytes per
// partial match, in memory (all cells, free ones included, with the table of keys) and in a snapshot, are notes; the row's own 32 bytes are
// part of both.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Benchmarks.Cep;

/// <summary>What partial matches take, and what an epoch writes of a large state.</summary>
internal sealed class CepState : IBenchmark
{
    private const int Keys = 1_000;
    private const int Epochs = 20;

    public string Name => "cep-state";

    public string What =>
        "Bytes per partial match with its row of 32 bytes (floor 200, aim 64); bytes an epoch writes that touches a large state a little.";

    public bool Durable => false;

    public string BaselineName => "itself, touched keys written whole";

    public long DefaultRows => 200_000;

    public Outcome Expect(long rows) => new(rows + (Keys * Epochs), 0, 0);

    public Measurement RunBaseline(long rows) => Run(rows, isWhole: true);

    public Measurement RunOurs(long rows) => Run(rows, isWhole: false);

    private static Measurement Run(long rows, bool isWhole)
    {
        Pattern<Bid> pattern = Pattern.Begin<Bid>("a", row => row.Price == 0).FollowedBy("b", row => row.Price == 1)
            .FollowedBy("c", row => row.Price == 2)
            .Within(TimeSpan.FromMinutes(100)).MaxPartialMatches(int.MaxValue);
        Automaton<Bid> automaton = PatternCompiler<Bid>.Compile(pattern.Shape);
        var states = new MatchStates<long, Bid>(automaton, new ShardMap(1).RangeOf(0, 1), withPositions: false);
        var matcher = new Matcher<Bid>(automaton, states.Buffer, new Nowhere());
        for (long row = 0; row < rows; row++)
            Add(states, matcher, row);
        long snapshot = Journal(states, isWhole: true);
        double memory = states.Buffer.SizeBytes + states.Map.SizeBytes;

        var meter = Meter.Start();
        long written = 0;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            for (int key = 0; key < Keys; key++)
                Add(states, matcher, rows + (epoch * Keys) + key);
            written += Journal(states, isWhole);
        }

        meter.Stop();
        return meter.Result(Keys * Epochs, new Outcome(states.Buffer.Runs, 0, 0)) with
        {
            Notes =
            [
                new("bytes in memory", memory / rows), new("bytes in a snapshot", (double)snapshot / rows),
                new("bytes an epoch writes", written / (double)Epochs), new("partial matches it touches", Keys), new("of", rows),
            ],
        };
    }

    private static void Add(MatchStates<long, Bid> states, Matcher<Bid> matcher, long row)
    {
        long key = row % Keys;
        ulong hash = KeyHash<long>.Stable(key);
        int slot = states.Map.Find(key, hash);
        KeyRuns runs = slot < 0 ? KeyRuns.None : states.Map.At(slot).State;
        matcher.OnRow(ref runs, new Bid(key, row, 0, row), row, -1);
        states.Map.Reserve(1);
        states.Map.Touch(key, hash) = runs;
    }

    private static long Journal(MatchStates<long, Bid> states, bool isWhole)
    {
        var writer = new ShardBlobWriter();
        var events = new List<JournalEvent>();
        states.BeginJournal();
        writer.Begin(events, "cep", 0, 1, isWhole);
        writer.BeginSection(states.Name, 1);
        if (isWhole)
            states.WriteSnapshot(0, writer);
        else
            states.WriteChanges(0, writer);
        writer.EndSection();
        long bytes = writer.End();
        states.EndJournal();
        return bytes;
    }

    private sealed class Nowhere : IMatchOutput
    {
        public void OnMatch(int node, long time)
        {
        }

        public void OnTimedOut(int node, int waitedFor, long deadline)
        {
        }
    }
}
