// sql-window. Per row: count by auction in tumbling windows of a second, 10 k keys, one core; each window gives its counts once, when it is
// complete. Compared with the same window in C#.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class SqlWindow : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "sql-window";
    public string What => "Counts 10 thousand keys in tumbling windows of one second, said in SQL.";
    public bool Durable => false;
    public string BaselineName => "the same window in C#";
    public long DefaultRows => 4_000_000;

    public Outcome Expect(long rows)
    {
        Outcome outcome = default;
        foreach (var window in TimedBids.Of(rows, Keys).GroupBy(static bid => (bid.Auction, Window: Bids.WindowOf(bid.Time))))
            outcome += new Outcome(1, window.Count(), window.Key.Auction ^ window.Key.Window);
        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<WindowResult<long, long>, AddResult>();
        TimedBids.Read(pipeline, TimedBids.Of(rows, Keys)).KeyBy(static bid => bid.Auction)
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).DropLate().Aggregate(Aggregate.Of<TimedBid>().Count())
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Counted, AddCounted>();
        Stream<TimedBid> bids = TimedBids.Read(pipeline, TimedBids.Of(rows, Keys));
        pipeline.Sql("counts", """
                SELECT auction, count(*) AS n, window_start FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '1' SECOND)) AS w
                GROUP BY auction, window_start, window_end EMIT ON WINDOW CLOSE
                """, from => from.Stream("bids", bids, nameof(TimedBid.At)))
            .ToStream<Counted>()
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    internal readonly record struct Counted(long Auction, long N, DateTime WindowStart);

    private readonly struct AddResult : IAdd<WindowResult<long, long>>
    {
        public void Add(in WindowResult<long, long> row, ref long count, ref long sum, ref long checksum)
        {
            count++;
            sum += row.Result;
            checksum += row.Key ^ row.Window.Start;
        }
    }

    private readonly struct AddCounted : IAdd<Counted>
    {
        public void Add(in Counted row, ref long count, ref long sum, ref long checksum)
        {
            count++;
            sum += row.N;
            checksum += row.Auction ^ ((row.WindowStart.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        }
    }
}
