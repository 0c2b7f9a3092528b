// nexmark-q0 … nexmark-q22. The queries of Nexmark over generated events, 50 events a 46 bids counted: seed 42, R = 10,000 events a
// second of event time, in order; durable (SQLite, synchronous=FULL, epochs of 1 s), one core. The published figures are Flink's a core.
// Compared with the same query without a store: the ratio says what durability costs. The answers are checked against PostgreSQL by
// tests/Sql (NexmarkSpec); here all runs must agree.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;
using ActorStreams.Tests;
using NexmarkBid = ActorStreams.Tests.Bid;

namespace ActorStreams.Benchmarks.Sql;

/// <summary>One query.</summary>
/// <param name="query">Its name: q0.</param>
/// <param name="flink">Thousand events a second and core: guide 1 (Flink 1.13 to 2.0) and guide 2 (Flink 2); 0: none is published.</param>
/// <param name="write">Writes the changes of its result into a sink that adds them up.</param>
internal sealed class NexmarkQuery(string query, (int First, int Second) flink, Func<SqlQuery, Func<Outcome>> write) : IBenchmark
{
    private static NexmarkEvent[] s_events = [];
    private (long Rows, Outcome Outcome)? _expected;

    public string Query => query;
    public string Name => $"nexmark-{query}";
    public string What => $"Runs {query} of Nexmark.";
    public bool Durable => true;
    public string BaselineName => "itself without a store";
    public long DefaultRows => 500_000;

    public Outcome Expect(long rows)
    {
        if (_expected?.Rows != rows)
            _expected = (rows, Run(rows, null).Outcome);
        return _expected.Value.Outcome;
    }

    public Measurement RunBaseline(long rows) => Run(rows, null);

    public Measurement RunOurs(long rows)
    {
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("nexmark.db"));
        try
        {
            Measurement run = Run(rows, store);
            double thousands = rows / run.Cpu.TotalSeconds / 1000;
            return run with
            {
                Notes =
                [
                    .. run.Notes,
                    new("thousand events a CPU second", thousands),
                    new("times Flink, guide 1", flink.First == 0 ? 0 : thousands / flink.First),
                    new("times Flink, guide 2", flink.Second == 0 ? 0 : thousands / flink.Second),
                ],
            };
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private Measurement Run(long rows, Store? store)
    {
        NexmarkEvent[] events = Events(rows);
        Pipeline pipeline = Pipeline.Create(Name);
        Stream<NexmarkEvent> all = pipeline.Read("events", Sources.Of(events))
            .WithEventTime(static one => new DateTimeOffset(one.At, TimeSpan.Zero),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(4)));
        Stream<SideInput> side = pipeline.Read("side", Sources.Of(
            Enumerable.Range(0, 10_000).Select(static key => new SideInput(key, $"text {key}")).ToArray()));
        SqlQuery planned = pipeline.Sql(query, NexmarkQueries.TextOf(query), from => from
            .Stream("person", all.Filter(static one => one.Person is not null).Map(static one => one.Person!), nameof(Person.At))
            .Stream("auction", all.Filter(static one => one.Auction is not null).Map(static one => one.Auction!), nameof(Auction.At))
            .Stream("bid", all.Filter(static one => one.Bid is not null).Map(static one => one.Bid!), nameof(NexmarkBid.At))
            .Changes("side_input", side.AsChanges(), null, nameof(SideInput.Key)));
        Func<Outcome> outcome = write(planned);
        return Jobs.Run(pipeline, rows, outcome, Jobs.OneCore, store);
    }

    public static NexmarkEvent[] Events(long rows)
    {
        if (s_events.Length != rows)
        {
            var generator = new NexmarkGenerator();
            s_events = [.. Enumerable.Range(0, (int)rows).Select(number => generator.Event(number))];
        }

        return s_events;
    }
}

/// <summary>All of them, with the rows that they give.</summary>
internal static class NexmarkQueries
{
    // q12 is left out: windows of processing time differ from run to run. q13 meets whatever of its side input has been read.
    public static IEnumerable<NexmarkQuery> All { get; } =
    [
        new("q0", (155, 379), Into<Q0>), new("q1", (158, 395), Into<Q1>), new("q2", (175, 414), Into<Q2>), new("q3", (152, 219), Into<Q3>),
        new("q4", (34, 28), Into<Q4>), new("q5", (22, 75), Into<Q5>), new("q6", (0, 0), Into<Q6>), new("q7", (12, 23), Into<Q7>),
        new("q8", (146, 162), Into<Q8>), new("q9", (14, 14), Into<Q9>), new("q10", (58, 133), Into<Q10>), new("q11", (40, 46), Into<Q11>),
        new("q14", (161, 259), Into<Q14>), new("q15", (72, 168), Into<Q15>), new("q16", (19, 45), Into<Q16>),
        new("q17", (117, 161), Into<Q17>), new("q18", (54, 65), Into<Q18>), new("q19", (44, 43), Into<Q19>),
        new("q20", (19, 18), Into<Q20>), new("q21", (98, 147), Into<Q21>), new("q22", (130, 212), Into<Q22>),
    ];

