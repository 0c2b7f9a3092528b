using System.Text;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>The rows of a group in an order: what aggregates keep that read them one after the other.</summary>
/// <remarks>A row more or less copies the array.</remarks>
internal static class KeptRows
{
    public static Maybe<SqlArray<T>> With<T>(Maybe<SqlArray<T>> rows, Maybe<T> row, IComparer<T>? order)
    {
        SqlArray<T> known = rows.Value ?? SqlArray<T>.Empty;
        if (!row.HasValue)
            return Maybe<SqlArray<T>>.Of(known);
        int at = Behind(known.Items, row.Value!, order);
        return Maybe<SqlArray<T>>.Of(new SqlArray<T>([.. known.Items.AsSpan(0, at), row.Value!, .. known.Items.AsSpan(at)]));
    }

    public static Maybe<SqlArray<T>> Without<T>(Maybe<SqlArray<T>> rows, Maybe<T> row, IComparer<T>? order)
    {
        SqlArray<T> known = rows.Value ?? SqlArray<T>.Empty;
        if (!row.HasValue)
            return Maybe<SqlArray<T>>.Of(known);
        for (int at = Behind(known.Items, row.Value!, order) - 1; at >= 0; at--)
        {
            if (EqualityComparer<T>.Default.Equals(known.Items[at], row.Value))
                return Maybe<SqlArray<T>>.Of(new SqlArray<T>([.. known.Items.AsSpan(0, at), .. known.Items.AsSpan(at + 1)]));
        }

        return Maybe<SqlArray<T>>.Of(known);
    }

    public static Maybe<TValue> First<T, TValue>(SqlArray<T>? rows, RowFunction<T, Maybe<TValue>> value, IComparer<T>? distinct) =>
        rows is not { Count: > 0 } ? default : value(rows.Items[0]);

    public static Maybe<TValue> Last<T, TValue>(SqlArray<T>? rows, RowFunction<T, Maybe<TValue>> value, IComparer<T>? distinct) =>
        rows is not { Count: > 0 } ? default : value(rows.Items[^1]);

    public static SqlArray<TValue>? ToArray<T, TValue>(SqlArray<T>? rows, RowFunction<T, Maybe<TValue>> value, IComparer<T>? distinct)
    {
        Maybe<TValue>[] values = [.. Counted(rows, distinct).Select(row => value(row))];
        return values.Length == 0 ? null : new SqlArray<TValue>([.. values.Select(static one => one.Value!)],
            Array.Exists(values, static one => !one.HasValue) ? [.. values.Select(static one => !one.HasValue)] : null);
    }

    /// <summary>The first text has no delimiter before it.</summary>
    public static string? Join<T>(
        SqlArray<T>? rows, RowFunction<T, Maybe<string>> value, IComparer<T>? distinct, RowFunction<T, Maybe<string>> delimiter)
    {
        StringBuilder? text = null;
        foreach (T row in Counted(rows, distinct))
        {
            if (value(row) is not { HasValue: true } one)
                continue;
            if (text is null)
                text = new StringBuilder();
            else
                text.Append(delimiter(row).Value);
            text.Append(one.Value);
        }

        return text?.ToString();
    }

    public static Json? ToJson<T, TValue>(SqlArray<T>? rows, RowFunction<T, Maybe<TValue>> value, IComparer<T>? distinct)
    {
        string[] items = [.. Counted(rows, distinct).Select(row => Text(value(row)))];
        return items.Length == 0 ? null : new Json($"[{string.Join(", ", items)}]");
    }

    public static Jsonb? ToJsonb<T, TValue>(SqlArray<T>? rows, RowFunction<T, Maybe<TValue>> value, IComparer<T>? distinct) =>
        ToJson(rows, value, distinct) is { } json ? Jsonb.Parse(json.Text) : null;

    private static string Text<T>(Maybe<T> value) => value.HasValue ? JsonMakers.TextOf(value.Value!) : "null";

    /// <summary>DISTINCT: of equal rows, which follow each other, the first.</summary>
    private static IEnumerable<T> Counted<T>(SqlArray<T>? rows, IComparer<T>? distinct)
    {
        for (int at = 0; at < (rows?.Count ?? 0); at++)
        {
            if (distinct is null || at == 0 || distinct.Compare(rows!.Items[at - 1], rows.Items[at]) != 0)
                yield return rows!.Items[at];
        }
    }

    private static int Behind<T>(T[] rows, T row, IComparer<T>? order)
    {
        int low = order is null ? rows.Length : 0, high = rows.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (order!.Compare(rows[middle], row) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
