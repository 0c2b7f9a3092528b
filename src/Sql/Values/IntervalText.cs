using System.Globalization;
using System.Text;

namespace ActorStreams.Sql.Values;

/// <summary>Intervals as PostgreSQL prints and reads them.</summary>
internal static class IntervalText
{
    public static string Of(SqlInterval value)
    {
        var text = new StringBuilder();
        Append(text, value.Months / Calendar.MonthsPerYear, "year");
        Append(text, value.Months % Calendar.MonthsPerYear, "mon");
        Append(text, value.Days, "day");
        if (value.Micros == 0 && text.Length > 0)
            return text.ToString();
        if (text.Length > 0)
            text.Append(' ');
        UInt128 micros = (UInt128)Int128.Abs(value.Micros);
        bool isBefore = text.Length > 0 && IsNegative(value);
        text.Append(value.Micros < 0 ? "-" : isBefore ? "+" : "");
        ulong hours = (ulong)(micros / (ulong)Calendar.Hour);
        int minutes = (int)(micros / (ulong)Calendar.Minute % 60), seconds = (int)(micros / (ulong)Calendar.Second % 60);
        text.Append(CultureInfo.InvariantCulture, $"{hours:00}:{minutes:00}:{seconds:00}");
        DateTimeText.AppendFraction(text, (int)(micros % (ulong)Calendar.Second));
        return text.ToString();

        void Append(StringBuilder to, int count, string unit)
        {
            if (count == 0)
                return;
            string plus = to.Length > 0 && count > 0 && WasNegative(value, unit) ? "+" : "";
            to.Append(CultureInfo.InvariantCulture, $"{(to.Length > 0 ? " " : "")}{plus}{count} {unit}{(count == 1 ? "" : "s")}");
        }
    }

    /// <summary>Reads <c>1 day 02:03:04</c>, <c>1-2</c>, <c>P1DT2H</c>, <c>3 weeks ago</c> and the like.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unit">What a bare number at the end counts; the unit of <c>INTERVAL '5' SECOND</c>. Null: seconds.</param>
    /// <exception cref="SqlFault">It is no interval (22007), or one out of range (22008).</exception>
    public static SqlInterval Parse(string text, string? unit = null)
    {
        string bare = text.Trim();
        return bare.StartsWith('P') ? new IntervalReader(text, bare).ReadIso() : new IntervalReader(text, bare).Read(unit);
    }

    /// <summary>Whether the part before the one of that unit is negative: then a positive one shows its sign.</summary>
    private static bool WasNegative(SqlInterval value, string unit) => unit switch
    {
        "mon" => value.Months / Calendar.MonthsPerYear < 0,
        "day" => value.Months < 0,
        _ => false,
    };

    private static bool IsNegative(SqlInterval value) => value.Days != 0 ? value.Days < 0 : value.Months < 0;
}
