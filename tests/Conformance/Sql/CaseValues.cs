using System.Globalization;
using System.Text.Json;
using System.Xml;

namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>Values of cases and of results as texts that are equal where the values are: numbers by value, whatever their type, and times
/// as instants.</summary>
internal static class CaseValues
{
    private const string Null = "NULL";

    /// <summary>A value that is fed: as a table takes it.</summary>
    public static object? Given(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetRawText(),
        _ => value.GetString(),
    };

    public static object?[] Row(JsonElement row) => [.. row.EnumerateArray().Select(Given)];

    /// <summary>A row of a result.</summary>
    public static string Of(SqlRow row) =>
        string.Join(" | ", Enumerable.Range(0, row.Count).Select(at => row.Text(at) is { } text ? Text(text, row.Columns[at].Type) : Null));

    /// <summary>A row that is expected, by the types of the result's columns.</summary>
    public static string Of(IEnumerable<JsonElement> row, IReadOnlyList<SqlColumn> columns) => string.Join(" | ", row.Select((value, at) =>
        Given(value) is not { } given ? Null
        : given is bool flag ? flag ? "true" : "false"
        : Text((string)given, at < columns.Count ? columns[at].Type : "text")));

    private static string Text(string text, string type)
    {
        if (type is "smallint" or "integer" or "bigint" or "real" or "double precision"
            || type.StartsWith("numeric", StringComparison.Ordinal))
            return Number(text);
        if (type == "interval")
            return (text.StartsWith('P') ? XmlConvert.ToTimeSpan(text)
                : TimeSpan.Parse(Days(text), CultureInfo.InvariantCulture)).ToString();
        if (!type.StartsWith("timestamp", StringComparison.Ordinal))
            return text;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out DateTimeOffset time)
            ? time.ToString("O", CultureInfo.InvariantCulture) : text;
    }

    /// <summary>PostgreSQL's "1 day 02:00:00" as .NET writes it.</summary>
    private static string Days(string text) => text.Replace(" days ", ".", StringComparison.Ordinal)
        .Replace(" day ", ".", StringComparison.Ordinal)
        .Replace(" days", "", StringComparison.Ordinal).Replace(" day", "", StringComparison.Ordinal);

    /// <summary>Whole numbers by all of their digits, others by nine: what is not exact may differ behind them.</summary>
    private static string Number(string text)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number))
            return text;
        return number == decimal.Truncate(number) ? decimal.Truncate(number).ToString(CultureInfo.InvariantCulture)
            : ((double)number).ToString("G9", CultureInfo.InvariantCulture);
    }
}
