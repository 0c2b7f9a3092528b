// triggers-accumulating, triggers-retracting. Per row: count by auction in tumbling one-second windows; an early pane every 10 thousand
// rows of a key, one on time, one for each late row. Ten keys, so that a window has ten early panes a key; times are up to a millisecond
// out of order and the watermark does not wait for them, so about one row in two thousand is late. One core, not durable. Compared with one
// pane per window of the same rows, whose watermark does wait. Both are checked by the last pane of every key and window; retractions must
// name the pane before.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.WindowOperators;

internal sealed class TriggerPanes(string name, bool retracts) : IBenchmark
{
    private const int Keys = 10;
    private const int EarlyRows = 10_000;

    private static readonly TimeSpan s_disorder = TimeSpan.FromMilliseconds(1);
    private static Bid[] s_bids = [];

    public string Name => name;
    public string What =>
        $"Counts {Keys} keys in tumbling windows of one second, early, on-time and late panes, {(retracts ? "retracting" : "accumulating")}.";
    public bool Durable => false;
    public string BaselineName => "tumbling-full: one pane per window";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows) => Model.TumblingCounts([Input(rows)], Keys);

    public Measurement RunBaseline(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        TumblingFull.Counts(pipeline, Input(rows), Watermarks.BoundedOutOfOrderness(s_disorder), TimeSpan.Zero)
            .Aggregate(Aggregate.Of<Bid>().Count()).Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        WindowedStream<long, Bid> windows = TumblingFull.Counts(pipeline, Input(rows), Watermarks.Monotonic(), TimeSpan.FromSeconds(1))
            .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(EarlyRows), late: Trigger.AfterCount(1)));
        var last = new Dictionary<(long Key, long Window), long>();
        if (retracts)
            windows.Retracting().Aggregate(Aggregate.Of<Bid>().Count())
                .Write("results", new Panes<Change<WindowResult<long, long>>>(change => Take(last, change)));
        else
            windows.Aggregate(Aggregate.Of<Bid>().Count())
                .Write("results", new Panes<WindowResult<long, long>>(pane => last[(pane.Key, pane.Window.Start)] = pane.Result));
        return Jobs.Run(pipeline, rows, () => DigestOf(last));
    }

    private static Bid[] Input(long rows)
    {
        if (s_bids.Length != rows)
            s_bids = Bids.Generate(rows, Keys, disorder: s_disorder);
        return s_bids;
    }

    private static void Take(Dictionary<(long Key, long Window), long> last, Change<WindowResult<long, long>> change)
    {
        (long, long) at = (change.Row.Key, change.Row.Window.Start);
        if (!change.IsRetraction)
            last.Add(at, change.Row.Result);
        else if (!last.Remove(at, out long before) || before != change.Row.Result)
            throw new InvalidOperationException($"{change} takes back what is not there.");
    }

    private static Outcome DigestOf(Dictionary<(long Key, long Window), long> last)
    {
        var digest = new ResultDigest();
        foreach (((long key, long window), long count) in last)
            digest.Add(new WindowCount(key, window, count));
        return digest.Outcome;
    }

    private sealed class Panes<T>(Action<T> take) : Sink<T>
    {
        public override string Description => "panes in memory";

        public override ChangelogMode Changelog => ChangelogMode.Retract;

        public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

        public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer(take));

        private sealed class Writer(Action<T> take) : SinkWriter<T>
        {
            public override void Write(in Chunk<T> chunk)
            {
                foreach (T row in chunk.Rows)
                    take(row);
            }
        }
    }
}
