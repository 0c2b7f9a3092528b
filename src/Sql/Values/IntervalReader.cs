using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Reads one interval, part by part.</summary>
internal sealed class IntervalReader(string text, string bare)
{
    private int _at;
    private decimal _months, _days, _micros;

    public SqlInterval Read(string? unit)
    {
        bool any = false, ago = false;
        if (bare.StartsWith('@'))
            _at++;
        while (Skip())
        {
            if (char.IsAsciiLetter(bare[_at]))
            {
                if (!Word().Equals("ago", StringComparison.OrdinalIgnoreCase) || !any)
                    throw Invalid();
                ago = true;
                continue;
            }

            any = true;
            bool isNegative = Sign();
            int start = _at;
            decimal number = Number();
            if (_at < bare.Length && bare[_at] == ':')
                Clock(number, isNegative, unit);
            else if (_at < bare.Length && bare[_at] == '-' && _at > start && _at + 1 < bare.Length && char.IsAsciiDigit(bare[_at + 1]))
                YearsAndMonths(number, isNegative);
            else
                Part(isNegative ? -number : number, unit);
        }

        if (!any)
            throw Invalid();
        return ago ? -Made() : Made();
    }

    /// <summary>ISO 8601 with designators: P1Y2M3DT4H5M6S.</summary>
    public SqlInterval ReadIso()
    {
        _at = 1;
        bool time = false, any = false;
        while (_at < bare.Length)
        {
            if (bare[_at] == 'T' && !time)
            {
                time = true;
                _at++;
                continue;
            }

            bool isNegative = Sign();
            decimal number = Number() * (isNegative ? -1 : 1);
            if (_at >= bare.Length)
                throw Invalid();
            any = true;
            string unit = (time, bare[_at++]) switch
            {
                (false, 'Y') => "year",
                (false, 'M') => "month",
                (false, 'W') => "week",
                (false, 'D') => "day",
                (true, 'H') => "hour",
                (true, 'M') => "minute",
                (true, 'S') => "second",
                _ => throw Invalid(),
            };
            Add(number, unit);
        }

        return any ? Made() : throw Invalid();
    }

    private bool Skip()
    {
        while (_at < bare.Length && (char.IsWhiteSpace(bare[_at]) || (char.IsAscii(bare[_at]) && char.IsPunctuation(bare[_at]) &&
                bare[_at] is not ('-' or '.' or ':'))))
            _at++;
        return _at < bare.Length;
    }

    private bool Sign()
    {
        if (_at < bare.Length && bare[_at] is '-' or '+')
            return bare[_at++] == '-';
        return false;
    }

    private decimal Number()
    {
        int start = _at;
        while (_at < bare.Length && (char.IsAsciiDigit(bare[_at]) || bare[_at] == '.'))
            _at++;
        if (_at == start || !decimal.TryParse(bare.AsSpan(start, _at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out decimal number))
            throw Invalid();
        return number;
    }

    private string Word()
    {
        int start = _at;
        while (_at < bare.Length && char.IsAsciiLetter(bare[_at]))
            _at++;
        return bare[start.._at];
    }

    /// <summary>Hours, minutes and perhaps seconds; or minutes and seconds, where the unit says so.</summary>
    private void Clock(decimal first, bool isNegative, string? unit)
    {
        _at++;
        decimal second = Number();
        decimal micros;
        if (_at < bare.Length && bare[_at] == ':')
        {
            _at++;
            decimal third = Number();
            if (second >= 60 || third >= 61)
                throw OutOfRange();
            micros = first * Calendar.Hour + second * Calendar.Minute + third * Calendar.Second;
        }
        else
        {
            bool isMinutes = unit is "minute to second" || second % 1 != 0;
            if (second >= 60)
                throw OutOfRange();
            micros = isMinutes ? first * Calendar.Minute + second * Calendar.Second : first * Calendar.Hour + second * Calendar.Minute;
        }

        _micros += isNegative ? -micros : micros;
    }

    private void YearsAndMonths(decimal years, bool isNegative)
    {
        _at++;
        decimal months = Number();
        if (months >= Calendar.MonthsPerYear)
            throw OutOfRange();
        decimal all = years * Calendar.MonthsPerYear + months;
        _months += isNegative ? -all : all;
    }

    private void Part(decimal number, string? unit)
    {
        int before = _at;
        Skip();
        string word = Word().ToLowerInvariant();
        if (word == "ago")
        {
            _at = before;
            word = "";
        }

        // A bare number in front of a time of day counts days.
        string last = unit is null ? "second" : unit[(unit.LastIndexOf(' ') + 1)..];
        Add(number, word.Length > 0 ? word : _at < bare.Length && bare[_at..].Contains(':', StringComparison.Ordinal) ? "day" : last);
    }

    private void Add(decimal number, string unit)
    {
        switch (unit)
        {
            case "microsecond" or "microseconds" or "us" or "usec" or "usecs" or "usecond" or "useconds":
                _micros += number;
                break;
            case "millisecond" or "milliseconds" or "ms" or "msec" or "msecs" or "msecond" or "mseconds":
                _micros += number * 1000;
                break;
            case "second" or "seconds" or "s" or "sec" or "secs":
                _micros += number * Calendar.Second;
                break;
            case "minute" or "minutes" or "m" or "min" or "mins":
                _micros += number * Calendar.Minute;
                break;
            case "hour" or "hours" or "h" or "hr" or "hrs":
                _micros += number * Calendar.Hour;
                break;
            case "day" or "days" or "d":
                AddDays(number);
                break;
            case "week" or "weeks" or "w":
                AddDays(number * Calendar.DaysPerWeek);
                break;
            case "month" or "months" or "mon" or "mons":
                AddMonths(number, 1);
                break;
            case "year" or "years" or "y" or "yr" or "yrs":
                AddMonths(Math.Round(number * Calendar.MonthsPerYear, MidpointRounding.ToEven), 1);
                break;
            case "decade" or "decades" or "dec" or "decs":
                AddMonths(number * 120, 1);
                break;
            case "century" or "centuries" or "cent" or "c":
                AddMonths(number * 1200, 1);
                break;
            case "millennium" or "millenniums" or "millennia" or "mil" or "mils":
                AddMonths(number * 12_000, 1);
                break;
            default:
                throw Invalid();
        }
    }

    private void AddDays(decimal number)
    {
        decimal whole = Math.Truncate(number);
        _days += whole;
        _micros += Math.Round((number - whole) * Calendar.Day, MidpointRounding.ToEven);
    }

    private void AddMonths(decimal number, int times)
    {
        decimal months = number * times, whole = Math.Truncate(months);
        _months += whole;
        AddDays((months - whole) * Calendar.DaysPerMonth);
    }

    private SqlInterval Made()
    {
        decimal micros = Math.Round(_micros, MidpointRounding.ToEven);
        return _months is >= int.MinValue and <= int.MaxValue && _days is >= int.MinValue and <= int.MaxValue &&
            micros is >= long.MinValue and <= long.MaxValue
                ? new SqlInterval((int)_months, (int)_days, (long)micros)
                : throw OutOfRange();
    }

    private SqlFault Invalid() => new(SqlState.InvalidDatetimeFormat, $"invalid input syntax for type interval: \"{text}\"");

    private SqlFault OutOfRange() => new(SqlState.DatetimeFieldOverflow, $"interval field value out of range: \"{text}\"");
}
