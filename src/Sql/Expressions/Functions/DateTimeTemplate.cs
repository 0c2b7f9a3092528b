using System.Globalization;
using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;
using Calendar = ActorStreams.Sql.Values.Calendar;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>A template of to_char and its kin, cut into parts once for all the rows that it is used for.</summary>
internal sealed class DateTimeTemplate
{
    /// <summary>Longer names before those that they begin with.</summary>
    private static readonly string[] s_names =
    [
        "SSSSS", "SSSS", "Y,YYY", "YYYY", "IYYY", "MONTH", "Month", "month", "A.M.", "P.M.", "a.m.", "p.m.", "B.C.", "A.D.", "HH24", "HH12",
        "YYY", "IYY", "IDDD", "DDD", "MON", "Mon", "mon", "DAY", "Day", "day", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "TZH", "TZM",
        "YY", "IY", "MM", "MI", "MS", "DD", "DY", "Dy", "dy", "ID", "IW", "WW", "CC", "RM", "rm", "US", "SS", "HH", "AM", "PM", "am",
            "pm", "BC", "AD",
        "bc", "ad", "OF", "TZ", "tz", "Y", "I", "D", "W", "J", "Q",
    ];

    private static readonly string[] s_roman = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

    [ThreadStatic]
    private static DateTimeTemplate? s_last;

    private readonly string _format;
    private readonly List<Part> _parts = [];

    private DateTimeTemplate(string format)
    {
        _format = format;
        Cut();
    }

    public static DateTimeTemplate Of(string format) =>
        s_last is { } last && last._format == format ? last : s_last = new DateTimeTemplate(format);

    public string Print(Timestamp value, bool hasZone)
    {
        var text = new StringBuilder();
        foreach (Part part in _parts)
        {
            if (part.Literal is not null)
                text.Append(part.Literal);
            else
                text.Append(Ordinal(Field(part, value, hasZone), part));
        }

        return text.ToString();
    }

    public Timestamp Read(string text)
    {
        int at = 0, year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0, dayOfYear = 0;
        long micros = 0;
        bool? afternoon = null;
        bool isTwelve = false, isBefore = false, hasYear = false;
        for (int index = 0; index < _parts.Count; index++)
        {
            Part part = _parts[index];
            if (part.Literal is not null)
            {
                foreach (char one in part.Literal)
                {
                    if (char.IsLetterOrDigit(one) ? at < text.Length : at < text.Length && !char.IsLetterOrDigit(text[at]))
                        at++;
                }

                continue;
            }

            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            bool isPacked = index + 1 < _parts.Count && _parts[index + 1].Literal is null;
            switch (part.Name.ToUpperInvariant())
            {
                case "YYYY" or "IYYY":
                    (year, hasYear) = (Number(text, ref at, isPacked ? 4 : 9), true);
                    break;
                case "YYY" or "YY" or "Y":
                    year = Number(text, ref at, part.Name.Length);
                    year = part.Name.Length > 2 ? year + 1000 : year < 70 ? year + 2000 : year + 1900;
                    hasYear = true;
                    break;
                case "MM":
                    month = Number(text, ref at, 2);
                    break;
                case "MONTH" or "MON":
                    month = Name(text, ref at, MonthNames.Full, part.Name.Length == 3) + 1;
                    break;
                case "DAY" or "DY":
                    Name(text, ref at, MonthNames.Days, part.Name.Length == 2);
                    break;
                case "DD":
                    day = Number(text, ref at, 2);
                    break;
                case "DDD":
                    dayOfYear = Number(text, ref at, 3);
                    break;
                case "HH24":
                    hour = Number(text, ref at, 2);
                    break;
                case "HH" or "HH12":
                    (hour, isTwelve) = (Number(text, ref at, 2), true);
                    if (hour is < 1 or > 12)
                        throw new SqlFault(SqlState.InvalidDatetimeFormat, $"hour \"{hour}\" is invalid for the 12-hour clock");
                    break;
                case "MI":
                    minute = Number(text, ref at, 2);
                    break;
                case "SS":
                    second = Number(text, ref at, 2);
                    break;
                case "MS":
                    micros += Fraction(text, ref at, 3);
                    break;
                case "US" or "FF6":
                    micros += Fraction(text, ref at, 6);
                    break;
                case "AM" or "PM" or "A.M." or "P.M.":
                    afternoon = at < text.Length && char.ToUpperInvariant(text[at]) == 'P';
                    at = Math.Min(text.Length, at + part.Name.Length);
                    break;
                case "BC" or "AD":
                    isBefore = at < text.Length && char.ToUpperInvariant(text[at]) == 'B';
                    at = Math.Min(text.Length, at + 2);
                    break;
                default:
                    throw new SqlFault(SqlState.FeatureNotSupported, $"formatting field \"{part.Name}\" is only supported in to_char");
            }
        }

        if (isTwelve && afternoon is { } isAfternoon)
            hour = hour % 12 + (isAfternoon ? 12 : 0);
        if (isBefore && hasYear)
            year = 1 - year;
        if (hour > 23 || minute > 59 || second > 59 || month is < 1 or > 12 || day < 1 || day > Calendar.DaysIn(year, month))
            throw new SqlFault(SqlState.DatetimeFieldOverflow, $"date/time field value out of range: \"{text}\"");
        int days = dayOfYear > 0 ? Calendar.DaysOf(year, 1, 1) + dayOfYear - 1 : Calendar.DaysOf(year, month, day);
        return Timestamp.Checked(
            (Int128)days * Calendar.Day + hour * Calendar.Hour + minute * Calendar.Minute + second * Calendar.Second + micros);
    }

