using ActorStreams.Authoring;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Tests.Aggregates;

/// <summary>Overflow, rounding, ties, limits, names, and what an aggregate says it cannot do.</summary>
public sealed class EdgeSpec
{
    private static readonly AggregateStart<long> s_longs = Aggregate.Of<long>();
    private static readonly AggregateStart<double> s_doubles = Aggregate.Of<double>();

    [Fact]
    public void A_sum_that_overflows_throws_and_says_what_to_use()
    {
        SumOf<long, long> sum = ((Aggregate<long, SumOf<long, long>, long, long>)s_longs.Sum(row => row)).Aggregator;
        long total = long.MaxValue - 1;
        sum.Add(ref total, 1);
        OverflowException error = Assert.Throws<OverflowException>(() => sum.Add(ref total, 1));
        Assert.Equal("The sum does not fit 'Int64': 9223372036854775807 + 1. Sum a wider type: decimal or double.", error.Message);
        Assert.Equal(long.MaxValue, total);
        Assert.Throws<OverflowException>(() => sum.Merge(ref total, 5));

        long low = -1;
        sum.Retract(ref low, long.MinValue);
        Assert.Equal(long.MaxValue, low);
        Assert.Throws<OverflowException>(() => sum.Retract(ref low, -1));
    }

    [Fact]
    public void A_sum_of_decimals_that_overflows_throws()
    {
        SumOf<decimal, decimal> sum = ((Aggregate<decimal, SumOf<decimal, decimal>, decimal, decimal>)Aggregate.Of<decimal>()
            .Sum(row => row)).Aggregator;
        decimal total = decimal.MaxValue;
        Assert.Contains("double", Assert.Throws<OverflowException>(() => sum.Add(ref total, 1)).Message, StringComparison.Ordinal);
        Assert.Equal(decimal.MaxValue, total);
    }

    [Fact]
    public void A_sum_of_finite_doubles_never_becomes_infinite_silently()
    {
        RealSumOf<double> sum = ((Aggregate<double, RealSumOf<double>, RealSum, double>)s_doubles.Sum(row => row)).Aggregator;
        RealSum total = default;
        sum.Add(ref total, double.MaxValue);
        Assert.Throws<OverflowException>(() => sum.Add(ref total, double.MaxValue));
        Assert.Equal(double.MaxValue, sum.Result(total));
    }

    [Fact]
    public void A_sum_of_doubles_does_not_pile_up_rounding_errors()
    {
        double[] rows = [1, 1e100, 1, -1e100];
        RealSum total = default;
        foreach (double row in rows)
            total.Add(row);
        Assert.Equal(2, total.Value);

        RealSum tenths = default;
        for (int i = 0; i < 10_000_000; i++)
            tenths.Add(0.1);
        Assert.Equal(1_000_000, tenths.Value);
    }

