namespace ActorStreams.Sql.Values;

/// <summary>The Gregorian calendar, also before it was in use: years and days since 1970-01-01. Year 0 is 1 BC.</summary>
/// <seealso href="https://howardhinnant.github.io/date_algorithms.html">The algorithms.</seealso>
internal static class Calendar
{
    public const long Second = 1_000_000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;
    public const int MonthsPerYear = 12, DaysPerMonth = 30, DaysPerWeek = 7;

    /// <summary>4713-11-24 BC, the first day that PostgreSQL has.</summary>
    public const int FirstDay = -2_440_588;

    /// <summary>5874897-12-31, the last one.</summary>
    public const int LastDay = 2_145_042_541;

    public static int DaysOf(int year, int month, int day)
    {
        int y = month <= 2 ? year - 1 : year;
        int era = FloorDiv(y, 400), yearOfEra = y - era * 400;
        int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return (int)(era * 146_097L + dayOfEra - 719_468);
    }

    public static (int Year, int Month, int Day) DateOf(int days)
    {
        long z = days + 719_468L;
        long era = (z >= 0 ? z : z - 146_096) / 146_097;
        int dayOfEra = (int)(z - era * 146_097);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int shifted = (5 * dayOfYear + 2) / 153;
        int month = shifted + (shifted < 10 ? 3 : -9);
        return ((int)(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1);
    }

    public static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    public static int DaysIn(int year, int month) =>
        month == 2 ? IsLeap(year) ? 29 : 28 : month is 4 or 6 or 9 or 11 ? 30 : 31;

    /// <summary>0 is Sunday.</summary>
    public static int DayOfWeek(int days) => (int)FloorMod(days + 4L, DaysPerWeek);

    public static int DayOfYear(int days) => days - DaysOf(DateOf(days).Year, 1, 1) + 1;

    /// <summary>The week by ISO 8601 and the year that it belongs to.</summary>
    public static (int Year, int Week) WeekOf(int days)
    {
        int thursday = days - (DayOfWeek(days) + 6) % DaysPerWeek + 3;
        int year = DateOf(thursday).Year;
        return (year, (thursday - DaysOf(year, 1, 1)) / DaysPerWeek + 1);
    }

    /// <summary>The Monday of a week by ISO 8601.</summary>
    public static int MondayOf(int year, int week)
    {
        int fourth = DaysOf(year, 1, 4);
        return fourth - (DayOfWeek(fourth) + 6) % DaysPerWeek + (week - 1) * DaysPerWeek;
    }

    public static int FloorDiv(int value, int by) => value >= 0 ? value / by : -((-value + by - 1) / by);

    public static long FloorDiv(long value, long by) => value / by - (value % by < 0 ? 1 : 0);

    public static long FloorMod(long value, long by) => value - FloorDiv(value, by) * by;
}
