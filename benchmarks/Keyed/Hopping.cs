// hopping-10k, hopping-1m. Per row: count by auction in windows of ten seconds of event time that begin every two seconds; the results of a
// complete window go in batches to a sink that reads them. One core, not durable on either side. Compared with the naive way in the same
// engine, one update per window: the same source, table, fold, firing and sink, with a map of counts for each open window, into which every
// row is folded five times. It stands for engines that assign windows to rows, and is faster than these: rows are folded a chunk at a time,
// hashed once.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class Hopping(string name, long keys, long defaultRows) : IBenchmark
{
    private const int RowsPerEventSecond = 400_000;
    private static readonly TimeSpan s_size = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_slide = TimeSpan.FromSeconds(2);

    public string Name => name;
    public string What => $"Counts {keys:N0} keys in windows of ten seconds that begin every two.";
    public bool Durable => false;
    public string BaselineName => "one update per window, in the same engine";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => HopModel.Counts(Input(rows), keys, s_size, s_slide);

    public Measurement RunBaseline(long rows) => Run(rows, counts => counts.Add(new NaiveHopNode("counts", counts, s_size, s_slide)));

    public Measurement RunOurs(long rows) =>
        Run(rows, bids => bids.KeyBy(bid => bid.Auction).Window("counts", Window.Hopping(s_size, s_slide)).DropLate()
            .Aggregate(Aggregate.Of<Bid>().Count()));

    private Bid[] Input(long rows) => Bids.Of(rows, keys, RowsPerEventSecond);

    private Measurement Run(long rows, Func<Stream<Bid>, Stream<WindowResult<long, long>>> windows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        windows(pipeline.Read("bids", Sources.Of(Input(rows))).WithEventTime(bid => bid.Time, Watermarks.Monotonic()))
            .Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }
}
