// sql-join. Per row: a row of one of two sides comes and meets those of the other side that have its key, about one; all rows are kept.
// One core, not durable. Compared with the join of changes in C#.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class SqlJoin : IBenchmark
{
    public string Name => "sql-join";
    public string What => "Joins two growing sides by key, said in SQL.";
    public bool Durable => false;
    public string BaselineName => "the same join in C#";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows)
    {
        (TimedBid[] left, TimedBid[] right) = Sides(rows);
        ILookup<long, TimedBid> rights = right.ToLookup(static bid => bid.Auction);
        Outcome outcome = default;
        foreach (TimedBid bid in left)
        {
            foreach (TimedBid other in rights[bid.Auction])
                outcome += new Outcome(1, bid.Price + other.Price, bid.Bidder * other.Price);
        }

        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        (TimedBid[] left, TimedBid[] right) = Sides(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<Met>, AddMet>();
        KeyedStream<long, Change<TimedBid>> Side(TimedBid[] bids, string name) =>
            TimedBids.Read(pipeline, bids, name).AsChanges().KeyBy(static change => change.Row.Auction);
        Side(left, "left").Join("join", Side(right, "right"))
            .Map(static pair => new Change<Met>(new Met(pair.Row.Left.Price, pair.Row.Right.Price, pair.Row.Left.Bidder), pair.Weight))
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        (TimedBid[] left, TimedBid[] right) = Sides(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<Met>, AddMet>();
        Stream<TimedBid> lefts = TimedBids.Read(pipeline, left, "left"), rights = TimedBids.Read(pipeline, right, "right");
        pipeline.Sql("join", """
                SELECT l.price AS "left", r.price AS "right", l.bidder FROM l JOIN r ON l.auction = r.auction
                """, from => from.Stream("l", lefts).Stream("r", rights))
            .ToChanges<Met>()
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static (TimedBid[] Left, TimedBid[] Right) Sides(long rows)
    {
        TimedBid[] all = TimedBids.Of(rows, rows / 2);
        return (all[..(all.Length / 2)], all[(all.Length / 2)..]);
    }

    internal readonly record struct Met(long Left, long Right, long Bidder);

    private readonly struct AddMet : IAdd<Change<Met>>
    {
        public void Add(in Change<Met> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            sum += row.Weight * (row.Row.Left + row.Row.Right);
            checksum += row.Weight * row.Row.Bidder * row.Row.Right;
        }
    }
}
