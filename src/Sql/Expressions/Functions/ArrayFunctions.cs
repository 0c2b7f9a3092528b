using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Functions of arrays of any element.</summary>
internal static class ArrayFunctions
{
    [SqlFunction("array_element", MayBeNull = true, IsSafe = true, TakesNull = true)]
    public static Maybe<T> Element<T>(Maybe<SqlArray<T>> array, int? index) =>
        array.Value is { } items && index is { } at && at >= 1 && at <= items.Count && !items.IsNull(at - 1)
            ? Maybe<T>.Of(items.Items[at - 1]) : default;

    [SqlFunction("array_slice", MayBeNull = true, IsSafe = true)]
    public static SqlArray<T> Slice<T>(SqlArray<T> array, int from, int to)
    {
        int start = Math.Max(from, 1) - 1, end = Math.Min(to, array.Count);
        return start >= end ? SqlArray<T>.Empty : new SqlArray<T>(array.Items[start..end], array.Nulls?[start..end]);
    }

    [SqlFunction("array_length", IsSafe = true)]
    public static int? Length<T>(SqlArray<T> array, int dimension) => dimension == 1 && array.Count > 0 ? array.Count : null;

    [SqlFunction("array_upper", IsSafe = true)]
    public static int? Upper<T>(SqlArray<T> array, int dimension) => Length(array, dimension);

    [SqlFunction("array_lower", IsSafe = true)]
    public static int? Lower<T>(SqlArray<T> array, int dimension) => dimension == 1 && array.Count > 0 ? 1 : null;

    [SqlFunction("array_ndims", IsSafe = true)]
    public static int? Dimensions<T>(SqlArray<T> array) => array.Count > 0 ? 1 : null;

    [SqlFunction("cardinality", IsSafe = true)]
    public static int Cardinality<T>(SqlArray<T> array) => array.Count;

