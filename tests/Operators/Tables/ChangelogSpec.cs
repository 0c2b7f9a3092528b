using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>A pipeline whose stream takes rows back cannot be built into a sink that knows only new ones.</summary>
public sealed class ChangelogSpec
{
    private static readonly Comparer<Sale> s_byAmount = Comparer<Sale>.Create((a, b) => b.Amount.CompareTo(a.Amount));

    [Fact]
    public void Retractions_into_an_insert_only_sink_are_refused_with_names_and_a_remedy()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        Stream<Change<TableRow<string, Sale>>> best = Sales(pipeline).AsChanges().GroupBy(sale => sale.Shop)
            .Top("best-sales", 3, s_byAmount);

        foreach (Action write in new Action[]
        {
            () => best.Write("report", Csv.ToFile<TableRow<string, Sale>>("x.csv")),
            () => best.Write("report", Csv.ToFile<Change<TableRow<string, Sale>>>("x.csv")),
            () => best.Filter(change => change.Row.Value.Amount > 1).Union(best)
                .Write("report", JsonLines.ToFile<Change<TableRow<string, Sale>>>("x.jsonl")),
            () => best.Write("report", Sinks.Table<TableRow<string, Sale>>("best", t => t.Column("shop", row => row.Key))),
        })
        {
            string error = Assert.Throws<PipelineException>(write).Message;
            Assert.All(["'shop'", "'best-sales'", "'report'", "takes rows back", ".ToUpsert(", ".AsLog()"],
                part => Assert.Contains(part, error, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_sink_of_upserts_wants_to_know_the_key()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        Stream<Change<TableRow<string, Sale>>> best = Sales(pipeline).AsChanges().GroupBy(sale => sale.Shop)
            .Top("best-sales", 3, s_byAmount);
        string error = Assert.Throws<PipelineException>(() => best.Write("report", Best())).Message;
        Assert.Contains(".ToUpsert(name, key)", error, StringComparison.Ordinal);
        best.ToUpsert("by-id", row => row.Value.Id).Write("report", Best());
    }

    [Fact]
    public void A_table_goes_to_upserts_and_to_sinks_that_take_rows_back_and_not_to_plain_ones()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        Table<string, long> totals = Sales(pipeline).AsChanges().GroupBy(sale => sale.Shop).Sum("totals", sale => sale.Amount);
        totals.Write("table", Sinks.UpsertTable<string, long>("totals", t => t.Key("shop", shop => shop).Column("total", total => total)));
        totals.Write("changes", Topics.To<Change<TableRow<string, long>>>("changes"));
        totals.Changes().Write("seen", Sinks.ForEach<Change<TableRow<string, long>>>(_ => { }));
        Assert.Contains("'totals'",
            Assert.Throws<PipelineException>(() => totals.Write("file", Csv.ToFile<TableRow<string, long>>("x.csv"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("'totals'",
            Assert.Throws<PipelineException>(() => totals.ToStream().Write("file", Csv.ToFile<TableChange<string, long>>("x.csv")))
            .Message, StringComparison.Ordinal);
        Assert.Contains("replaces and deletes", Assert.Throws<PipelineException>(
            () => totals.ToUpsert().Write("file", JsonLines.ToFile<Upsert<string, long>>("x.jsonl"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_that_only_add_are_plain_rows()
    {
        var sink = new TestSink<string>();
        var upserts = new TestSink<Upsert<int, string>>(upsert => $"{upsert.Kind} {upsert.Key} {upsert.Row}");
        var source = new TestSource<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Change<string>> changes = pipeline.Read("in", source).AsChanges().Filter(change => change.Row != "b").Consolidate("net");
            changes.Write("out", new InsertOnly<string>(sink));
            changes.FlatMap(change => Enumerable.Repeat(change.Row, change.Weight)).KeyBy(row => (int)row[0]).Write("upserts", upserts);
        });
        source.Element("a", "12:00").Element("b", "12:00").Element("a", "12:00").Element("c", "12:00");
        test.Commit();
        sink.ShouldEmit("""
            a
            a
            c
            """);
        upserts.ShouldEmit("""
            Put 97 a
            Put 97 a
            Put 99 c
            """);
    }

    [Fact]
    public void What_happened_can_be_written_as_rows()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        Sales(pipeline).AsChanges().GroupBy(sale => sale.Shop).Top("best", 3, s_byAmount).AsLog()
            .Write("log", JsonLines.ToFile<LoggedChange<TableRow<string, Sale>>>("x.jsonl"));
    }

    [Fact]
    public async Task A_table_of_the_store_follows_sets_and_deletes()
    {
        var store = new MemoryStore();
        Pipeline pipeline = Pipeline.Create("shop");
        var rows = new Change<Sale>[] { new(new("n", 1, 5), 1), new(new("n", 2, 9), 1), new(new("s", 3, 2), 1), new(new("n", 1, 5), -1),
            new(new("n", 4, 7), 1), new(new("s", 3, 2), -1) };
        Stream<Change<Sale>> sales = pipeline.Read("sales", Sources.Of(rows));
        sales.ToUpsert("by-id", sale => sale.Id)
            .Write("sales-table", Sinks.UpsertTable<long, Sale>("sales", t => t.Key("id", id => id).Column("amount", sale => sale.Amount)));
        sales.GroupBy(sale => sale.Shop).Sum("totals", sale => sale.Amount)
            .Write("totals-table",
                Sinks.UpsertTable<string, long>("totals", t => t.Key("shop", shop => shop).Column("total", total => total)));
        await pipeline.ToEndAsync(store);
        Assert.Equal(["2 9", "4 7"], store.ReadTable("sales").Select(row => $"{row[0]} {row[1]}").Order(StringComparer.Ordinal));
        Assert.Equal(["n 16"], store.ReadTable("totals").Select(row => $"{row[0]} {row[1]}"));
    }

    [Fact]
    public async Task A_table_of_the_store_follows_clears_and_refuses_rows_in_their_place()
    {
        var store = new MemoryStore();
        Pipeline pipeline = Pipeline.Create("shop");
        Upsert<int?, Sale>[] rows = [.. Enumerable.Range(0, 720).Select(row => row switch
        {
            710 => Upsert<int?, Sale>.Put(null, new Sale("no key", 0, 0)),
            715 => Upsert<int?, Sale>.Delete(701),
            _ when row % 100 == 99 => Upsert<int?, Sale>.Clear,
            _ when row % 10 == 3 => Upsert<int?, Sale>.Delete(row - 1),
            _ => Upsert<int?, Sale>.Put(row, new Sale("n", row, row)),
        })];
        pipeline.Read("sales", Sources.Of(rows))
            .Write("table",
            Sinks.UpsertTable<int?, Sale>("sales", t => t.Key("id", id => id!.Value).Column("amount", sale => sale.Amount)));
        await using Job job = await Job.StartAsync(pipeline, store, new JobOptions { Parallelism = 1, Errors = ErrorPolicy.Skip });
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(700, 20).Except([701, 702, 703, 710, 712, 713, 715]), store.ReadTable("sales")
            .Select(row => (int)(long)row[0]!).Order());
    }

    [Fact]
    public async Task Tables_are_united_by_key()
    {
        var left = new TestSource<(string Key, int Value)>();
        var right = new TestSource<(string Key, int Value)>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Table<string, int> one = pipeline.Read("left", left).KeyBy(row => row.Key).ToTable("l", row => row.Value);
            Table<string, int> two = pipeline.Read("right", right).KeyBy(row => row.Key).ToTable("r", row => row.Value);
            one.Union("first", two).Materialize("first-view");
            one.Union("sum", two, (a, b) => a + b).Materialize("sum-view");
        });
        left.Element(("a", 1), "12:00").Element(("b", 2), "12:00");
        right.Element(("b", 10), "12:00").Element(("c", 20), "12:00");
        test.Commit();
        Assert.Equal(["a 1", "b 2", "c 20"], View("first-view"));
        Assert.Equal(["a 1", "b 12", "c 20"], View("sum-view"));

        IEnumerable<string> View(string name) => test.Run(() => test.Job.Table<string, int>(name).ScanAsync().AsTask())
            .Rows.Select(row => $"{row.Key} {row.Value}").Order(StringComparer.Ordinal);
    }

    private static Stream<Sale> Sales(Pipeline pipeline) => pipeline.Read("sales", Sources.Of<Sale>([]));

    private static Sink<Upsert<long, TableRow<string, Sale>>> Best() =>
        Sinks.UpsertTable<long, TableRow<string, Sale>>("best", t => t.Key("id", id => id).Column("amount", row => row.Value.Amount));

    public sealed record Sale(string Shop, long Id, long Amount);

    /// <summary>A sink for new rows only.</summary>
    private sealed class InsertOnly<T>(Sink<T> inner) : Sink<T>
    {
        public override string Description => inner.Description;

        public override SinkGuarantee Guarantee => inner.Guarantee;

        public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
            inner.OpenAsync(context, cancellation);
    }
}
