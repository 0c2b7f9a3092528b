using ActorStreams.Core.Keys;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>A date and a time of day, in no time zone.</summary>
/// <param name="Micros">Since 1970-01-01 00:00, in microseconds; the extremes of the range are -infinity and infinity.</param>
internal readonly record struct Timestamp(long Micros) : IComparable<Timestamp>, IHashedKey
{
    /// <summary>The last whole day; PostgreSQL, which counts from 2000, goes on for 30 years more.</summary>
    public const int LastDay = 106_751_990;

    public static readonly Timestamp Infinity = new(long.MaxValue), MinusInfinity = new(long.MinValue);

    public bool IsFinite => Micros is not (long.MaxValue or long.MinValue);

    /// <summary>The day it lies in; of a finite one only.</summary>
    public int Day => (int)Calendar.FloorDiv(Micros, Calendar.Day);

    /// <summary>The time since the day began; of a finite one only.</summary>
    public long MicrosOfDay => Calendar.FloorMod(Micros, Calendar.Day);

    public static bool IsInRange(long micros) => micros is >= Calendar.FirstDay * Calendar.Day and < (LastDay + 1L) * Calendar.Day;

    /// <exception cref="SqlFault">It is outside of the range (22008).</exception>
    public static Timestamp Checked(Int128 micros) => micros >= Calendar.FirstDay * Calendar.Day && micros < (LastDay + 1L) * Calendar.Day
        ? new Timestamp((long)micros)
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, "timestamp out of range");

    public int CompareTo(Timestamp other) => Micros.CompareTo(other.Micros);

    ulong IHashedKey.HashOf(ulong seed) => KeyHash<long>.Of(Micros, seed);

    public override string ToString() => DateTimeText.Of(this);
}
