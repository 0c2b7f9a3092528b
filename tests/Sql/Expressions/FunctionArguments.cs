using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>Values of every type that are worth trying: ordinary ones, extremes, those that functions stumble over.</summary>
internal static class FunctionArguments
{
    private static readonly Dictionary<SqlKind, string?[]> s_values = new()
    {
        [SqlKind.Boolean] = ["true", "false", null],
        [SqlKind.SmallInt] = ["0", "1", "-1", "7", "32767", "-32768", null],
        [SqlKind.Integer] = ["0", "1", "-1", "3", "5", "-4", "100", "2147483647", "-2147483648", null],
        [SqlKind.BigInt] = ["0", "1", "-1", "12", "-7", "1000000007", "9223372036854775807", "-9223372036854775808", null],
        [SqlKind.Real] = ["0", "1", "-1.5", "3.25", "0.1", "1e10", "-1e-10", "3e38", "NaN", "Infinity", "-Infinity", null],
        [SqlKind.Double] =
            ["0", "1", "-1", "0.5", "-2.5", "3.7", "0.1", "123456.789", "1e15", "1e-7", "1e300", "-1e300", "1e-300", "NaN", "Infinity",
                "-Infinity", null],
        [SqlKind.Numeric] =
        [
            "0", "1", "-1", "0.5", "2.5", "-2.50", "3.14159", "0.1", "100", "0.00", "99999.99", "-12345.678900", "0.0000000001",
            "123456789012345678901234567890.123456789", "NaN", "Infinity", "-Infinity", null,
        ],
        [SqlKind.Text] = ["", "a", "abc", "Hello, World", "  padded  ", "a,b,,c", "äöü", "x😀y", "100%", "a_c", "O'Hara", "42", null],
        [SqlKind.Date] = ["2024-01-31", "2024-02-29", "1969-12-31", "2000-01-01", "0044-03-15 BC", "infinity", "-infinity", null],
        [SqlKind.Time] = ["00:00:00", "10:20:30.456789", "23:59:59.999999", "24:00:00", null],
        [SqlKind.Timestamp] =
            ["2024-01-31 10:20:30.5", "2024-02-29 23:59:59.999999", "1970-01-01", "1969-12-31 12:00:00", "2001-02-16 20:38:40.12",
                "infinity", "-infinity", null],
        [SqlKind.TimestampTz] =
            ["2024-01-31 10:20:30.5+00", "2024-03-31 01:30:00+00", "1970-01-01 00:00:00+00", "2001-02-16 20:38:40.12+02", "infinity", null],
        [SqlKind.Interval] =
            ["0", "1 day", "-1 month 5 days", "1 year 2 months 3 days 04:05:06.789", "-00:00:01", "36:00:00", "5 seconds", "1.5 months",
                null],
        [SqlKind.Bytea] = ["\\x", "\\x00ff", "\\x616263", null],
        [SqlKind.Json] =
            ["{\"a\": 1, \"b\":[1, 2,null], \"c\":{\"d\":\"x\"}, \"a\" : 2}", "[1,  \"two\", null, {\"k\":true}]", "\"text\"", "12.50",
                "null", null],
        [SqlKind.Jsonb] =
            ["{\"a\": 1, \"b\":[1, 2,null], \"c\":{\"d\":\"x\"}, \"bb\" : 2.50}", "[1,  \"two\", null, {\"k\":true}]", "\"text\"",
                "12.50", "null", "true", "{}", null],
    };