    /// <summary>The queries that DuckDB runs, too.</summary>
    public static IEnumerable<DuckDbQuery> AgainstDuckDb => All.Select(static query => new DuckDbQuery(query));

    public static string TextOf(string query) => TextIn("nexmark.sql", query)
        ?? throw new ArgumentException($"There is no {query}.", nameof(query));

    /// <summary>The query as a database asks it of tables that do not change.</summary>
    public static string PostgreSqlTextOf(string query) =>
        TextIn("nexmark-postgresql.sql", query)?.Replace("generate_series(0, 4) AS k", "generate_series(0, 4) AS series(k)",
            StringComparison.Ordinal) ?? TextOf(query);

    private static string? TextIn(string file, string query)
    {
        string script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file));
        int name = script.IndexOf($"-- {query}\n", StringComparison.Ordinal), start = name + query.Length + 4;
        return name < 0 ? null : script[start..script.IndexOf(';', start)];
    }

    private static Func<Outcome> Into<T>(SqlQuery query)
        where T : notnull
    {
        var sink = new OutcomeSink<Change<T>, AddAny<T>>();
        query.ToChanges<T>().Write("out", sink);
        return () => sink.Outcome;
    }

    private readonly struct AddAny<T> : IAdd<Change<T>>
        where T : notnull
    {
        public void Add(in Change<T> row, ref long count, ref long sum, ref long checksum)
        {
            count += row.Weight;
            checksum += row.Weight * (long)row.Row.GetHashCode();
        }
    }

    private record struct Q0(long Auction, long Bidder, long Price, DateTime At, string Extra);

    private record struct Q1(long Auction, long Bidder, decimal Price, DateTime At, string Extra);

    private record struct Q2(long Auction, long Price);

    private record struct Q3(string Name, string City, string State, long Id);

    private record struct Q4(long Category, decimal? Final);

    private record struct Q5(long Auction, long Num, DateTime WindowStart);

    private record struct Q6(long Seller, long Id, decimal? AvgPrice);

    private record struct Q7(long Auction, long Price, long Bidder, DateTime At, string Extra);

    private record struct Q8(long Id, string Name, DateTime WindowStart);

    private record struct Q9(long Id, string Item, string Description, long InitialBid, long Reserve, DateTime At, DateTime Expires,
        long Seller, long Category, string Extra, long Auction, long Bidder, long Price, DateTime BidAt, string BidExtra, long Rn);

    private record struct Q10(long Auction, long Bidder, long Price, DateTime At, string Extra, string? Dt, string? Hm);

    private record struct Q11(long Bidder, long BidCount, DateTime WindowStart, DateTime WindowEnd);

    private record struct Q14(long Auction, long Bidder, decimal Price, string? BidTimeType, DateTime At, string Extra, int CCounts);

    private record struct Q15(string? Day, long Bids, long B1, long B2, long B3, long P, long P1, long P2, long P3, long A, long A1,
        long A2, long A3);

    private record struct Q16(string Channel, string? Day, string? Minute, long Bids, long B1, long B2, long B3, long P, long P1, long P2,
        long P3, long A, long A1, long A2, long A3);

    private record struct Q17(long Auction, string? Day, long Bids, long B1, long B2, long B3, long? Lo, long? Hi, decimal? Mean,
        decimal? Total);

    private record struct Q18(long Auction, long Bidder, long Price, string Channel, string Url, DateTime At, string Extra);

    private record struct Q19(long Auction, long Bidder, long Price, string Channel, string Url, DateTime At, string Extra, long Rn);

    private record struct Q20(long Auction, long Bidder, long Price, string Channel, string Url, DateTime BidAt, string BidExtra,
        string Item, string Description, long InitialBid, long Reserve, DateTime AuctionAt, DateTime Expires, long Seller, long Category,
        string Extra);

    private record struct Q21(long Auction, long Bidder, long Price, string Channel, string? ChannelId);

    private record struct Q22(long Auction, long Bidder, long Price, string Channel, string? D1, string? D2, string? D3);
}
