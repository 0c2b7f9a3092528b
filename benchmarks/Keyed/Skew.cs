// skew. Per row: count by auction in tumbling one-second windows; every second row has the same key, the others are spread over a thousand.
// Two source actors, an exchange, two regions, both cores, not durable. With aggregation in two phases, compared with the same pipeline in
// one phase.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class Skew : IBenchmark
{
    private const long Keys = 1_000;
    private const long FrequentKey = 7;

    private LoopedBids? _skewed;

    public string Name => "skew";
    public string What => "Counts a thousand keys in tumbling windows of one second; one key has half of the rows.";
    public bool Durable => false;
    public string BaselineName => "itself in one phase";
    public long DefaultRows => 60_000_000;

    public Outcome Expect(long rows) => Input(rows).ExpectTumblingCounts(rows);

    public Measurement RunOurs(long rows) => Run(rows, isTwoPhase: true);

    public Measurement RunBaseline(long rows) => Run(rows, isTwoPhase: false);

    private LoopedBids Input(long rows)
    {
        LoopedBids bids = LoopedBids.Of(rows, Keys);
        if (_skewed == bids)
            return bids;
        _skewed = bids;
        for (int source = 0; source < LoopedBids.Sources; source++)
        {
            Bid[] loop = bids.Loop(source);
            for (int row = 0; row < loop.Length; row += 2)
                loop[row].Auction = FrequentKey;
        }

        return bids;
    }

    private Measurement Run(long rows, bool isTwoPhase)
    {
        LoopedBids bids = Input(rows);
        long whole = LoopedBids.WholeWindows(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        WindowedStream<long, Bid> windows = pipeline.Read("bids", new LoopedSource(bids, whole / LoopedBids.Sources))
            .WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => bid.Auction).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).DropLate();
        (isTwoPhase ? windows.TwoPhase() : windows).Aggregate(Aggregate.Of<Bid>().Count()).Write("results", sink);
        return Jobs.Run(pipeline, whole, () => sink.Outcome, new JobOptions { Parallelism = 2, MaxEventTimeAhead = null });
    }
}
