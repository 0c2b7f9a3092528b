namespace ActorStreams.Operators.Tests.Aggregates;

/// <summary>Every exact aggregate against LINQ.</summary>
public sealed class ExactSpec
{
    private static readonly AggregateStart<Row> s_rows = Aggregate.Of<Row>();

    [Fact]
    public void Count_counts_rows() => Laws.Hold(s_rows.Count(), rows => rows.Count);

    [Fact]
    public void The_first_aggregate_may_be_written_as_those_that_follow() =>
        Laws.Hold(s_rows.And(rows => rows.Count()).And(rows => rows.Max(row => row.Whole)),
            rows => ((long)rows.Count, rows.Count == 0 ? (int?)null : rows.Max(row => row.Whole)));

    [Fact]
    public void Sum_of_int_is_a_long() => Laws.Hold(s_rows.Sum(row => row.Whole), rows => rows.Sum(row => (long)row.Whole));

    [Fact]
    public void Sum_of_decimals() =>
        Laws.Hold(s_rows.Sum(row => row.Money), rows => rows.Sum(row => row.Money), sum => FormattableString.Invariant($"{sum:0.00}"));

    [Fact]
    public void Sum_of_doubles_has_NaN_and_infinities_as_IEEE_754_has() =>
        Laws.Hold(s_rows.Sum(row => row.Real), rows => rows.Sum(row => row.Real));

    [Fact]
    public void Sum_skips_rows_without_a_number() => Laws.Hold(s_rows.Sum(row => row.Maybe), rows => rows.Sum(row => row.Maybe ?? 0));

    [Fact]
    public void Average_skips_rows_without_a_number_and_is_null_of_nothing() =>
        Laws.Hold(s_rows.Average(row => row.Maybe), rows => rows.Average(row => row.Maybe));

    [Fact]
    public void Average_of_all_rows() =>
        Laws.Hold(s_rows.Average(row => row.Whole), rows => rows.Count == 0 ? null : rows.Average(row => row.Whole));

    [Theory]
    [InlineData(Spread.SampleVariance)]
    [InlineData(Spread.PopulationVariance)]
    public void Variance_by_two_passes(Spread spread) =>
        Laws.Hold(s_rows.Variance(row => row.Real, spread), rows => Variance(rows, spread == Spread.SampleVariance));

    [Fact]
    public void Standard_deviation_is_its_root() =>
        Laws.Hold(s_rows.StandardDeviation(row => row.Real),
            rows => Variance(rows, isSample: true) is { } variance ? Math.Sqrt(variance) : null);

    [Fact]
    public void Min_and_max_have_NaN_above_every_number()
    {
        Laws.Hold(s_rows.Min(row => row.Real), rows => Sorted(rows, row => row.Real).Cast<double?>().FirstOrDefault());
        Laws.Hold(s_rows.Max(row => row.Maybe), rows => Sorted(rows, row => row.Maybe).Cast<double?>().LastOrDefault());
        Laws.Hold(s_rows.Max(row => row.Whole), rows => rows.Count == 0 ? null : rows.Max(row => row.Whole));
    }

    [Fact]
    public void Retractable_min_and_max_are_the_same()
    {
        Laws.Hold(s_rows.RetractableMin(row => row.Maybe), rows => Sorted(rows, row => row.Maybe).Cast<double?>().FirstOrDefault());
        Laws.Hold(s_rows.RetractableMax(row => row.Real), rows => Sorted(rows, row => row.Real).Cast<double?>().LastOrDefault());
    }

    [Fact]
    public void First_is_the_earliest_and_of_those_the_first_to_arrive() =>
        Laws.Hold(s_rows.First(row => row.Name, row => row.Time), rows => rows.OrderBy(row => row.Time).FirstOrDefault().Name);

    [Fact]
    public void Last_is_the_latest_and_of_those_the_last_to_arrive() =>
        Laws.Hold(s_rows.Last(row => row.Name, row => row.Time), rows => rows.OrderBy(row => row.Time).LastOrDefault().Name);

    [Fact]
    public void Min_by_and_max_by_take_the_first_to_arrive_of_equal_rows_and_skip_rows_without_an_order()
    {
        Laws.Hold(s_rows.MinBy(row => row.Time, row => row.Name),
            rows => rows.Where(row => row.Name is not null).OrderBy(row => row.Name, StringComparer.Ordinal).FirstOrDefault().Time);
        Laws.Hold(s_rows.MaxBy(row => row.Time, row => row.Whole), rows => rows.OrderByDescending(row => row.Whole).FirstOrDefault().Time);
    }