    private void Cut()
    {
        var literal = new StringBuilder();
        for (int at = 0; at < _format.Length;)
        {
            int start = at;
            bool fill = !Prefix("FM", ref at) && !Prefix("fm", ref at);
            if (Prefix("TM", ref at))
                fill = false;
            string? name = s_names.FirstOrDefault(one => string.CompareOrdinal(_format, at, one, 0, one.Length) == 0)
                ?? s_names.FirstOrDefault(one => one == one.ToUpperInvariant() && one.All(static letter => letter is not '.') &&
                    string.Compare(_format, at, one, 0, one.Length, StringComparison.OrdinalIgnoreCase) == 0);
            if (name is not null)
            {
                Flush(literal);
                at += name.Length;
                string? suffix = Prefix("TH", ref at) ? "TH" : Prefix("th", ref at) ? "th" : null;
                _parts.Add(new Part(name, fill, suffix, null));
                continue;
            }

            if (at > start)
                continue;
            if (_format[at] == '"')
            {
                for (at++; at < _format.Length && _format[at] != '"'; at++)
                {
                    if (_format[at] == '\\' && at + 1 < _format.Length)
                        at++;
                    literal.Append(_format[at]);
                }

                at++;
                continue;
            }

            if (_format[at] == '\\' && at + 1 < _format.Length && _format[at + 1] == '"')
                at++;
            literal.Append(_format[at]);
            at++;
        }

        Flush(literal);

        bool Prefix(string prefix, ref int place)
        {
            if (string.CompareOrdinal(_format, place, prefix, 0, prefix.Length) != 0)
                return false;
            place += prefix.Length;
            return true;
        }
    }

    private void Flush(StringBuilder literal)
    {
        if (literal.Length == 0)
            return;
        _parts.Add(new Part("", false, null, literal.ToString()));
        literal.Clear();
    }

