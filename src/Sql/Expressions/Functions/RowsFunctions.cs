using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Some of the rows that it gives are NULL.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MayGiveNullAttribute : Attribute;

/// <summary>Functions that give rows. They are enumerated as fast as rows are taken, so that many need no memory.</summary>
internal static class RowsFunctions
{
    [SqlFunction("generate_series")]
    public static IEnumerable<int> Series(int first, int last) => Series(first, last, 1);

    [SqlFunction("generate_series")]
    public static IEnumerable<int> Series(int first, int last, int step) =>
        Series((long)first, last, step).Select(static one => (int)one);

    [SqlFunction("generate_series")]
    public static IEnumerable<long> Series(long first, long last) => Series(first, last, 1L);

    [SqlFunction("generate_series")]
    public static IEnumerable<long> Series(long first, long last, long step)
    {
        RequireStep(step == 0);
        return Steps();

        IEnumerable<long> Steps()
        {
            for (Int128 at = first; step > 0 ? at <= last : at >= last; at += step)
                yield return (long)at;
        }
    }

    [SqlFunction("generate_series")]
    public static IEnumerable<Numeric> Series(Numeric first, Numeric last) => Series(first, last, new Numeric(1, 0));

    [SqlFunction("generate_series")]
    public static IEnumerable<Numeric> Series(Numeric first, Numeric last, Numeric step)
    {
        int direction = Compare(step, Numeric.Zero);
        RequireStep(direction == 0);
        if (!first.IsFinite || !last.IsFinite || !step.IsFinite)
            throw new SqlFault(SqlState.InvalidParameterValue, "the bounds and the step of generate_series are finite");
        return Steps();

        IEnumerable<Numeric> Steps()
        {
            for (Numeric at = first; Compare(at, last) * direction <= 0; at += step)
                yield return at;
        }
    }

    [SqlFunction("generate_series")]
    public static IEnumerable<Timestamp> Series(Timestamp first, Timestamp last, SqlInterval step)
    {
        int direction = step.CompareTo(default);
        RequireStep(direction == 0);
        if (!first.IsFinite || !last.IsFinite)
            throw new SqlFault(SqlState.InvalidParameterValue, "the bounds of generate_series are finite");
        return Steps();

        IEnumerable<Timestamp> Steps()
        {
            for (Timestamp at = first; at.Micros.CompareTo(last.Micros) * direction <= 0; at = DateTimeArithmetic.Add(at, step))
                yield return at;
        }
    }

    [SqlFunction("generate_series")]
    public static IEnumerable<TimestampTz> Series(TimestampTz first, TimestampTz last, SqlInterval step) =>
        Series(new Timestamp(first.Micros), new Timestamp(last.Micros), step).Select(static one => new TimestampTz(one.Micros));

    /// <summary>unnest, of elements that are structs.</summary>
    public static IEnumerable<T?> ItemsOfValues<T>(SqlArray<T> array)
        where T : struct => array.Items.Select((one, at) => array.IsNull(at) ? (T?)null : one);

    /// <summary>unnest, of elements that are objects.</summary>
    [MayGiveNull]
    public static IEnumerable<T?> ItemsOfObjects<T>(SqlArray<T> array)
        where T : class => array.Items.Select((one, at) => array.IsNull(at) ? null : one);

    [SqlFunction("string_to_table")]
    public static IEnumerable<string> Split(string text, string separator) => TextFunctions.Split(text, separator)!.Items;

    [SqlFunction("string_to_table"), MayGiveNull]
    public static IEnumerable<string?> Split(string text, string separator, string nullText) =>
        ItemsOfObjects(TextFunctions.Split(text, separator, nullText)!);

    [SqlFunction("regexp_split_to_table")]
    public static IEnumerable<string> SplitByPattern(string text, string pattern) => TextPatterns.Split(text, pattern).Items;

    [SqlFunction("regexp_split_to_table")]
    public static IEnumerable<string> SplitByPattern(string text, string pattern, string flags) =>
        TextPatterns.Split(text, pattern, flags).Items;

    [SqlFunction("json_array_elements")]
    public static IEnumerable<Json> Elements(Json array) => ItemsOf(JsonNode.Parse(array.Text))
        .Select(one => new Json(array.Text[one.Place.Start..one.Place.End]));

    [SqlFunction("json_array_elements_text"), MayGiveNull]
    public static IEnumerable<string?> ElementTexts(Json array) => ItemsOf(JsonNode.Parse(array.Text))
        .Select(one => JsonFunctions.Text(array, one));

    [SqlFunction("jsonb_array_elements")]
    public static IEnumerable<Jsonb> Elements(Jsonb array) => ItemsOf(array.ToNode()).Select(static one => new Jsonb(one.ToString()));

    [SqlFunction("jsonb_array_elements_text"), MayGiveNull]
    public static IEnumerable<string?> ElementTexts(Jsonb array) => ItemsOf(array.ToNode()).Select(JsonFunctions.Text);

    private static IReadOnlyList<JsonNode> ItemsOf(JsonNode node) => node.Kind == JsonKind.Array ? node.Items
        : throw new SqlFault(SqlState.InvalidParameterValue,
            $"cannot extract elements from {(node.Kind == JsonKind.Object ? "an object" : "a scalar")}");

    private static int Compare(Numeric left, Numeric right) => ((IComparable<Numeric>)left).CompareTo(right);

    private static void RequireStep(bool isZero)
    {
        if (isZero)
            throw new SqlFault(SqlState.InvalidParameterValue, "step size cannot equal zero");
    }
}