    [SqlFunction("array_cat", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<T>> Concat<T>(Maybe<SqlArray<T>> left, Maybe<SqlArray<T>> right)
    {
        if (left.Value is not { } l)
            return right;
        if (right.Value is not { } r)
            return left;
        bool[]? nulls = l.Nulls is null && r.Nulls is null ? null : [.. l.Nulls ?? new bool[l.Count], .. r.Nulls ?? new bool[r.Count]];
        return Maybe<SqlArray<T>>.Of(new SqlArray<T>([.. l.Items, .. r.Items], nulls));
    }

    [SqlFunction("array_append", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<T>> Append<T>(Maybe<SqlArray<T>> array, Maybe<T> item) =>
        Concat(Maybe<SqlArray<T>>.Of(array.Value ?? SqlArray<T>.Empty), Maybe<SqlArray<T>>.Of(One(item)));

    [SqlFunction("array_prepend", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<T>> Prepend<T>(Maybe<T> item, Maybe<SqlArray<T>> array) =>
        Concat(Maybe<SqlArray<T>>.Of(One(item)), Maybe<SqlArray<T>>.Of(array.Value ?? SqlArray<T>.Empty));

    [SqlFunction("array_position", TakesNull = true, IsSafe = true)]
    public static int? Position<T>(Maybe<SqlArray<T>> array, Maybe<T> item)
    {
        for (int at = 0; at < array.Value?.Count; at++)
        {
            if (IsSame(array.Value, at, item))
                return at + 1;
        }

        return null;
    }

    [SqlFunction("array_positions", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<int>> Positions<T>(Maybe<SqlArray<T>> array, Maybe<T> item) =>
        array.Value is not { } items ? default
        : Maybe<SqlArray<int>>.Of(
            new SqlArray<int>([.. Enumerable.Range(0, items.Count).Where(at => IsSame(items, at, item)).Select(static at => at + 1)]));

    [SqlFunction("array_remove", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<T>> Remove<T>(Maybe<SqlArray<T>> array, Maybe<T> item) =>
        array.Value is not { } items ? default : Maybe<SqlArray<T>>.Of(Where(items, at => !IsSame(items, at, item)));

    [SqlFunction("array_replace", TakesNull = true, IsSafe = true)]
    public static Maybe<SqlArray<T>> Replace<T>(Maybe<SqlArray<T>> array, Maybe<T> from, Maybe<T> to) =>
        array.Value is not { } items ? default
        : Maybe<SqlArray<T>>.Of(Of([.. Enumerable.Range(0, items.Count).Select(at => IsSame(items, at, from) ? to : At(items, at))]));

    [SqlOperator("@>", IsSafe = true), SqlFunction("array_contains", IsSafe = true)]
    public static bool Contains<T>(SqlArray<T> array, SqlArray<T> part) =>
        Enumerable.Range(0, part.Count).All(at => !part.IsNull(at) && Has(array, part.Items[at]));

    [SqlOperator("<@", IsSafe = true)]
    public static bool IsContained<T>(SqlArray<T> part, SqlArray<T> array) => Contains(array, part);

    [SqlOperator("&&", IsSafe = true)]
    public static bool Overlaps<T>(SqlArray<T> left, SqlArray<T> right) =>
        Enumerable.Range(0, left.Count).Any(at => !left.IsNull(at) && Has(right, left.Items[at]));

    [SqlFunction("array_to_string", IsSafe = true)]
    public static string ToText<T>(SqlArray<T> array, string separator) =>
        string.Join(separator, Enumerable.Range(0, array.Count).Where(at => !array.IsNull(at)).Select(at => Print(array.Items[at])));

    [SqlFunction("array_to_string", TakesNull = true, MayBeNull = true, IsSafe = true)]
    public static string? ToText<T>(Maybe<SqlArray<T>> array, string? separator, string? forNull)
    {
        if (array.Value is not { } items || separator is null)
            return null;
        return forNull is null ? ToText(items, separator)
            : string.Join(separator, Enumerable.Range(0, items.Count).Select(at => items.IsNull(at) ? forNull : Print(items.Items[at])));
    }

    [SqlFunction("trim_array")]
    public static SqlArray<T> Trim<T>(SqlArray<T> array, int count) =>
        count < 0 || count > array.Count
            ? throw new SqlFault(SqlState.ArraySubscriptError, $"number of elements to trim must be between 0 and {array.Count}")
            : Slice(array, 1, array.Count - count);

    /// <summary>Every element cast to another type.</summary>
    public static SqlArray<TOut> ConvertAll<TIn, TOut>(SqlArray<TIn> array)
    {
        var items = new TOut[array.Count];
        for (int at = 0; at < items.Length; at++)
        {
            if (!array.IsNull(at))
                items[at] = ElementCast<TIn, TOut>.Function(array.Items[at]);
        }

        return new SqlArray<TOut>(items, array.Nulls);
    }

    private static string Print<T>(T item) => item is bool flag ? TextCasts.Letter(flag) : TextCasts.Print(item);

    private static bool Has<T>(SqlArray<T> array, T item) =>
        Enumerable.Range(0, array.Count).Any(at => !array.IsNull(at) && Comparisons.Equal(array.Items[at], item));

    private static bool IsSame<T>(SqlArray<T> array, int at, Maybe<T> item) =>
        array.IsNull(at) ? !item.HasValue : item.HasValue && Comparisons.Equal(array.Items[at], item.Value!);

    private static Maybe<T> At<T>(SqlArray<T> array, int at) => array.IsNull(at) ? default : Maybe<T>.Of(array.Items[at]);

    private static SqlArray<T> One<T>(Maybe<T> item) => Of([item]);

    private static SqlArray<T> Of<T>(Maybe<T>[] items) => new(
        [.. items.Select(static item => item.Value!)],
        Array.TrueForAll(items, static item => item.HasValue) ? null : [.. items.Select(static item => !item.HasValue)]);

    private static SqlArray<T> Where<T>(SqlArray<T> array, Func<int, bool> keep) =>
        Of([.. Enumerable.Range(0, array.Count).Where(keep).Select(at => At(array, at))]);

    /// <summary>The cast between two elements, found once.</summary>
    private static class ElementCast<TIn, TOut>
    {
        public static readonly Func<TIn, TOut> Function = Find();

        private static Func<TIn, TOut> Find()
        {
            var call = (CallExpression)Resolve.Cast(new ColumnExpression(0, 0, "element", SqlType.Of(typeof(TIn))!),
                SqlType.Of(typeof(TOut))!);
            return call.Function.Method.CreateDelegate<Func<TIn, TOut>>();
        }
    }
}
