using ActorStreams.Operators.Joins;

namespace ActorStreams;

/// <summary>How far apart in event time two rows of a join may be: right − left from <see cref="Lower"/> to <see cref="Upper"/>.</summary>
public readonly record struct Interval
{
    private Interval(TimeSpan lower, TimeSpan upper, bool lowerInclusive, bool upperInclusive) =>
        (Lower, Upper, LowerInclusive, UpperInclusive) = (lower, upper, lowerInclusive, upperInclusive);

    /// <summary>The least distance; negative: the right row may be that much earlier.</summary>
    public TimeSpan Lower { get; }

    /// <summary>The greatest distance.</summary>
    public TimeSpan Upper { get; }

    /// <summary>Whether exactly <see cref="Lower"/> is allowed.</summary>
    public bool LowerInclusive { get; }

    /// <summary>Whether exactly <see cref="Upper"/> is allowed.</summary>
    public bool UpperInclusive { get; }

    /// <summary>From <paramref name="lower"/> to <paramref name="upper"/>, both allowed unless said otherwise.</summary>
    /// <param name="lower">The least right − left; negative looks back.</param>
    /// <param name="upper">The greatest right − left.</param>
    /// <param name="lowerInclusive">Whether exactly <paramref name="lower"/> is allowed.</param>
    /// <param name="upperInclusive">Whether exactly <paramref name="upper"/> is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="upper"/> is below <paramref name="lower"/>.</exception>
    public static Interval Between(TimeSpan lower, TimeSpan upper, bool lowerInclusive = true, bool upperInclusive = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, lower);
        return new Interval(lower, upper, lowerInclusive, upperInclusive);
    }

    /// <summary>At most <paramref name="distance"/> apart, whichever comes first (Kafka Streams' <c>JoinWindows.of</c>).</summary>
    public static Interval Within(TimeSpan distance) => Between(-distance, distance);

    /// <summary>In microseconds, both ends included.</summary>
    internal IntervalPartners Partners => new(
        EventTime.ToMicros(Lower) + (LowerInclusive ? 0 : 1), EventTime.ToMicros(Upper) - (UpperInclusive ? 0 : 1));
}
