using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>Weights add up in any order: a row that is taken away before it comes is remembered, across epochs and crashes.</summary>
[Trait("Issue", "A11")]
public sealed class WeightsSpec
{
    private static readonly JobOptions s_options = new() { Shards = 8, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retraction_before_its_row_and_the_row_leave_nothing_and_the_row_after_them_is_there(bool crashes)
    {
        var source = new TestSource<Change<Item>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline.Read("changes", source)), s_options);
        source.Element(Change<Item>.Retract(new Item("a", 7)), "12:00");
        Pause(test, crashes);
        Assert.Equal("", Show(test.Job));
        source.Element(Change<Item>.Insert(new Item("a", 7)), "12:00");
        Pause(test, crashes);
        Assert.Equal("", Show(test.Job));
        source.Element(Change<Item>.Insert(new Item("a", 1)), "12:00");
        test.Commit();
        Assert.Equal(Expected([new Item("a", 1)]), Show(test.Job));
    }

    [Fact]
    public async Task A_retraction_between_other_rows_of_its_group_does_not_take_them_away()
    {
        var source = new TestSource<Change<Item>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline.Read("changes", source)), s_options);
        source.Element(Change<Item>.Insert(new Item("a", 5)), "12:00").Element(Change<Item>.Retract(new Item("a", 7)), "12:00");
        test.Commit().CrashAndRestore();
        source.Element(Change<Item>.Insert(new Item("a", 7)), "12:00");
        test.Commit();
        Assert.Equal(Expected([new Item("a", 5)]), Show(test.Job));
    }

    [Fact]
    public async Task Whatever_the_order_the_result_is_that_of_what_is_left()
    {
        for (int seed = 1; seed <= 25; seed++)
        {
            var random = new Random(seed);
            List<Item> left = [.. Enumerable.Range(0, random.Next(7)).Select(_ => RandomItem(random))];
            List<Change<Item>> changes = [.. left.Select(Change<Item>.Insert)];
            for (int gone = random.Next(1, 12); gone > 0; gone--)
            {
                Item item = RandomItem(random);
                int weight = random.Next(1, 3);
                changes.AddRange([new Change<Item>(item, weight), new Change<Item>(item, -weight)]);
            }

            Change<Item>[] order = [.. changes];
            random.Shuffle(order);
            var source = new TestSource<Change<Item>>();
            await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline.Read("changes", source)),
                s_options with { Parallelism = 1 + random.Next(2) }, (ulong)seed);
            foreach (Change<Item> change in order)
            {
                source.Element(change, "12:00");
                if (random.Next(6) == 0)
                    Pause(test, crashes: random.Next(2) == 0);
            }

            test.Commit();
            string expected = Expected(left), shown = Show(test.Job);
            Assert.True(string.Equals(expected, shown, StringComparison.Ordinal),
                $"Seed {seed}, {string.Join(' ', order)}: expected{Environment.NewLine}{expected}{Environment.NewLine}but was{Environment.NewLine}{shown}");
        }
    }

    private static Item RandomItem(Random random) => new(random.Next(3) == 0 ? "b" : "a", random.Next(5));

    private static void Pause(StreamTest test, bool crashes)
    {
        test.Commit();
        if (crashes)
            test.CrashAndRestore();
    }

    private static void Build(Stream<Change<Item>> changes)
    {
        var order = Comparer<Item>.Create((x, y) => x.Value.CompareTo(y.Value));
        GroupedChanges<string, Item> groups = changes.GroupBy(item => item.Group);
        groups.Top("top", 2, order).ToTable("top-rows", row => row.Value, row => row.Key).Materialize("top-view");
        groups.KeepFirst("first", order).Materialize("first-view");
        groups.Count("count").Materialize("count-view");
        groups.Sum("sum", item => item.Value).Materialize("sum-view");
        groups.Aggregate("real", static () => 0.0, static (sum, item) => sum + (item.Value / 10.0), static (sum, item) =>
            sum - (item.Value / 10.0), static (sum, _) => Math.Round(sum, 6)).Materialize("real-view");
        groups.Aggregate("all", Aggregate.Of<Item>().Average(item => item.Value)
            .And(rows => rows.Variance(item => item.Value, Spread.PopulationVariance))
            .And(rows => rows.RetractableMax(item => item.Value)).And(rows => rows.DistinctCount(item => item.Value))
                .And(rows => rows.Percentile(0.5, item => item.Value))
            .Into((average, variance, largest, distinct, median) => (average, variance, largest, distinct, median)))
                .Materialize("all-view");
        groups.Aggregate("list", Aggregate.Of<Item>().Collect(item => item.Value)).Map((_, values) => string.Join(',', values.Order()))
            .Materialize("list-view");
        changes.Distinct("distinct").ToTable("distinct-rows", item => item).Materialize("distinct-view");
    }

    private static string Show(Job job) => string.Join(Environment.NewLine, (string[])
    [
        .. Rows<Item, string>(job, "top-view").Select(row => $"top {row.Value} {row.Key.Value}"),
        .. Rows<string, Item>(job, "first-view").Select(row => $"first {row.Key} {row.Value.Value}"),
        .. Rows<string, long>(job, "count-view").Select(row => $"count {row.Key} {row.Value}"),
        .. Rows<string, long>(job, "sum-view").Select(row => $"sum {row.Key} {row.Value}"),
        .. Rows<string, double>(job, "real-view").Select(row => string.Create(CultureInfo.InvariantCulture, $"real {row.Key} {row.Value}")),
        .. Rows<string, (double? Average, double? Variance, int? Largest, long Distinct, double? Median)>(job, "all-view")
            .Select(row => Text(row.Key, row.Value)),
        .. Rows<string, string>(job, "list-view").Select(row => $"list {row.Key} {row.Value}"),
        .. Rows<Item, Item>(job, "distinct-view").Select(row => $"distinct {row.Key.Group} {row.Key.Value}"),
    ]);

    private static string Expected(List<Item> left) => string.Join(Environment.NewLine, (string[])
    [
        .. Groups(left).SelectMany(group => group.Order().Take(2).Distinct().Select(value => $"top {group.Key} {value}"))
            .Order(StringComparer.Ordinal),
        .. Groups(left).Select(group => $"first {group.Key} {group.Min()}"),
        .. Groups(left).Select(group => $"count {group.Key} {group.Count()}"),
        .. Groups(left).Select(group => $"sum {group.Key} {group.Sum()}"),
        .. Groups(left).Select(group => string.Create(CultureInfo.InvariantCulture,
            $"real {group.Key} {Math.Round(group.Sum() / 10.0, 6)}")),
        .. Groups(left).Select(group => Text(group.Key,
            (group.Average(), group.Sum(value => Math.Pow(value - group.Average(), 2)) / group.Count(), group.Max(), group.Distinct()
            .Count(), Median([.. group.Order()])))),
        .. Groups(left).Select(group => $"list {group.Key} {string.Join(',', group.Order())}"),
        .. Groups(left).SelectMany(group => group.Distinct().Select(value => $"distinct {group.Key} {value}"))
            .Order(StringComparer.Ordinal),
    ]);

    private static IEnumerable<IGrouping<string, int>> Groups(List<Item> left) => left.GroupBy(item => item.Group, item => item.Value)
        .OrderBy(group => group.Key, StringComparer.Ordinal);

    private static double Median(int[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;

    private static string Text(string group, (double? Average, double? Variance, int? Largest, long Distinct, double? Median) all) =>
        string.Create(CultureInfo.InvariantCulture,
            $"all {group} {all.Average:F6} {all.Variance:F6} {all.Largest} {all.Distinct} {all.Median}");

    private static IEnumerable<TableRow<TKey, TValue>> Rows<TKey, TValue>(Job job, string view) =>
        job.Table<TKey, TValue>(view).ScanAsync().AsTask().GetAwaiter().GetResult()
            .Rows.OrderBy(row => $"{row.Key} {row.Value}", StringComparer.Ordinal);

    public readonly record struct Item(string Group, int Value);
}
