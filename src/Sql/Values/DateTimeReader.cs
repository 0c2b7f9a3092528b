using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Reads a date, a time of day and a zone, in the forms that PostgreSQL reads with DateStyle ISO, MDY.</summary>
/// <exception cref="SqlFault">It is none (22007), or one out of range (22008).</exception>
internal sealed class DateTimeReader
{
    private static readonly string[] s_months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] s_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    private readonly string _text, _type, _bare;
    private int _at;
    private int? _year, _month, _day;
    private bool _isBefore;
    private bool? _afternoon;

    private DateTimeReader(string text, string type) => (_text, _type, _bare) = (text, type, text.Trim());

    private long? MicrosOfDay { get; set; }

    private string? Zone { get; set; }

    private bool? IsInfinite { get; set; }

    public static Date ReadDate(string text)
    {
        DateTimeReader read = new DateTimeReader(text, "date").Read();
        return read.IsInfinite is { } plus ? plus ? Date.Infinity : Date.MinusInfinity : Date.Checked(read.Days());
    }

    public static Timestamp ReadTimestamp(string text) => new DateTimeReader(text, "timestamp").Read().ToTimestamp(withZone: false);

    public static TimestampTz ReadTimestampTz(string text) =>
        TimestampTz.OfUtc(new DateTimeReader(text, "timestamp with time zone").Read().ToTimestamp(withZone: true));

    public static Time ReadTime(string text)
    {
        DateTimeReader read = new DateTimeReader(text, "time").Read();
        return new Time(read.MicrosOfDay ?? throw read.Invalid());
    }

    private Timestamp ToTimestamp(bool withZone)
    {
        if (IsInfinite is { } plus)
            return plus ? Timestamp.Infinity : Timestamp.MinusInfinity;
        Timestamp local = Timestamp.Checked((Int128)Days() * Calendar.Day + (MicrosOfDay ?? 0));
        return withZone && Zone is not null ? TimeZones.ToUtc(local, Zone).Utc : local;
    }

    private int Days()
    {
        if (_year is not { } year || _month is not { } month || _day is not { } day)
            throw Invalid();
        if (_isBefore)
            year = 1 - year;
        if ((year == 0 && !_isBefore) || month is < 1 or > 12 || day < 1 || day > Calendar.DaysIn(year, month))
            throw OutOfRange();
        return year is < -4713 or > 5_874_897 ? throw OutOfRange() : Calendar.DaysOf(year, month, day);
    }

    private DateTimeReader Read()
    {
        switch (_bare.ToLowerInvariant())
        {
            case "infinity" or "+infinity":
                IsInfinite = true;
                return this;
            case "-infinity":
                IsInfinite = false;
                return this;
            case "epoch":
                (_year, _month, _day, MicrosOfDay) = (1970, 1, 1, 0);
                return this;
            case "":
                throw Invalid();
        }

        while (_at < _bare.Length)
        {
            char one = _bare[_at];
            if (char.IsWhiteSpace(one) || one == ',')
                _at++;
            else if (char.IsAsciiLetter(one))
                Word();
            else if (char.IsAsciiDigit(one))
                Digits();
            else if (one is '+' or '-' && MicrosOfDay is not null && Zone is null)
                Offset();
            else
                throw Invalid();
        }

        if (_afternoon is { } afternoon)
        {
            long micros = MicrosOfDay ?? throw Invalid();
            if (micros / Calendar.Hour > 12)
                throw OutOfRange();
            bool isTwelve = micros / Calendar.Hour == 12;
            MicrosOfDay = micros + (afternoon ? isTwelve ? 0 : 12 * Calendar.Hour : isTwelve ? -12 * Calendar.Hour : 0);
        }

        if (_year is null && MicrosOfDay is null)
            throw _day is null || _type == "time" ? Invalid() : OutOfRange();
        return this;
    }

    private void Word()
    {
        int start = _at;
        while (_at < _bare.Length
            && (char.IsAsciiLetterOrDigit(_bare[_at]) || _bare[_at] is '/' or '_' || (_bare[_at] == '-' && _at > start + 2)))
            _at++;
        string word = _bare[start.._at], lower = word.ToLowerInvariant();
        int month = lower.Length >= 3 ? Array.IndexOf(s_months, lower[..3]) : -1;
        switch (lower)
        {
            case "t" when _year is not null:
                return;
            case "z":
                Zone = "UTC";
                return;
            case "am" or "pm":
                _afternoon = lower == "pm";
                return;
            case "bc":
                _isBefore = true;
                return;
            case "ad":
                return;
        }

        if (lower.StartsWith('t') && lower.Length > 1 && char.IsAsciiDigit(lower[1]) && _year is not null)
        {
            _at = start + 1;
        }
        else if (month >= 0 && MonthNames.Full[month].StartsWith(lower, StringComparison.Ordinal) && _month is null)
        {
            _month = month + 1;
        }
        else if (lower.Length >= 3 && s_days.Contains(lower[..3]) && lower.All(char.IsAsciiLetter)
            && (lower.Length == 3 || lower.EndsWith("day", StringComparison.Ordinal)))
        {
            // What day of the week it is follows from the date.
        }
        else if (MicrosOfDay is not null && Zone is null)
        {
            Zone = TimeZones.Exists(word) ? word
                : throw new SqlFault(_bare.Contains('/', StringComparison.Ordinal) ? SqlState.InvalidParameterValue
                    : SqlState.InvalidDatetimeFormat,
                    _bare.Contains('/', StringComparison.Ordinal) ? $"time zone \"{word}\" not recognized"
                        : $"invalid input syntax for type {_type}: \"{_text}\"");
        }
        else
        {
            throw Invalid();
        }
    }

    private void Digits()
    {
        int start = _at;
        int first = Number(out int length);
        char next = _at < _bare.Length ? _bare[_at] : '\0';
        if (next == ':')
        {
            Clock(first);
        }
        else if (next is '-' or '/' or '.' && _year is null && _at + 1 < _bare.Length)
        {
            SeparatedDate(first, length, next);
        }
        else if (length == 8 && _year is null && _month is null)
        {
            (_year, _month, _day) = (first / 10_000, first / 100 % 100, first % 100);
        }
        else if (length == 6 && _year is null && _month is null)
        {
            (_year, _month, _day) = (TwoDigits(first / 10_000), first / 100 % 100, first % 100);
        }
        else if (length == 6 && _year is not null && MicrosOfDay is null)
        {
            MicrosOfDay = ToMicros(first / 10_000, first / 100 % 100, first % 100, Fraction());
        }
        else if (length == 4 && _year is not null && _day is not null && MicrosOfDay is null && start > 0)
        {
            MicrosOfDay = ToMicros(first / 100, first % 100, 0, 0);
        }
        else if (_month is not null && _day is null && length <= 2)
        {
            _day = first;
            if (next == '-')
                _at++;
        }
        else if (_month is not null && _year is null)
        {
            _year = length <= 2 ? TwoDigits(first) : first;
        }
        else if (_month is null && _day is null && length <= 2)
        {
            _day = first;
            if (next == '-')
                _at++;
        }
        else if (_year is null && length >= 3)
        {
            _year = first;
            if (next == '-')
                _at++;
        }
        else if (MicrosOfDay is null && length <= 2 && _year is not null && _day is not null)
        {
            // an hour before am or pm
            MicrosOfDay = ToMicros(first, 0, 0, 0);
        }
        else
        {
            throw Invalid();
        }
    }

    private void SeparatedDate(int first, int length, char separator)
    {
        _at++;
        int month = char.IsAsciiLetter(_bare[_at]) ? MonthWord() : 0;
        if (month > 0)
        {
            Expect(separator);
            int last = Number(out int lastLength);
            (_year, _month, _day) = length > 2 ? (first, month, last) : (lastLength <= 2 ? TwoDigits(last) : last, month, first);
            return;
        }

        int second = Number(out int secondLength);
        if (separator == '.' && length > 2 && secondLength == 3)
        {
            Ordinal(first, second);
            return;
        }

        if (_at >= _bare.Length || _bare[_at] != separator)
        {
            if (separator == '-' && secondLength == 3)
            {
                Ordinal(first, second);
                return;
            }

            throw Invalid();
        }

        _at++;
        int third = Number(out int thirdLength);
        (_year, _month, _day) = length > 2 ? (first, second, third) : (thirdLength <= 2 ? TwoDigits(third) : third, first, second);
    }

    /// <summary>A year and the day in it.</summary>
    private void Ordinal(int year, int day)
    {
        if (day < 1 || day > (Calendar.IsLeap(year) ? 366 : 365))
            throw OutOfRange();
        (_year, _month, _day) = Calendar.DateOf(Calendar.DaysOf(year, 1, 1) + day - 1);
    }

    private int MonthWord()
    {
        int start = _at;
        while (_at < _bare.Length && char.IsAsciiLetter(_bare[_at]))
            _at++;
        string word = _bare[start.._at].ToLowerInvariant();
        int month = word.Length >= 3 ? Array.IndexOf(s_months, word[..3]) : -1;
        return month >= 0 ? month + 1 : throw Invalid();
    }

    private void Clock(int hour)
    {
        if (MicrosOfDay is not null)
            throw Invalid();
        _at++;
        int minute = Number(out _), second = 0;
        long fraction = 0;
        if (_at < _bare.Length && _bare[_at] == ':')
        {
            _at++;
            second = Number(out _);
            fraction = Fraction();
        }

        MicrosOfDay = ToMicros(hour, minute, second, fraction);
    }

    private long Fraction()
    {
        if (_at >= _bare.Length || _bare[_at] != '.')
            return 0;
        int start = ++_at;
        while (_at < _bare.Length && char.IsAsciiDigit(_bare[_at]))
            _at++;
        if (start == _at)
            return 0;
        double fraction = double.Parse("0." + _bare[start.._at], CultureInfo.InvariantCulture);
        return (long)Math.Round(fraction * Calendar.Second, MidpointRounding.ToEven);
    }

    private long ToMicros(int hour, int minute, int second, long fraction)
    {
        if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute > 0 || second > 0 || fraction > 0)))
            throw OutOfRange();
        return hour * Calendar.Hour + minute * Calendar.Minute + second * Calendar.Second + fraction;
    }

    private void Offset()
    {
        int start = _at++;
        while (_at < _bare.Length && (char.IsAsciiDigit(_bare[_at]) || _bare[_at] == ':'))
            _at++;
        Zone = _bare[start.._at];
        if (!TimeZones.Exists(Zone))
            throw new SqlFault(Zone.Length > 1 ? SqlState.InvalidTimeZoneOffset
                : SqlState.InvalidDatetimeFormat, $"time zone displacement out of range: \"{_text}\"");
    }

    private int Number(out int length)
    {
        int start = _at;
        while (_at < _bare.Length && char.IsAsciiDigit(_bare[_at]))
            _at++;
        length = _at - start;
        if (length == 0)
            throw Invalid();
        return length <= 9 ? int.Parse(_bare.AsSpan(start, length), CultureInfo.InvariantCulture) : throw OutOfRange();
    }

    private void Expect(char one)
    {
        if (_at >= _bare.Length || _bare[_at++] != one)
            throw Invalid();
    }

    /// <summary>70 to 99 are of the last century.</summary>
    private static int TwoDigits(int year) => year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;

    private SqlFault Invalid() => new(SqlState.InvalidDatetimeFormat, $"invalid input syntax for type {_type}: \"{_text}\"");

    private SqlFault OutOfRange() => new(SqlState.DatetimeFieldOverflow, $"date/time field value out of range: \"{_text}\"");
}

/// <summary>The English names that texts of dates hold.</summary>
internal static class MonthNames
{
    public static readonly string[] Full =
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ];

    public static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
}
