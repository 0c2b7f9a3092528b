// tumbling-full-10k, tumbling-full-1m. Per row: count by auction in tumbling one-second windows of event time, default trigger, allowed
// lateness 0, late rows counted; 10 thousand or a million keys, one core, not durable on either side. Compared with the limits of keyed-10k
// and keyed-1m: hand-written tables for rows in order, without lateness. tumbling-general-10k, -1m: the same through the operator for any
// trigger, which an allowed lateness of a second asks for: two windows are open at a time.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Keyed;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.WindowOperators;

internal sealed class TumblingFull(string name, long keys, bool isGeneral) : IBenchmark
{
    public string Name => name;
    public string What =>
        $"Counts {keys:N0} keys in tumbling windows of one second, default trigger{(isGeneral ? ", by the operator for any trigger" : "")}.";
    public bool Durable => false;
    public string BaselineName => keys > 100_000 ? "hand-written prefetching table, one core" : "hand-written map per window, one core";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows) => Model.TumblingCounts([Bids.Of(rows, keys)], keys);

    public Measurement RunBaseline(long rows) =>
        keys > 100_000 ? KeyedLarge.Baseline(Bids.Of(rows, keys), keys) : KeyedSmall.Baseline(Bids.Of(rows, keys), keys);

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        Counts(pipeline, Bids.Of(rows, keys), Watermarks.Monotonic(), TimeSpan.FromSeconds(isGeneral ? 1 : 0))
            .Aggregate(Aggregate.Of<Bid>().Count()).Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    /// <summary>Bids by auction in tumbling windows of one second.</summary>
    public static WindowedStream<long, Bid> Counts(Pipeline pipeline, Bid[] bids, WatermarkStrategy watermarks, TimeSpan lateness) =>
        pipeline
        .Read("bids", Sources.Of(bids))
        .WithEventTime(bid => bid.Time, watermarks)
        .KeyBy(bid => bid.Auction)
        .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).AllowedLateness(lateness).DropLate();
}
