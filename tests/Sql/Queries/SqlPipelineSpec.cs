using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Queries;

/// <summary>Queries inside of a pipeline: from streams and tables of C# types to streams, changes and tables of C# types.</summary>
public sealed class SqlPipelineSpec
{
    private readonly TestSource<Bid> _bids = new();

    [Fact]
    public async Task Rows_go_from_a_record_to_a_record()
    {
        var results = new TestSink<Converted>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("euros", "SELECT auction, price * 0.9 AS price_in_euros, at FROM bids WHERE price > 10",
                from => from.Stream("bids", Read(pipeline)))
            .ToStream<Converted>()
            .Write("out", results));

        _bids.Element(new Bid(1, 100, "ann", At("12:00"))).Element(new Bid(2, 5, null, At("12:01")))
            .Element(new Bid(3, 20, null, At("12:02")));
        test.Commit();

        Assert.Equal([new Converted(1, 90.0m, At("12:00")), new Converted(3, 18.0m, At("12:02"))], results.Committed);
    }

    [Fact]
    public async Task An_aggregate_is_read_as_changes_or_as_a_table()
    {
        var changes = new TestSink<Change<Total>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("totals", "SELECT auction, count(*) AS bids, sum(price) AS total FROM bids GROUP BY auction",
                from => from.Stream("bids", Read(pipeline)))
            .ToTable<long, Total>("by-auction", total => total.Auction)
            .Changes().Map(change => new Change<Total>(change.Row.Value, change.Weight))
            .Write("out", changes));

        _bids.Element(new Bid(1, 100, null, At("12:00")));
        test.Commit();
        _bids.Element(new Bid(1, 50, null, At("12:01")));
        test.CrashAndRestore().Commit();

        Assert.Equal([Change<Total>.Insert(new(1, 1, 100)), Change<Total>.Retract(new(1, 1, 100)), Change<Total>.Insert(new(1, 2, 150))],
            changes.Committed);
    }

    [Fact]
    public async Task A_query_joins_a_stream_and_a_table_of_the_pipeline()
    {
        var people = new TestSource<Person>();
        var results = new TestSink<Change<SqlRow>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("named", "SELECT p.name, b.price FROM bids b JOIN people p ON b.bidder = p.key", from => from
                .Stream("bids", Read(pipeline))
                .Table("people", pipeline.Read("people", people).KeyBy(person => person.Id).ToTable("people-table")))
            .ToChanges()
            .Write("out", results));

        people.Element(new Person("ann", "Ann"));
        _bids.Element(new Bid(1, 100, "ann", At("12:00"))).Element(new Bid(2, 7, "bob", At("12:00")));
        test.Commit();

        Change<SqlRow> only = Assert.Single(results.Committed);
        Assert.Equal("Ann | 100", only.Row.ToString());
        Assert.Equal(100, only.Row.Get<int>("price"));
        Assert.Equal("Ann", only.Row["name"]);
    }

    [Fact]
    public async Task What_may_be_null_is_null_in_the_record()
    {
        var results = new TestSink<(string? Bidder, double? Share)>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("q", "SELECT upper(bidder) AS item1, price / nullif(auction, 2)::double precision AS item2 FROM bids", from =>
                from.Stream("bids", Read(pipeline)))
            .ToStream<(string?, double?)>()
            .Write("out", results));

        _bids.Element(new Bid(2, 5, null, At("12:01"))).Element(new Bid(4, 5, "bob", At("12:01")));
        test.Commit();

        Assert.Equal([(null, null), ("BOB", 1.25)], results.Committed);
    }

    [Fact]
    public async Task A_function_of_the_application_is_called_for_each_row()
    {
        var results = new TestSink<(string?, decimal?)>();
        decimal share = 0.1m;
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("q", "SELECT shout(bidder) AS item1, Fee(price) AS item2 FROM bids", from => from
                .Stream("bids", Read(pipeline))
                .Function("fee", (decimal price) => price * share)
                .Function("shout", (string name) => name.ToUpperInvariant() + "!"))
            .ToStream<(string?, decimal?)>()
            .Write("out", results));

        _bids.Element(new Bid(1, 50, "ann", At("12:00"))).Element(new Bid(1, 7, null, At("12:00")));
        test.Commit();

        Assert.Equal([("ANN!", 5.0m), (null, 0.7m)], results.Committed);
    }

    [Fact]
    public void A_column_that_the_record_has_nothing_for_is_named_with_the_nearest_property()
    {
        PipelineException error = Refused<Total>("SELECT auction, 1::bigint AS bidz, 0.5 AS total FROM bids");
        Assert.Contains("Total has nothing for the column 'bidz' (bigint): it has Auction, Bids, Sum.", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("perhaps \"bids\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_another_type_is_named_with_the_property()
    {
        PipelineException error = Refused<Total>("SELECT auction, bidder AS bids, 0.5 AS total FROM bids");
        Assert.Contains("the column 'bids' is text, and Total.Bids is Int64. Make it String, or cast the column in the query.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_without_a_column_is_named()
    {
        PipelineException error = Refused<Total>("SELECT auction, 0.5 AS total FROM bids");
        Assert.Contains("no column of the result is Total.Bids, which its constructor takes. The columns are auction, total.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_takes_rows_back_is_no_stream_of_rows()
    {
        PipelineException error = Refused<Total>("SELECT auction, count(*) AS bids, sum(price) AS total FROM bids GROUP BY auction");
        Assert.Contains("its result takes rows back (upsert by (auction))", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_that_grows_for_ever_is_a_warning_or_refused()
    {
        Pipeline pipeline = Pipeline.Create("test");
        Stream<Bid> bids = Read(pipeline);
        const string Query = "SELECT auction, count(*) AS bids FROM bids GROUP BY auction";
        SqlQuery query = pipeline.Sql("q", Query, from => from.Stream("bids", bids));
        Assert.Contains("its state grows for ever", Assert.Single(query.Warnings), StringComparison.Ordinal);
        Assert.Equal((ChangelogMode.Upsert, "auction"), (query.Changelog, Assert.Single(query.Key)));

        PipelineException refused = Assert.Throws<PipelineException>(() => pipeline.Sql("q", Query, from => from.Stream("bids", bids),
            new SqlOptions { GrowingState = GrowingState.Refuse }));
        Assert.Contains("keeps a group for each auction. Bound it", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_query_shows_its_place()
    {
        Pipeline pipeline = Pipeline.Create("test");
        Stream<Bid> bids = Read(pipeline);
        SqlException error = Assert.Throws<SqlException>(
            () => pipeline.Sql("q", "SELECT prize FROM bids", from => from.Stream("bids", bids)));
        Assert.Equal((SqlErrorCategory.UnknownColumn, 8), (error.Category, error.Position));
        Assert.Equal("Perhaps \"price\" is meant.", error.Hint);
    }

    [Fact]
    public async Task A_row_that_fails_names_the_statement_the_code_and_the_row()
    {
        var results = new TestSink<long>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("ratio", "SELECT 100 / price AS value FROM bids", from => from.Stream("bids", Read(pipeline)))
            .ToStream<long>()
            .Write("out", results));

        _bids.Element(new Bid(1, 0, "ann", At("12:00")));

        JobException error = Assert.Throws<JobException>(() => test.RunUntilIdle());
        Assert.Contains("operator 'ratio-rows-0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Statement 'ratio': division by zero. (SQLSTATE 22012)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Auction = 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_fails_is_a_dead_letter_where_the_options_say_so()
    {
        var results = new TestSink<long>();
        var letters = new TestSink<DeadLetter>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .DeadLettersTo(letters)
            .Sql("ratio", "SELECT 100 / price AS value FROM bids", from => from.Stream("bids", Read(pipeline)),
                new SqlOptions { Errors = ErrorPolicy.Skip })
            .ToStream<long>()
            .Write("out", results));

        _bids.Element(new Bid(1, 0, "ann", At("12:00"))).Element(new Bid(1, 4, "ann", At("12:00")));
        test.Commit();

        Assert.Equal([25], results.Committed);
        Assert.Contains("SQLSTATE 22012", Assert.Single(letters.Committed).Error, StringComparison.Ordinal);
    }

    private PipelineException Refused<T>(string query)
    {
        Pipeline pipeline = Pipeline.Create("test");
        return Assert.Throws<PipelineException>(() => pipeline.Sql("q", query, from => from.Stream("bids", Read(pipeline))).ToStream<T>());
    }

    private Stream<Bid> Read(Pipeline pipeline) => pipeline.Read("bids", _bids);

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse($"2030-01-01T{time}Z", System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Bid(long Auction, int Price, string? Bidder, DateTimeOffset At);

    private sealed record Converted(long Auction, decimal PriceInEuros, DateTimeOffset At);

    private sealed record Total(long Auction, long Bids, [property: ColumnName("total")] decimal? Sum);

    private sealed record Person(string Id, string Name);
}
