using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>What aggregates compute of the values of a group in their order: of those that cannot be taken back from a number.</summary>
internal static class SortedAggregates
{
    /// <summary>The type of what is kept of values of a type.</summary>
    public static SqlType Of(SqlType element) => SqlType.Of(typeof(SortedValues<>).MakeGenericType(element.Clr), SqlKind.Array);

    /// <summary>One of the functions here as a function of SQL, for an element.</summary>
    public static Function Function(string name, SqlType element, SqlType result, params SqlType[] others)
    {
        MethodInfo method = typeof(SortedAggregates).GetMethod(name)!;
        if (method.IsGenericMethodDefinition)
            method = method.MakeGenericMethod(element.Clr);
        return new Function(name, FunctionKind.Function, [Of(element), .. others], result, method)
        {
            IsStrict = !name.StartsWith("With", StringComparison.Ordinal),
            MayBeNull = true,
            CanFail = false,
        };
    }

    public static Maybe<SortedValues<T>> With<T>(Maybe<SortedValues<T>> values, Maybe<T> item) => Added(values, item, onlyNew: false);

    /// <summary>The same where equal values count once and are never taken back.</summary>
    public static Maybe<SortedValues<T>> WithNew<T>(Maybe<SortedValues<T>> values, Maybe<T> item) => Added(values, item, onlyNew: true);

    public static Maybe<SortedValues<T>> Without<T>(Maybe<SortedValues<T>> values, Maybe<T> item)
    {
        SortedValues<T> known = values.Value ?? SortedValues<T>.Empty;
        return Maybe<SortedValues<T>>.Of(item.HasValue ? known.Without(item.Value!) : known);
    }

    public static Maybe<T> Least<T>(SortedValues<T> values) => values.Count == 0 ? default : Maybe<T>.Of(values.First);

    public static Maybe<T> Greatest<T>(SortedValues<T> values) => values.Count == 0 ? default : Maybe<T>.Of(values.Last);

    public static long CountDistinct<T>(SortedValues<T> values) => values.DistinctCount;

    public static Numeric? SumDistinct(SortedValues<Numeric> values) =>
        values.Count == 0 ? null : values.Distinct.Aggregate(Numeric.Zero, static (sum, one) => sum + one);

    public static long? BitAnd(SortedValues<long> values) =>
        values.Count == 0 ? null : values.All.Aggregate(static (all, one) => all & one);

    public static long? BitOr(SortedValues<long> values) =>
        values.Count == 0 ? null : values.All.Aggregate(static (all, one) => all | one);

    public static long? BitXor(SortedValues<long> values) =>
        values.Count == 0 ? null : values.All.Aggregate(static (all, one) => all ^ one);

    /// <summary>The first value that at least such a part of all values is not greater than.</summary>
    public static Maybe<T> PercentileDiscrete<T>(SortedValues<T> values, double fraction) => values.Count == 0 ? default
        : Maybe<T>.Of(values.At(Math.Max(0, (int)Math.Ceiling(fraction * values.Count) - 1)));

    /// <summary>The value at such a part of the way from the first to the last one, between two if need be.</summary>
    public static double? PercentileContinuous(SortedValues<double> values, double fraction)
    {
        if (values.Count == 0)
            return null;
        double place = fraction * (values.Count - 1);
        int below = (int)Math.Floor(place), above = (int)Math.Ceiling(place);
        double low = values.At(below);
        return below == above ? low : low + (place - below) * (values.At(above) - low);
    }

    /// <summary>The value that is there most often; of several the least.</summary>
    public static Maybe<T> Mode<T>(SortedValues<T> values) => values.Count == 0 ? default
        : Maybe<T>.Of(values.All.GroupBy(static one => one).OrderByDescending(static one => one.Count()).First().Key);

    private static Maybe<SortedValues<T>> Added<T>(Maybe<SortedValues<T>> values, Maybe<T> item, bool onlyNew)
    {
        SortedValues<T> known = values.Value ?? SortedValues<T>.Empty;
        return Maybe<SortedValues<T>>.Of(item.HasValue ? known.With(item.Value!, onlyNew) : known);
    }
}
