using System.Reflection;
using ActorStreams.Operators.Aggregates;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Aggregates;

/// <summary>Aggregates side by side: any of them, in any order, of any number, their results under the user's names.</summary>
public sealed class ComposerSpec
{
    private static readonly List<Row> s_rows =
    [
        new(1, 3, 1.5, 2, "ann", 1.10m), new(2, -1, 4, null, "bob", 0.20m), new(2, 3, -2, 8, null, 7m), new(5, 0, 0.5, 1, "ann", 0m),
    ];

    public sealed record Stats(long Count, int? Max);

    public sealed record Settable
    {
        public required long Count { get; init; }

        public int? Max { get; init; }

        public double? Mean { get; init; }
    }

    public readonly record struct Mixed(long Count)
    {
        public double? Mean { get; init; }
    }

    [Fact]
    public void Every_aggregate_can_follow_every_other()
    {
        var starts = Shapes(typeof(AggregateStart<>)).ToList();
        var chains = Shapes(typeof(Aggregate<,>)).ToList();
        Assert.True(starts.Count > 35, $"only {starts.Count}");
        Assert.Equal(starts.Order(StringComparer.Ordinal), chains.Where(shape => !shape.StartsWith("Into", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));

        // The names and parameters of the extension methods of a type, without that of the receiver.
        static IEnumerable<string> Shapes(Type receiver) => typeof(Aggregate).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(Aggregate).Namespace && type is { IsAbstract: true, IsSealed: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Where(method => method.GetParameters() is [{ ParameterType: { IsGenericType: true } first }, ..]
                && first.GetGenericTypeDefinition() == receiver)
            .Select(method =>
                $"{method.Name}({string.Join(", ", method.GetParameters().Skip(1).Select(one => $"{one.ParameterType} {one.Name} {one.RawDefaultValue}"))})");
    }

    [Fact]
    public void Aggregates_of_every_kind_follow_each_other_and_are_what_each_is_alone()
    {
        var all = Aggregate.Of<Row>().Percentile(0.5, row => row.Real).Count().Collect(row => row.Name).Max(row => row.Whole)
            .Fold(() => 1L, (n, row) => n * 2, n => n)
            .Into((median, count, names, max, power) => $"{median} {count} {string.Join('+', names)} {max} {power}");
        Assert.Equal("1 4 ann+bob++ann 3 16", Laws.Folded(all, s_rows));
    }

    [Fact]
    public void There_may_be_more_than_a_function_has_parameters() => Laws.Hold(
        Aggregate.Of<Row>().Count().Sum(row => row.Whole).Count().Count().Count().Count().Count().Count().Count().Count().Count().Count()
            .Count().Count().Count().Count()
            .Count().Count().Count().RetractableMax(row => row.Whole)
            .Into<(long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, int?)>(),
        rows =>
        {
            long count = rows.Count;
            return (count, rows.Sum(row => (long)row.Whole), count, count, count, count, count, count, count, count, count, count, count,
                count, count, count,
                count, count, count, rows.Count == 0 ? null : rows.Max(row => row.Whole));
        });

    [Fact]
    public void Sixteen_results_are_given_names_by_a_function() => Laws.Hold(
        Aggregate.Of<Row>().Count().Count().Count().Count().Count().Count().Count().Count().Count().Count().Count().Count().Count().Count()
            .Count().Sum(row => row.Whole)
            .Into((a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) => a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p),
        rows => (15L * rows.Count) + rows.Sum(row => row.Whole));

    [Fact]
    public void Two_results_are_a_pair_and_three_a_pair_of_what_came_before_and_the_last()
    {
        Aggregate<Row, (long, int?)> two = Aggregate.Of<Row>().Count().Max(row => row.Whole);
        Aggregate<Row, ((long, int?), long)> three = two.Sum(row => row.Whole);
        Assert.Equal((4, 3), Laws.Folded(two, s_rows));
        Assert.Equal(((4, 3), 5), Laws.Folded(three, s_rows));
    }

    [Fact]
    public void Results_become_a_record_by_the_position_of_its_parameters() =>
        Assert.Equal(new Stats(4, 3), Laws.Folded(Aggregate.Of<Row>().Count().Max(row => row.Whole).Into<Stats>(), s_rows));

    [Fact]
    public void Results_become_a_record_by_a_function_that_the_compiler_checks() =>
        Assert.Equal(new Stats(4, 3),
            Laws.Folded(Aggregate.Of<Row>().Count().Max(row => row.Whole).Into((count, max) => new Stats(count, max)), s_rows));

    [Fact]
    public void Results_become_a_named_tuple()
    {
        var named = Laws.Folded(Aggregate.Of<Row>().Count().Max(row => row.Whole).Into((count, max) => (count, max)), s_rows);
        Assert.Equal((4L, 3), (named.count, named.max));
        (long Count, int? Max) = Laws.Folded(Aggregate.Of<Row>().Count().Max(row => row.Whole).Into<(long Count, int? Max)>(), s_rows);
        Assert.Equal((4L, 3), (Count, Max));
    }

    [Fact]
    public void Named_results_find_their_properties_in_any_order()
    {
        var settable = Aggregate.Of<Row>().Max(row => row.Whole).As("Max").Average(row => row.Real).As(nameof(Settable.Mean)).Count()
            .As("count").Into<Settable>();
        Assert.Equal(new Settable { Count = 4, Max = 3, Mean = 1 }, Laws.Folded(settable, s_rows));
        var mixed = Aggregate.Of<Row>().Average(row => row.Real).As("Mean").Count().As("Count").Into<Mixed>();
        Assert.Equal(new Mixed(4) { Mean = 1 }, Laws.Folded(mixed, s_rows));
        var stats = Aggregate.Of<Row>().Max(row => row.Whole).As("max").Count().As("count").Into<Stats>();
        Assert.Equal(new Stats(4, 3), Laws.Folded(stats, s_rows));
    }

    [Fact]
    public void What_does_not_fit_is_refused_when_the_pipeline_is_built()
    {
        AggregateStart<Row> rows = Aggregate.Of<Row>();
        Refused<Stats>(rows.Count(), "no public constructor with these parameters: Int64", "into 'Stats'");
        Refused<Stats>(rows.Count().Average(row => row.Real), "no public constructor with these parameters: Int64, Double?");
        Refused<(long, int)>(rows.Count().Max(row => row.Whole), "no public constructor", "Null is the result of nothing");
        Refused<Settable>(rows.Max(row => row.Whole).As("Max").Count(), "'count' has no name");
        Refused<Settable>(rows.Count().As("Count").Count().As("count"), "two aggregates are named");
        Refused<Settable>(rows.Count().As("Count").Count().As("Other"), "'Other' (count) is neither");
        Refused<Settable>(rows.Max(row => row.Whole).As("Max"), "the required 'Count'");
        Refused<Settable>(rows.Count().As("Count").Count().As("Mean"), "'count' is Int64, and 'Mean' is Double?");
        Refused<Stats>(rows.Count().As("Other"), "no public constructor whose parameters are among these names: Other");
        Assert.Throws<ArgumentException>(() => rows.Count().As(""));
        Assert.Throws<ArgumentException>(() => Aggregate.Compose<Row>([]));

        static void Refused<TResult>(Aggregate<Row> aggregate, params string[] says)
        {
            string message = Assert.Throws<PipelineException>(() => aggregate.Into<TResult>()).Message;
            Assert.All(says, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_list_known_only_when_the_program_runs_is_composed_like_one_that_is_written()
    {
        AggregateStart<Row> rows = Aggregate.Of<Row>();
        List<Aggregate<Row>> list = [rows.Count(), rows.Max(row => row.Whole)];
        Aggregate<Row> composed = Aggregate.Compose(list);
        Assert.Equal("count, max(Whole)", composed.Description);
        Assert.Equal([("count", typeof(long)), ("max(Whole)", typeof(int?))],
            composed.Parts.Select(part => (part.Description, part.ResultType)));
        Assert.True(composed.CanMerge);
        Assert.False(composed.CanRetract);
        Assert.Equal(new Stats(4, 3), Laws.Folded(composed.Into<Stats>(), s_rows));
        Assert.IsType(rows.Count().Max(row => row.Whole).GetType(), composed);

        // Of parts that are composed themselves, the results keep their order.
        Aggregate<Row> nested = Aggregate.Compose([rows.Count().Sum(row => row.Whole), rows.Count().Max(row => row.Whole)]);
        Assert.Equal((4, 5, 4, 3), Laws.Folded(nested.Into<(long, long, long, int?)>(), s_rows));
        Assert.Equal(new Stats(4, 3),
            Laws.Folded(Aggregate.Compose([rows.Count().As("count"), rows.Max(row => row.Whole).As("max")]).Into<Stats>(), s_rows));
    }

    [Fact]
    public void Accumulators_are_stored_as_they_were_before_the_composer_came()
    {
        var type = Aggregate.Of<Row>().Count().Sum(row => row.Real).Max(row => row.Whole).Percentile(0.5, row => row.Real).GetType()
            .GetGenericArguments()[2];
        Assert.Equal(typeof((((long, RealSum), ExtremeState<int>), CollectedNumbers)), type);
        Assert.Equal("count, sum, max, percentile",
            Aggregate.Of<Row>().Count().Sum(row => row.Real).Max(row => row.Whole).Percentile(0.5, row => row.Real).As("median")
                .Definition);
    }

    [Fact]
    public void Windows_overs_and_tables_take_the_same_composition_in_place()
    {
        OperatorContract<int, string> windows = new(
            rows => rows.KeyBy(row => row % 2).Window("windows", Window.Tumbling(TimeSpan.FromMinutes(1)))
            .Aggregate(a => a.Count().Percentile(0.5, row => (double)row).Collect(row => row)
                .Into((count, median, all) => $"{count} {median} {string.Join('+', all)}"))
            .Map(result => $"{result.Key}: {result.Result}"));
        windows.Element(1, at: "12:00:10").Element(5, at: "12:00:20").Element(2, at: "12:00:30").Watermark("12:01").Holds("""
            1: 2 3 1+5
            0: 1 2 2
            """);

        OperatorContract<int, string> over = new(rows => rows.KeyBy(row => row % 2).Over("over", Frames.Rows(2))
            .Aggregate(a => a.Count().RetractableMax(row => row).Into((count, max) => $"{count} {max}"))
                .Map(result => $"{result.Row}: {result.Result}"));
        over.Element(5, at: "12:00:10").Element(3, at: "12:00:20").Element(1, at: "12:00:30").Watermark("12:01").Holds("""
            5: 1 5
            3: 2 5
            1: 2 3
            """);

        OperatorContract<int, string> tables = new(rows => rows.AsChanges().GroupBy(row => row % 2)
            .Aggregate("groups",
                a => a.Count().RetractableMax(row => row).Sum(row => row).Into((count, max, sum) => $"{count} {max} {sum}"))
            .Changes().Map(change => $"{change.Row.Key}: {change.Weight:+0;-0} {change.Row.Value}"));
        tables.Element(5, at: "12:00:10").Element(3, at: "12:00:20").Holds("""
            1: +1 1 5 5
            1: -1 1 5 5
            1: +1 2 5 8
            """);
    }
}
