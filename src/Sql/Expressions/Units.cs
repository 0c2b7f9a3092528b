using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>Units of intervals: what is finer than the last one that is said is cut off.</summary>
internal static class Units
{
    /// <remarks><paramref name="unit"/>: <c>second</c>, <c>day to hour</c>; null: nothing is cut.</remarks>
    public static SqlInterval Cut(SqlInterval value, string? unit) => unit is null ? value : unit[(unit.LastIndexOf(' ') + 1)..] switch
    {
        "year" => new SqlInterval(value.Months / Calendar.MonthsPerYear * Calendar.MonthsPerYear, 0, 0),
        "month" => new SqlInterval(value.Months, 0, 0),
        "day" => new SqlInterval(value.Months, value.Days, 0),
        "hour" => new SqlInterval(value.Months, value.Days, value.Micros / Calendar.Hour * Calendar.Hour),
        "minute" => new SqlInterval(value.Months, value.Days, value.Micros / Calendar.Minute * Calendar.Minute),
        _ => value,
    };
}