    private static string Field(Part part, Timestamp value, bool hasZone)
    {
        (int year, int month, int day) = Calendar.DateOf(value.Day);
        long micros = value.MicrosOfDay;
        int hour = (int)(micros / Calendar.Hour), minute = (int)(micros / Calendar.Minute % 60), second =
            (int)(micros / Calendar.Second % 60);
        int fraction = (int)(micros % Calendar.Second);
        int shown = year > 0 ? year : 1 - year, iso = Calendar.WeekOf(value.Day).Year;
        int isoShown = iso > 0 ? iso : 1 - iso;
        int weekday = Calendar.DayOfWeek(value.Day);
        bool fill = part.IsFilled;
        return part.Name switch
        {
            "YYYY" => Pad(shown, 4),
            "YYY" => Pad(shown % 1000, 3),
            "YY" => Pad(shown % 100, 2),
            "Y" => Pad(shown % 10, 1),
            "Y,YYY" => string.Create(CultureInfo.InvariantCulture, $"{shown / 1000},{shown % 1000:000}"),
            "IYYY" => Pad(isoShown, 4),
            "IYY" => Pad(isoShown % 1000, 3),
            "IY" => Pad(isoShown % 100, 2),
            "I" => Pad(isoShown % 10, 1),
            "MM" => Pad(month, 2),
            "DD" => Pad(day, 2),
            "DDD" => Pad(Calendar.DayOfYear(value.Day), 3),
            "IDDD" => Pad(value.Day - Calendar.MondayOf(iso, 1) + 1, 3),
            "D" => Pad(weekday + 1, 1),
            "ID" => Pad((weekday + 6) % 7 + 1, 1),
            "W" => Pad((day - 1) / 7 + 1, 1),
            "WW" => Pad((Calendar.DayOfYear(value.Day) - 1) / 7 + 1, 2),
            "IW" => Pad(Calendar.WeekOf(value.Day).Week, 2),
            "CC" => Century(year, fill),
            "J" => Pad(value.Day + 2_440_588, 1),
            "Q" => Pad((month - 1) / 3 + 1, 1),
            "HH24" => Pad(hour, 2),
            "HH" or "HH12" => Pad(hour % 12 == 0 ? 12 : hour % 12, 2),
            "MI" => Pad(minute, 2),
            "SS" => Pad(second, 2),
            "SSSS" or "SSSSS" => Pad((int)(micros / Calendar.Second), 1),
            "MS" or "FF3" => (fraction / 1000).ToString("000", CultureInfo.InvariantCulture),
            "US" or "FF6" => fraction.ToString("000000", CultureInfo.InvariantCulture),
            "FF1" => (fraction / 100_000).ToString("0", CultureInfo.InvariantCulture),
            "FF2" => (fraction / 10_000).ToString("00", CultureInfo.InvariantCulture),
            "FF4" => (fraction / 100).ToString("0000", CultureInfo.InvariantCulture),
            "FF5" => (fraction / 10).ToString("00000", CultureInfo.InvariantCulture),
            "AM" or "PM" => hour < 12 ? "AM" : "PM",
            "am" or "pm" => hour < 12 ? "am" : "pm",
            "A.M." or "P.M." => hour < 12 ? "A.M." : "P.M.",
            "a.m." or "p.m." => hour < 12 ? "a.m." : "p.m.",
            "BC" or "AD" => year > 0 ? "AD" : "BC",
            "bc" or "ad" => year > 0 ? "ad" : "bc",
            "B.C." or "A.D." => year > 0 ? "A.D." : "B.C.",
            "MONTH" => Wide(MonthNames.Full[month - 1].ToUpperInvariant()),
            "Month" => Wide(Capital(MonthNames.Full[month - 1])),
            "month" => Wide(MonthNames.Full[month - 1]),
            "MON" => MonthNames.Full[month - 1][..3].ToUpperInvariant(),
            "Mon" => Capital(MonthNames.Full[month - 1][..3]),
            "mon" => MonthNames.Full[month - 1][..3],
            "DAY" => Wide(MonthNames.Days[weekday].ToUpperInvariant()),
            "Day" => Wide(Capital(MonthNames.Days[weekday])),
            "day" => Wide(MonthNames.Days[weekday]),
            "DY" => MonthNames.Days[weekday][..3].ToUpperInvariant(),
            "Dy" => Capital(MonthNames.Days[weekday][..3]),
            "dy" => MonthNames.Days[weekday][..3],
            "RM" => fill ? s_roman[month - 1].PadRight(4) : s_roman[month - 1],
            "rm" => (fill ? s_roman[month - 1].PadRight(4) : s_roman[month - 1]).ToLowerInvariant(),
            "TZ" => hasZone ? "UTC" : "",
            "tz" => hasZone ? "utc" : "",
            "TZH" => "+00",
            "TZM" => "00",
            _ => "+00",
        };

        string Pad(int number, int digits) => number.ToString(fill ? new string('0', digits) : "0", CultureInfo.InvariantCulture);

        string Wide(string name) => fill ? name.PadRight(9) : name;
    }

    private static string Century(int year, bool fill)
    {
        int century = year > 0 ? (year - 1) / 100 + 1 : -((99 - (year - 1)) / 100);
        return century is >= 0 and <= 99 ? century.ToString(fill ? "00" : "0", CultureInfo.InvariantCulture)
            : century.ToString(CultureInfo.InvariantCulture);
    }

    private static string Ordinal(string number, Part part)
    {
        if (part.Suffix is null)
            return number;
        char last = number.Length > 0 ? number[^1] : '0';
        bool isTeen = number.Length > 1 && number[^2] == '1';
        string suffix = isTeen ? "th" : last switch { '1' => "st", '2' => "nd", '3' => "rd", _ => "th" };
        return number + (part.Suffix == "TH" ? suffix.ToUpperInvariant() : suffix);
    }

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static int Number(string text, ref int at, int digits)
    {
        int start = at;
        while (at < text.Length && at - start < digits && char.IsAsciiDigit(text[at]))
            at++;
        return at > start ? int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture)
            : throw new SqlFault(SqlState.InvalidDatetimeFormat,
                $"invalid value \"{text[start..Math.Min(text.Length, start + digits)]}\" in \"{text}\"");
    }

    private static int Fraction(string text, ref int at, int digits)
    {
        int start = at, value = Number(text, ref at, digits);
        for (int missing = 6 - (at - start); missing > 0; missing--)
            value *= 10;
        return value;
    }

    private static int Name(string text, ref int at, string[] names, bool isShort)
    {
        for (int name = 0; name < names.Length; name++)
        {
            int length = isShort ? 3 : names[name].Length;
            if (string.Compare(text, at, names[name], 0, length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                at += length;
                return name;
            }
        }

        throw new SqlFault(SqlState.InvalidDatetimeFormat, $"invalid name in \"{text}\"");
    }

    private readonly record struct Part(string Name, bool IsFilled, string? Suffix, string? Literal);
}
