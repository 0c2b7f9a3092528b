// sql-state. Per row: a new group of an aggregate, or a row more of one side of a join; how many bytes of the store it takes is a note,
// with and without SQL. SQLite, one epoch. Compared with the same in C#.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class SqlState : IBenchmark
{
    public string Name => "sql-state";
    public string What => "Keeps a count and a sum for each group; bytes a group are a note.";
    public bool Durable => true;
    public string BaselineName => "the same aggregate in C#";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows)
    {
        Outcome outcome = default;
        foreach (var group in TimedBids.Of(rows, rows).GroupBy(static bid => bid.Auction))
            outcome += new Outcome(1, group.Sum(static bid => bid.Price), group.Count());
        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        var sink = new OutcomeSink<Change<TableRow<long, (long N, long Total)>>, AddTotal>();
        return Run(rows, () => sink.Outcome, (_, bids) => bids.AsChanges().GroupBy(static bid => bid.Auction)
            .Aggregate("totals", Aggregate.Of<TimedBid>().Count().Sum(static bid => bid.Price)).Changes().Write("out", sink));
    }

    public Measurement RunOurs(long rows)
    {
        var sink = new OutcomeSink<Change<Counted>, AddCounted>();
        return Run(rows, () => sink.Outcome, (pipeline, bids) => pipeline
            .Sql("totals", "SELECT auction, count(*) AS n, sum(price)::bigint AS total FROM bids GROUP BY auction",
                from => from.Stream("bids", bids))
            .ToChanges<Counted>().Write("out", sink));
    }

    private static Measurement Run(long rows, Func<Outcome> outcome, Action<Pipeline, Stream<TimedBid>> build)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("state.db");
        Store store = Store.Sqlite(file);
        try
        {
            Pipeline pipeline = Pipeline.Create("sql-state");
            build(pipeline, TimedBids.Read(pipeline, TimedBids.Of(rows, rows)));
            Measurement run = Jobs.Run(pipeline, rows, outcome, Jobs.OneCore, store);
            long bytes = Directory.EnumerateFiles(Path.GetDirectoryName(file)!).Sum(static one => new FileInfo(one).Length);
            return run with { Notes = [.. run.Notes, new("bytes of the store a group", (double)bytes / run.Outcome.Count)] };
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    internal readonly record struct Counted(long Auction, long N, long Total);

    private readonly struct AddTotal : IAdd<Change<TableRow<long, (long N, long Total)>>>
    {
        public void Add(in Change<TableRow<long, (long N, long Total)>> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            sum += row.Weight * row.Row.Value.Total;
            checksum += row.Weight * row.Row.Value.N;
        }
    }

    private readonly struct AddCounted : IAdd<Change<Counted>>
    {
        public void Add(in Change<Counted> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            sum += row.Weight * row.Row.Total;
            checksum += row.Weight * row.Row.N;
        }
    }
}