    [Fact]
    public void Variance_of_numbers_far_from_zero_does_not_cancel()
    {
        Moments moments = default;
        foreach (double number in (ReadOnlySpan<double>)[1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
            moments.Add(number);
        Assert.Equal(30, moments.Of(Spread.SampleVariance));
        moments.Retract(1e9 + 16);
        moments.Retract(1e9 + 13);
        Assert.Equal(4.5, moments.Of(Spread.SampleVariance)!.Value, 5);
        moments.Retract(1e9 + 7);
        Assert.Null(moments.Of(Spread.SampleVariance));
        Assert.Equal(0, moments.Of(Spread.PopulationVariance));
    }

    [Fact]
    public void Collecting_more_than_allowed_is_an_error_of_the_row()
    {
        CollectOf<long, long> collect =
            ((Aggregate<long, CollectOf<long, long>, List<long>?, IReadOnlyList<long>>)s_longs.Collect(row => row, atMost: 2)).Aggregator;
        List<long>? all = null;
        collect.Add(ref all, 1);
        collect.Add(ref all, 2);
        Assert.Contains("2 allowed", Assert.Throws<OverflowException>(() => collect.Add(ref all, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<OverflowException>(() => collect.Check(all, 3));
        Assert.Equal([1, 2], collect.Result(all));
    }

    [Fact]
    public void A_result_does_not_change_when_rows_follow()
    {
        CollectOf<long, long> collect =
            ((Aggregate<long, CollectOf<long, long>, List<long>?, IReadOnlyList<long>>)s_longs.Collect(row => row)).Aggregator;
        List<long>? all = [1];
        IReadOnlyList<long> result = collect.Result(all);
        collect.Add(ref all, 2);
        Assert.Equal([1], result);
    }

    [Fact]
    public void A_value_may_be_taken_back_before_it_comes()
    {
        RetractableExtremeOf<long, long> max =
            ((Aggregate<long, RetractableExtremeOf<long, long>, SortedCounts<long>, long?>)s_longs.RetractableMax(row => row)).Aggregator;
        SortedCounts<long> counts = default;
        max.Retract(ref counts, 9);
        max.Add(ref counts, 4);
        Assert.Equal(4, max.Result(counts));
        max.Add(ref counts, 9);
        Assert.Equal(4, max.Result(counts));
        max.Add(ref counts, 9);
        Assert.Equal(9, max.Result(counts));
    }

    [Fact]
    public void Many_distinct_values_are_kept_in_order()
    {
        var random = new Random(3);
        SortedCounts<int> counts = default;
        var model = new SortedDictionary<int, long>();
        for (int i = 0; i < 30_000; i++)
        {
            int value = random.Next(5_000), weight = random.Next(3) == 0 ? -1 : 1;
            counts.Add(value, weight);
            model[value] = model.GetValueOrDefault(value) + weight;
        }

        Assert.Equal(model.Where(one => one.Value > 0).Select(one => (one.Key, one.Value)), counts.InOrder(descending: false));
        Assert.Equal(model.Where(one => one.Value > 0).Reverse().Select(one => (one.Key, one.Value)), counts.InOrder(descending: true));
    }

    [Fact]
    public void Arguments_out_of_range_are_refused_when_the_pipeline_is_built()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => s_doubles.Percentile(95, row => row));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_doubles.Percentile(double.NaN, row => row));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_longs.Top(0, row => row));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_longs.ApproximateDistinctCount(row => row, precision: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_longs.HeavyHitters(10, row => row, counters: 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_doubles.Quantiles(row => row, relativeError: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_longs.Seen(row => row, falsePositives: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_longs.Sample(0, row => row));
        Assert.Throws<ArgumentNullException>(() => s_longs.Sum((Func<long, long>)null!));
    }

    [Fact]
    public void Descriptions_say_what_is_computed_however_the_lambda_is_written()
    {
        AggregateStart<Row> rows = Aggregate.Of<Row>();
        Assert.Equal("count, max(Real)", rows.Count().Max(q => q.Real).Description);
        Assert.Equal("max(Real)", rows.Max(other => other.Real).Description);
        Assert.Equal("sum(Name.Length)", rows.Sum(x => x.Name!.Length).Description);
        Assert.Equal("sum(row.Whole * row.Time)", rows.Sum(x => x.Whole *
            x.Time).Description);
        Assert.Equal("max by(Name, by(Time))", rows.MaxBy(r => r.Name, r => r.Time).Description);
        Assert.Equal("percentile(Real, 0.5), top 3(Whole, by(Whole))", rows.Percentile(0.5, r => r.Real)
            .And(all => all.Top(3, r => r.Whole)).Description);
        Assert.Equal("count, sum(Whole), sum(Money), average(Real), min(Real), max(Maybe)",
            rows.Count().Sum(r => r.Whole).Sum(r => r.Money).Average(r => r.Real).Min(r => r.Real).Max(r => r.Maybe).Description);
    }

    [Fact]
    public void What_cannot_be_taken_back_is_named_with_a_remedy()
    {
        AggregateStart<Row> rows = Aggregate.Of<Row>();
        Assert.True(rows.Count().Sum(row => row.Whole).CanRetract);
        Aggregate<Row, (long, double?)> both =
            rows.Count().Max(row => row.Real);
        Assert.True(both.CanMerge);
        Assert.False(both.CanRetract);
        Assert.Equal("max(Real) cannot take rows back, because it keeps one value: use RetractableMax, which keeps all of them",
            both.WhyNotRetract);
        Assert.Contains("; ", both.And(all => all.Sample(3, row => row.Name)).WhyNotRetract, StringComparison.Ordinal);
        Assert.Equal(both.WhyNotRetract, both.Into(all => all.Item1).WhyNotRetract);
        Assert.True(rows.Fold(() => 0, (sum, row) => sum + row.Whole, sum => sum)
            .WhyNotMerge is "fold cannot be merged: give it a 'merge'");
    }

    [Fact]
    public void A_users_own_aggregator_can_do_what_its_interfaces_say()
    {
        Aggregate<Row, long> plain = Aggregate.By<Row, Plain, long, long>(default);
        Assert.Equal(("Plain", false, false), (plain.Description, plain.CanMerge, plain.CanRetract));
        Assert.Equal("Plain cannot be merged: 'Plain' does not implement IMergeable", plain.WhyNotMerge);
        Assert.Throws<NotSupportedException>(() => Merge<Plain>(default));
        Assert.Throws<NotSupportedException>(() => Retract<Plain>(default));

        Aggregate<Row, long> able = Aggregate.By<Row, Able, long, long>(default, "latest");
        Assert.Equal(("latest", true, true), (able.Description, able.CanMerge, able.CanRetract));
        Assert.Equal(7, Merge<Able>(default));
        Assert.Equal(-1, Retract<Able>(default));

        static long Merge<TAgg>(TAgg aggregator)
            where TAgg : struct, IAggregator<Row, long, long>
        {
            long accumulator = 3;
            aggregator.Merge(ref accumulator, 4);
            return accumulator;
        }

        static long Retract<TAgg>(TAgg aggregator)
            where TAgg : struct, IAggregator<Row, long, long>
        {
            long accumulator = 0;
            aggregator.Retract(ref accumulator, default);
            return accumulator;
        }
    }

    [Fact]
    public void Results_are_turned_into_a_type_of_ones_own_item_by_item()
    {
        var summary = Aggregate.Of<Row>().Count().Sum(row => row.Whole).Average(row => row.Real).Min(row => row.Whole).Max(row => row.Whole)
            .Into((count, sum, average, min, max) => FormattableString.Invariant($"{count} {sum} {average} {min} {max}"));
        Assert.Equal("2 5 2 1 4", Laws.Folded(summary, [new Row(0, 1, 1, null, null, 0), new Row(0, 4, 3, null, null, 0)]));
    }

    private readonly struct Plain : IAggregator<Row, long, long>
    {
        public void Add(ref long accumulator, in Row row) => accumulator++;

        public long Result(in long accumulator) => accumulator;
    }

    private readonly struct Able : IAggregator<Row, long, long>, IMergeable<long>, IRetractable<Row, long>
    {
        public void Add(ref long accumulator, in Row row) => accumulator++;

        void IMergeable<long>.Merge(ref long accumulator, in long other) => accumulator += other;

        public void Retract(ref long accumulator, in Row row) => accumulator--;

        public long Result(in long accumulator) => accumulator;
    }
}
