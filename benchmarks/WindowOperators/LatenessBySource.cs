// lateness-by-source. Per row: count by auction in tumbling one-second windows, 10 thousand keys, lateness judged by the source partition
// of the row. Two source actors with four partitions each, read in turn by a thousand rows, so that neighbouring rows of a batch have other
// watermarks; an exchange, two regions, both cores, not durable. No row is late. Compared with the same pipeline, judged by the operator.
using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.WindowOperators;

internal sealed class LatenessBySource : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "lateness-by-source";
    public string What =>
        "Counts 10 thousand keys in tumbling windows of one second; each row is judged by the watermark of its own partition.";
    public bool Durable => false;
    public string BaselineName => "itself, judged by the operator";
    public long DefaultRows => 60_000_000;

    public Outcome Expect(long rows) => LoopedBids.Of(rows, Keys).ExpectTumblingCounts(rows);

    public Measurement RunOurs(long rows) => Run(rows, Lateness.BySource);

    public Measurement RunBaseline(long rows) => Run(rows, Lateness.ByOperator);

    private Measurement Run(long rows, Lateness lateness)
    {
        LoopedBids bids = LoopedBids.Of(rows, Keys);
        long whole = LoopedBids.WholeWindows(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        pipeline.Read("bids", new Blocks(bids, whole / LoopedBids.Sources))
            .WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => bid.Auction).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).Lateness(lateness).DropLate()
            .Aggregate(Aggregate.Of<Bid>().Count()).Write("results", sink);
        return Jobs.Run(pipeline, whole, () => sink.Outcome, new JobOptions { Parallelism = LoopedBids.Sources, MaxEventTimeAhead = null });
    }

    /// <summary>The rows of each looped source, dealt out among four partitions block by block.</summary>
    private sealed class Blocks(LoopedBids bids, long rowsPerSource) : Source<Bid>
    {
        private const int PerSource = 4;
        private const int Rows = 1_000;

        public override string Description => "looped rows in memory, in blocks";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new([.. Enumerable.Range(0, LoopedBids.Sources * PerSource).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

        public override ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            new(new Reader(bids, int.Parse(partition, CultureInfo.InvariantCulture), from?.Value ?? 0, rowsPerSource / Rows));

        private sealed class Reader(LoopedBids bids, int partition, long block, long blocks) : SourceReader<Bid>
        {
            private readonly Bid[] _batch = new Bid[Rows];
            private long _block = block;

            public override SourceOffset Offset => new(_block);

            public override ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
            {
                long next = (_block * PerSource) + (partition / LoopedBids.Sources);
                if (next >= blocks)
                    return new ValueTask<bool>(false);
                int count = bids.Read(partition % LoopedBids.Sources, next * Rows, _batch);
                buffer.Use(_batch, 0, count, _block);
                _block++;
                return new ValueTask<bool>(true);
            }
        }
    }
}