    /// <summary>Texts of a certain meaning: units, formats, patterns, zones; by function and parameter.</summary>
    private static readonly Dictionary<(string, int), string?[]> s_texts = new()
    {
        [("extract", 0)] = Units,
        [("date_part", 0)] = Units,
        [("date_trunc", 0)] = Units,
        [("timezone", 0)] = ["UTC", "America/New_York", "Europe/Berlin", "+02:00", "Nowhere", null],
        [("date_trunc", 2)] = ["UTC", "America/New_York", null],
        [("make_timestamptz", 6)] = ["UTC", "Europe/Berlin"],
        [("to_char", 1)] =
        [
            "YYYY-MM-DD", "HH24:MI:SS.US", "FMDay, DD Mon YYYY HH12:MI AM", "Month|Mon|MONTH|mon", "IYYY-IW-ID", "DDD Q WW CC J",
                "\"at\" HH:MI pm",
            "FMDDth", "MS US FF3", "YY Y,YYY YYY Y", "FM999.99", "",
        ],
        [("to_date", 0)] = ["2024-01-31", "31 Jan 2024", "20240131", "January 5 2024"],
        [("to_date", 1)] = ["YYYY-MM-DD", "DD Mon YYYY", "YYYYMMDD", "Month DD YYYY"],
        [("to_timestamp", 0)] = ["2024-01-31 10:20:30", "05 Dec 2000 11 PM"],
        [("to_timestamp", 1)] = ["YYYY-MM-DD HH24:MI:SS", "DD Mon YYYY HH12 AM"],
        [("to_number", 0)] = ["12454.8", "-34"],
        [("to_number", 1)] = ["99999.9", "S99"],
        [("encode", 1)] = ["hex", "base64", "escape", "none"],
        [("decode", 1)] = ["hex", "base64", "escape"],
        [("decode", 0)] = ["6162", "YWJj", "abc"],
        [("convert_from", 1)] = ["UTF8"],
        [("convert_to", 1)] = ["UTF8"],
        [("convert_from", 0)] = ["\\x616263"],
        [("format", 0)] = ["%s and %s", "%%", "%I=%L", "%2$s-%1$s", "%10s|%-5s", "%x", null],
        [("chr", 0)] = ["65", "8364", "0", "-1"],
        [("->", 1)] = Keys,
        [("->>", 1)] = Keys,
        [("?", 1)] = Keys,
        [("-", 1)] = Keys,
    };

    private static string?[] Numbers =>
        ["999", "9990.00", "FM999.99", "S999", "999PR", "0000.0", "9,999,999.99", "MI999", "FM0999", "999S", "9.9", "SG99",
            "99999999999999999999D99"];

    private static string?[] Units =>
    [
        "microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century",
            "millennium", "dow",
        "isodow", "doy", "epoch", "julian", "isoyear", "nonsense", null,
    ];

    private static string?[] Keys => ["a", "b", "c", "missing", null];

    private static string?[] Patterns =>
        ["a", "a%", "%c", "_", "a_c", "%", "[a-c]+", "(b)(c)?", "^H.*d$", "\\d+", "\\s", "a\\%", "x*", "", null];

    /// <param name="function">The name.</param>
    /// <param name="parameter">From 0.</param>
    /// <param name="types">Of all parameters.</param>
    public static string?[] Of(string function, int parameter, IReadOnlyList<SqlType> types)
    {
        SqlType type = types[parameter];
        if (function == "to_char" && parameter == 1 && types[0].IsNumber)
            return Numbers;
        if (type.Kind == SqlKind.Array)
            return OfArray(type.Element!);
        if (type.Kind is SqlKind.Text && s_texts.TryGetValue((function, parameter), out string?[]? texts))
            return texts;
        if (function is "chr" && s_texts.TryGetValue((function, parameter), out string?[]? codes))
            return codes;
        if (type.Kind == SqlKind.Text && parameter == 1 && (function.StartsWith("regexp", StringComparison.Ordinal) ||
                function is "~~" or "!~~" or "~~*" or "!~~*" or "~" or "!~" or "~*" or "!~*" or "like" or "ilike" or "notlike"
                    or "notilike" or "similar_to" or "substring"))
            return Patterns;
        if (function.StartsWith("make_", StringComparison.Ordinal) && type.Kind is SqlKind.Integer)
            return parameter == 0 ? ["2024", "-44", "0"] : ["1", "2", "12", "13", "29", "0"];
        if (function is "repeat" or "lpad" or "rpad" && type.Kind == SqlKind.Integer)
            return ["0", "1", "5", "-1", "12"];
        if (function is "factorial")
            return ["0", "5", "20", "-1", null];
        return s_values[type.Kind == SqlKind.Varchar ? SqlKind.Text : type.Kind];
    }

    private static string?[] OfArray(SqlType element) => element.Kind switch
    {
        SqlKind.Integer => ["{}", "{1,2,3}", "{3,NULL,1}", "{5}", null],
        SqlKind.Text => ["{}", "{a,b,c}", "{b,NULL,\"x y\"}", "{a}", "{c,d}", null],
        _ => ["{}", null],
    };
}
