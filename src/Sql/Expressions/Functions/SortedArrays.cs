using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>The values of a group in their order, equal ones as often as they are there: what aggregates keep that cannot be taken back
/// from a number.</summary>
/// <remarks>A value more or less copies the array.</remarks>
internal static class SortedArrays
{
    /// <summary>One of the functions here as a function of SQL, for an element.</summary>
    public static Function Function(string name, SqlType element, SqlType result, params SqlType[] others)
    {
        MethodInfo method = typeof(SortedArrays).GetMethod(name)!;
        if (method.IsGenericMethodDefinition)
            method = method.MakeGenericMethod(element.Clr);
        return new Function(name, FunctionKind.Function, [SqlType.ArrayOf(element), .. others], result, method)
        {
            IsStrict = !name.StartsWith("With", StringComparison.Ordinal),
            MayBeNull = true,
            CanFail = false,
        };
    }

    public static Maybe<SqlArray<T>> With<T>(Maybe<SqlArray<T>> array, Maybe<T> item)
    {
        SqlArray<T> known = array.Value ?? SqlArray<T>.Empty;
        if (!item.HasValue)
            return Maybe<SqlArray<T>>.Of(known);
        int at = Place(known.Items, item.Value!);
        return Maybe<SqlArray<T>>.Of(new SqlArray<T>([.. known.Items.AsSpan(0, at), item.Value!, .. known.Items.AsSpan(at)]));
    }

    public static Maybe<SqlArray<T>> Without<T>(Maybe<SqlArray<T>> array, Maybe<T> item)
    {
        SqlArray<T> known = array.Value ?? SqlArray<T>.Empty;
        if (!item.HasValue)
            return Maybe<SqlArray<T>>.Of(known);
        int at = Place(known.Items, item.Value!);
        return Maybe<SqlArray<T>>.Of(at < known.Count && SqlOrder.Compare(known.Items[at], item.Value!) == 0
            ? new SqlArray<T>([.. known.Items.AsSpan(0, at), .. known.Items.AsSpan(at + 1)])
            : known);
    }

    public static Maybe<T> Least<T>(SqlArray<T> array) => array.Count == 0 ? default : Maybe<T>.Of(array.Items[0]);

    public static Maybe<T> Greatest<T>(SqlArray<T> array) => array.Count == 0 ? default : Maybe<T>.Of(array.Items[^1]);

    public static long CountDistinct<T>(SqlArray<T> array) => Distinct(array).Count();

    public static Numeric? SumDistinct(SqlArray<Numeric> array) =>
        array.Count == 0 ? null : Distinct(array).Aggregate(Numeric.Zero, static (sum, one) => sum + one);

    public static long? BitAnd(SqlArray<long> array) => array.Count == 0 ? null : array.Items.Aggregate(static (all, one) => all & one);

    public static long? BitOr(SqlArray<long> array) => array.Count == 0 ? null : array.Items.Aggregate(static (all, one) => all | one);

    public static long? BitXor(SqlArray<long> array) => array.Count == 0 ? null : array.Items.Aggregate(static (all, one) => all ^ one);

    /// <summary>The first value that at least such a part of all values is not greater than.</summary>
    public static Maybe<T> PercentileDiscrete<T>(SqlArray<T> array, double fraction) => array.Count == 0 ? default
        : Maybe<T>.Of(array.Items[Math.Max(0, (int)Math.Ceiling(fraction * array.Count) - 1)]);

    /// <summary>The value at such a part of the way from the first to the last one, between two if need be.</summary>
    public static double? PercentileContinuous(SqlArray<double> array, double fraction)
    {
        if (array.Count == 0)
            return null;
        double place = fraction * (array.Count - 1);
        int below = (int)Math.Floor(place), above = (int)Math.Ceiling(place);
        double low = array.Items[below];
        return below == above ? low : low + (place - below) * (array.Items[above] - low);
    }

    /// <summary>The value that is there most often; of several the least.</summary>
    public static Maybe<T> Mode<T>(SqlArray<T> array) => array.Count == 0 ? default
        : Maybe<T>.Of(array.Items.GroupBy(static one => one).OrderByDescending(static one => one.Count()).First().Key);

    private static IEnumerable<T> Distinct<T>(SqlArray<T> array)
    {
        for (int at = 0; at < array.Count; at++)
        {
            if (at == 0 || SqlOrder.Compare(array.Items[at - 1], array.Items[at]) != 0)
                yield return array.Items[at];
        }
    }

    /// <summary>Of the first value that is not less.</summary>
    private static int Place<T>(T[] items, T item)
    {
        int low = 0, high = items.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (SqlOrder.Compare(items[middle], item) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
