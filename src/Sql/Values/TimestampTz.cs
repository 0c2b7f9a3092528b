using ActorStreams.Core.Keys;

namespace ActorStreams.Sql.Values;

/// <summary>An instant. The time zone of a session is UTC.</summary>
/// <param name="Micros">Since 1970-01-01 00:00 UTC, in microseconds; the extremes of the range are -infinity and infinity.</param>
internal readonly record struct TimestampTz(long Micros) : IComparable<TimestampTz>, IHashedKey
{
    public static readonly TimestampTz Infinity = new(long.MaxValue), MinusInfinity = new(long.MinValue);

    public bool IsFinite => Micros is not (long.MaxValue or long.MinValue);

    /// <summary>What clocks in UTC show.</summary>
    public Timestamp Utc => new(Micros);

    public static TimestampTz OfUtc(Timestamp timestamp) => new(timestamp.Micros);

    public int CompareTo(TimestampTz other) => Micros.CompareTo(other.Micros);

    ulong IHashedKey.HashOf(ulong seed) => KeyHash<long>.Of(Micros, seed);

    public override string ToString() => DateTimeText.Of(this);
}
