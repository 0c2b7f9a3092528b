// sql-topn. Per row: the ten best of its group of a thousand rows are kept; rows only come. One core, not durable. Compared with Top in C#.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class SqlTopRows : IBenchmark
{
    private const int Best = 10, RowsPerGroup = 1000;

    private static readonly Comparer<TimedBid> s_bestFirst = Comparer<TimedBid>.Create(static (left, right) =>
    {
        int order = right.Price.CompareTo(left.Price);
        order = order != 0 ? order : left.Time.CompareTo(right.Time);
        return order != 0 ? order : left.Bidder.CompareTo(right.Bidder);
    });

    public string Name => "sql-topn";
    public string What => "Keeps the best ten rows of each group, said in SQL.";
    public bool Durable => false;
    public string BaselineName => "Top in C#";
    public long DefaultRows => 2_000_000;

    public Outcome Expect(long rows)
    {
        Outcome outcome = default;
        foreach (var group in Input(rows).GroupBy(static bid => bid.Auction))
        {
            foreach (TimedBid bid in group.Order(s_bestFirst).Take(Best))
                outcome += new Outcome(1, bid.Price, bid.Bidder + bid.Time);
        }

        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<TableRow<long, TimedBid>>, AddTop>();
        TimedBids.Read(pipeline, Input(rows)).AsChanges().GroupBy(static bid => bid.Auction).Top("top", Best, s_bestFirst)
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<Found>, AddFound>();
        Stream<TimedBid> bids = TimedBids.Read(pipeline, Input(rows));
        pipeline.Sql("top", """
                SELECT auction, bidder, price, time FROM (SELECT *,
                row_number() OVER (PARTITION BY auction ORDER BY price DESC, time, bidder) AS n FROM bids) AS ranked WHERE n <= 10
                """, from => from.Stream("bids", bids))
            .ToChanges<Found>()
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static TimedBid[] Input(long rows) => TimedBids.Of(rows, Math.Max(1, rows / RowsPerGroup));

    internal readonly record struct Found(long Auction, long Bidder, long Price, long Time);

    private readonly struct AddTop : IAdd<Change<TableRow<long, TimedBid>>>
    {
        public void Add(in Change<TableRow<long, TimedBid>> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            sum += row.Weight * row.Row.Value.Price;
            checksum += row.Weight * (row.Row.Value.Bidder + row.Row.Value.Time);
        }
    }

    private readonly struct AddFound : IAdd<Change<Found>>
    {
        public void Add(in Change<Found> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            sum += row.Weight * row.Row.Price;
            checksum += row.Weight * (row.Row.Bidder + row.Row.Time);
        }
    }
}
