using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>Aggregates of all rows of a key: a table with a change for every row, in whatever order they come.</summary>
public sealed class RunningAggregateSpec
{
    public readonly record struct Sale(string Shop, int Cents);

    private static string Text<TValue>(TableChange<string, TValue> change) =>
        $"{change.Key}: {(change.HadBefore ? $"{change.Before}" : "none")} -> {change.After}";

    [Fact]
    public void Every_row_gives_a_change_from_the_value_before_to_the_value_after() =>
        new OperatorContract<Sale, TableChange<string, (long, int?)>>(
            sales => sales.KeyBy(sale => sale.Shop).Aggregate("best", a => a.Count().Max(sale => sale.Cents)).ToStream(), Text)
            .Element(new("north", 5), at: "12:00")
            .Element(new("south", 1), at: "12:00")
            .Element(new("north", 3), at: "12:01")
            .Watermark("13:00")
            .Element(new("north", 9), at: "12:02")
            .Element(new("south", 1), at: "14:00")
            .Holds("""
                north: none -> (1, 5)
                south: none -> (1, 1)
                north: (1, 5) -> (2, 5)
                north: (2, 5) -> (3, 9)
                south: (1, 1) -> (2, 1)
                """);

    [Fact]
    public void Reduce_makes_one_row_of_two_in_the_order_of_arrival() =>
        new OperatorContract<Sale, TableChange<string, Sale>>(
            sales => sales.KeyBy(sale => sale.Shop).Reduce("total", (total, sale) => total with { Cents = (total.Cents * 10) + sale.Cents })
                .ToStream(),
            change => $"{change.Key}: {(change.HadBefore ? change.Before.Cents : null)} -> {change.After.Cents}")
            .Element(new("north", 1), at: "12:02")
            .Element(new("north", 2), at: "12:01")
            .Element(new("south", 7), at: "12:00")
            .Element(new("north", 3), at: "12:03")
            .Holds("""
                north:  -> 1
                north: 1 -> 12
                south:  -> 7
                north: 12 -> 123
                """);

    [Fact]
    public void State_that_refers_to_memory_is_as_exact() =>
        new OperatorContract<Sale, TableChange<string, string>>(
            sales => sales.KeyBy(sale => sale.Shop)
                .Aggregate("all",
                a => a.Collect(sale => sale.Cents).ApproximateDistinctCount(sale => sale.Cents).RetractableMax(sale => sale.Cents)
                .Into((all, distinct, max) => $"{string.Join('+', all)} {distinct} {max}")).ToStream(), Text)
            .Element(new("north", 4), at: "12:00")
            .Element(new("north", 4), at: "12:00")
            .Element(new("north", 9), at: "12:00")
            .Holds("""
                north: none -> 4 1 4
                north: 4 1 4 -> 4+4 1 4
                north: 4+4 1 4 -> 4+4+9 2 9
                """);

    [Fact]
    public void As_weights_the_value_before_goes_and_the_value_after_comes() =>
        new OperatorContract<Sale, Change<TableRow<string, long>>>(
            sales => sales.KeyBy(sale => sale.Shop).Aggregate("counts", a => a.Count()).Changes(),
                change => $"{change.Row.Key} {change.Row.Value} {change.Weight:+0;-0}")
            .Element(new("north", 1), at: "12:00")
            .Element(new("north", 1), at: "12:01")
            .Holds("""
                north 1 +1
                north 1 -1
                north 2 +1
                """);

    [Fact]
    public void A_row_that_is_older_than_the_latest_of_its_key_gives_a_change_at_the_time_of_the_latest() =>
        new OperatorContract<Sale, string>(
            sales => sales.KeyBy(sale => sale.Shop).Aggregate("counts", a => a.Count()).ToStream().KeyBy(change => change.Key)
                .Process("times", () => new Times()))
            .Element(new("north", 1), at: "12:10")
            .Element(new("north", 1), at: "12:05")
            .Element(new("south", 1), at: "12:05")
            .Element(new("north", 1), at: "12:11")
            .Holds("""
                north 1 12:10
                north 2 12:10
                south 1 12:05
                north 3 12:11
                """);

    [Fact]
    public async Task Rows_without_a_key_are_ignored_and_counted()
    {
        var source = new TestSource<Sale>();
        var sink = new TestSink<TableChange<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("in", source).KeyBy(sale => sale.Shop).Aggregate("counts", a => a.Count()).ToStream()
                .Write("out", sink));
        source.Element(new(null!, 1), "12:00").Element(new("north", 1), "12:00").Element(new(null!, 1), "12:00");
        test.Commit();
        sink.ShouldEmit("north: none -> 1");
        Assert.Equal(2, test.Job.Metrics.Operators["counts"]["null_keys"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_skipped_row_is_in_no_result_whether_it_throws_when_it_is_added_or_when_its_result_is_made(int parallelism)
    {
        var last = new Dictionary<int, string>();
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("skipped");
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(1, 60)])).WithEventTime(_ => 5L, Watermarks.Monotonic()).KeyBy(row => row % 3)
            .Aggregate("kept", a => a.Collect(row => row % 10 == 0 ? throw new DivideByZeroException("ten") : row).Sum(row => row)
                .Into((rows, sum) => rows[^1] % 7 == 0 ? throw new InvalidOperationException("seven") : $"{string.Join('+', rows)} {sum}"))
            .ToStream().Write("out", Sinks.ForEach<TableChange<int, string>>(change =>
            {
                Assert.Equal(last.GetValueOrDefault(change.Key), change.Before);
                last[change.Key] = change.After!;
            }));
        await using Job job = await Job.StartAsync(pipeline, store,
            Runs.Quick with { Errors = ErrorPolicy.Skip, Parallelism = parallelism });
        await job.Completion.WaitAsync(Limits.Test);

        foreach (var group in Enumerable.Range(1, 60).Where(row => row % 10 != 0 && row % 7 != 0).GroupBy(row => row % 3))
            Assert.Equal($"{string.Join('+', group)} {group.Sum()}", last[group.Key]);
        Assert.Equal(6 + 8, store.ReadTable("dead_letters").Count);
    }

    [Fact]
    public void Rows_that_are_changes_are_refused_with_the_remedy()
    {
        var pipeline = Pipeline.Create("changes");
        KeyedStream<string, Change<Sale>> changes = pipeline.Read("in", new TestSource<Change<Sale>>()).KeyBy(change => change.Row.Shop);
        string message = Assert.Throws<PipelineException>(() => changes.Aggregate("counts", a => a.Count())).Message;
        Assert.All((string[])["'changes'", "'counts'", "GroupBy"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Throws<PipelineException>(() => changes.Reduce("last", (_, change) => change));
    }

    private sealed class Times : ProcessFunction<string, TableChange<string, long>, string>
    {
        public override void OnRow(in TableChange<string, long> row, ProcessContext<string, string> context) =>
            context.Emit($"{row.Key} {row.After} {DateTimeOffset.UnixEpoch.AddMicroseconds(context.Time):HH:mm}");
    }
}
