using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>format(): values put into a text.</summary>
internal static class TextFormats
{
    [SqlFunction("format", TakesNull = true, IsVariadic = true, MayBeNull = true)]
    public static string? Format(string? format, params string?[] values)
    {
        if (format is null)
            return null;
        var made = new StringBuilder(format.Length);
        int next = 0;
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                made.Append(format[at]);
                continue;
            }

            if (++at >= format.Length)
                throw new SqlFault(SqlState.InvalidParameterValue, "unterminated format() type specifier");
            if (format[at] == '%')
            {
                made.Append('%');
                continue;
            }

            at = One(format, at, values, ref next, made);
        }

        return made.ToString();
    }

    [SqlFunction("format", TakesNull = true, MayBeNull = true)]
    public static string? Format(string? format) => Format(format, []);

    /// <summary>%[place$][-][width]type</summary>
    private static int One(string format, int at, string?[] values, ref int next, StringBuilder made)
    {
        int number = Number(format, ref at);
        if (number >= 0 && at < format.Length && format[at] == '$')
        {
            if (number == 0)
                throw new SqlFault(SqlState.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1");
            next = number - 1;
            number = -1;
            at++;
        }

        bool isLeft = false;
        while (number < 0 && at < format.Length && format[at] == '-')
        {
            isLeft = true;
            at++;
        }

        int width = number >= 0 ? number : Number(format, ref at);
        if (at >= format.Length)
            throw new SqlFault(SqlState.InvalidParameterValue, "unterminated format() type specifier");
        char type = format[at];
        if (type is not ('s' or 'I' or 'L'))
            throw new SqlFault(SqlState.InvalidParameterValue, $"unrecognized format() type specifier \"{type}\"");
        if (next >= values.Length)
            throw new SqlFault(SqlState.InvalidParameterValue, "too few arguments for format()");
        string? value = values[next++];
        string text = type switch
        {
            's' => value ?? "",
            'L' => value is null ? "NULL" : TextFunctions.QuoteLiteral(value).TrimStart(' '),
            _ => value is null ? throw new SqlFault(SqlState.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
                : Identifier(value),
        };
        made.Append(width < 0 ? text : isLeft ? TextFunctions.PadRight(text, Math.Max(width, Points.Count(text)))
            : TextFunctions.PadLeft(text, Math.Max(width, Points.Count(text))));
        return at;
    }

    [SqlFunction("quote_ident", IsSafe = true)]
    public static string Identifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one)
            || one == '_')
            ? name
            : "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static int Number(string format, ref int at)
    {
        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]) && at - start < 9)
            at++;
        return at == start ? -1 : int.Parse(format.AsSpan(start, at - start), System.Globalization.CultureInfo.InvariantCulture);
    }
}