    [Fact]
    public void Top_gives_the_largest_first()
    {
        Laws.Hold(s_rows.Top(3, row => row.Real), rows => [.. Sorted(rows, row => row.Real).Reverse().Take(3)]);
        Laws.Hold(s_rows.RetractableTop(3, row => row.Real), rows => [.. Sorted(rows, row => row.Real).Reverse().Take(3)]);
        Laws.Hold(s_rows.TopBy(4, row => row.Name, row => row.Whole),
            rows => [.. rows.OrderByDescending(row => row.Whole).Take(4).Select(row => row.Name)]);
    }

    [Fact]
    public void Collect_keeps_all_values_in_the_order_of_arrival() =>
        Laws.Hold(s_rows.Collect(row => row.Name), rows => [.. rows.Select(row => row.Name)],
            names => string.Join(',', names.Order(StringComparer.Ordinal)));

    [Fact]
    public void Distinct_count_skips_nulls()
    {
        Laws.Hold(s_rows.DistinctCount(row => row.Name),
            rows => rows.Select(row => row.Name).Where(name => name is not null).Distinct(StringComparer.Ordinal).Count());
        Laws.Hold(s_rows.DistinctCount(row => row.Maybe),
            rows => rows.Where(row => row.Maybe is not null).Select(row => row.Maybe!.Value).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1)]
    public void Percentile_lies_between_two_numbers_in_proportion(double share) =>
        Laws.Hold(s_rows.Percentile(share, row => row.Maybe), rows => Percentile([.. Sorted(rows, row => row.Maybe)], share));

    [Fact]
    public void Fold_does_what_the_functions_do()
    {
        Laws.Hold(s_rows.Fold(() => 1L, (product, row) => unchecked(product * (row.Whole + 10)), product => product,
            (a, b) => unchecked(a * b)),
            rows => rows.Aggregate(1L, (product, row) => unchecked(product * (row.Whole + 10))));
        Laws.Hold(Aggregate.Fold((Func<List<long>>)(() => []), (List<long> times, Row row) => [.. times, row.Time], times => times.Count,
            (a, b) => [.. a, .. b], (times, row) => times.GetRange(1, times.Count - 1)),
            rows => rows.Count);
    }

    [Fact]
    public void Eight_together_are_what_each_is_alone() => Laws.Hold(
        s_rows.Count().Sum(row => row.Whole).Sum(row => row.Maybe).Average(row => row.Real).And(rows => rows.DistinctCount(row => row.Name))
            .And(rows => rows.RetractableMin(row => row.Whole)).And(rows => rows.RetractableMax(row => row.Maybe))
                .And(rows => rows.Percentile(0.5, row => row.Real))
            .Into((a, b, c, d, e, f, g, h) => (a, b, c, d, e, f, g, h)),
        rows => (rows.Count, rows.Sum(row => (long)row.Whole), rows.Sum(row => row.Maybe ?? 0), rows.Count == 0 ? null
            : rows.Average(row => row.Real),
            rows.Select(row => row.Name).Where(name => name is not null).Distinct(StringComparer.Ordinal).Count(), rows.Count == 0 ? null
                : rows.Min(row => row.Whole),
            Sorted(rows, row => row.Maybe).Cast<double?>().LastOrDefault(), Percentile([.. Sorted(rows, row => row.Real)], 0.5)),
        text: result => Laws.Text(result));

    private static IEnumerable<double> Sorted(List<Row> rows, Func<Row, double?> of) =>
        rows.Select(of).OfType<double>().OrderBy(double.IsNaN).ThenBy(value => value);

    private static double? Percentile(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return null;
        double place = share * (sorted.Length - 1);
        double low = sorted[(int)Math.Floor(place)], high = sorted[(int)Math.Ceiling(place)];
        return low == high || Math.Floor(place) == place ? low : (low * (Math.Ceiling(place) - place)) +
            (high * (place - Math.Floor(place)));
    }

    private static double? Variance(List<Row> rows, bool isSample)
    {
        if (rows.Count < (isSample ? 2 : 1))
            return null;
        double mean = rows.Average(row => row.Real);
        double squares = rows.Sum(row => (row.Real - mean) * (row.Real - mean));
        return squares / (isSample ? rows.Count - 1 : rows.Count);
    }
}
