using ActorStreams.Core.Keys;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>A day.</summary>
/// <param name="Days">Since 1970-01-01; the extremes of the range are -infinity and infinity.</param>
internal readonly record struct Date(int Days) : IComparable<Date>, IHashedKey
{
    public static readonly Date Infinity = new(int.MaxValue), MinusInfinity = new(int.MinValue);

    public bool IsFinite => Days is not (int.MaxValue or int.MinValue);

    public static Date Of(int year, int month, int day) => Checked(Calendar.DaysOf(year, month, day));

    /// <exception cref="SqlFault">PostgreSQL has no such day (22008).</exception>
    public static Date Checked(long days) => days is >= Calendar.FirstDay and <= Calendar.LastDay
        ? new Date((int)days)
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, "date out of range");

    public int CompareTo(Date other) => Days.CompareTo(other.Days);

    ulong IHashedKey.HashOf(ulong seed) => KeyHash<int>.Of(Days, seed);

    /// <summary>The beginning of the day.</summary>
    public Timestamp ToTimestamp() =>
        Days == int.MaxValue ? Timestamp.Infinity
        : Days == int.MinValue ? Timestamp.MinusInfinity
        : Days <= Timestamp.LastDay ? new Timestamp(Days * Calendar.Day)
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, "date out of range for timestamp");

    public override string ToString() => DateTimeText.Of(this);
}
