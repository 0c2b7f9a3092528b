namespace ActorStreams.Authoring;

/// <summary>Event time inside the engine: signed microseconds since 1970-01-01T00:00:00Z.</summary>
/// <remarks>The API speaks <see cref="DateTimeOffset"/> and <see cref="TimeSpan"/>; a bare <see cref="long"/> named <c>time</c> is always
/// this.</remarks>
public static class EventTime
{
    /// <summary>The watermark before anything is known: no element is late.</summary>
    public const long MinValue = long.MinValue;

    /// <summary>The watermark after the last element of a bounded input: every window is complete.</summary>
    public const long MaxValue = long.MaxValue;

    private static readonly long s_epochTicks = DateTimeOffset.UnixEpoch.Ticks;

    /// <summary>Microseconds since the Unix epoch; fractions of a microsecond are cut off towards the past.</summary>
    public static long ToMicros(this DateTimeOffset time) => FloorDiv(time.UtcTicks - s_epochTicks, TimeSpan.TicksPerMicrosecond);

    /// <summary>The span in microseconds; fractions are cut off towards zero.</summary>
    public static long ToMicros(this TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Checks a span.</summary>
    /// <returns>The span in microseconds.</returns>
    /// <exception cref="PipelineException">It is shorter than a microsecond.</exception>
    internal static long PositiveMicros(TimeSpan span, string what) => span.ToMicros() >= 1
        ? span.ToMicros()
        : throw new PipelineException($"{what} of {span} is not possible: it must be at least one microsecond.");

    /// <summary>The UTC instant of an event time; times outside of what <see cref="DateTimeOffset"/> can hold are clamped to its
    /// ends.</summary>
    public static DateTimeOffset ToDateTimeOffset(long time) => time switch
    {
        < -62_135_596_800_000_000 => DateTimeOffset.MinValue,
        > 253_402_300_799_999_999 => DateTimeOffset.MaxValue,
        _ => new DateTimeOffset((time * TimeSpan.TicksPerMicrosecond) + s_epochTicks, TimeSpan.Zero),
    };

    /// <summary>A watermark as the API shows it: null before anything is known.</summary>
    internal static DateTimeOffset? ToWatermark(long watermark) => watermark == MinValue ? null : ToDateTimeOffset(watermark);

    /// <summary>ISO 8601 in UTC, with as many fraction digits as the time has; the two ends print as words.</summary>
    public static string Format(long time) => time switch
    {
        MinValue => "-infinity",
        MaxValue => "+infinity",
        _ => ToDateTimeOffset(time)
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>The quotient rounded towards −∞, so that times before 1970 fall into the window that holds them.</summary>
    public static long FloorDiv(long dividend, long divisor)
    {
        long quotient = dividend / divisor;
        return (dividend % divisor) < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The remainder of <see cref="FloorDiv"/>: in [0, divisor) for a positive divisor.</summary>
    public static long FloorMod(long dividend, long divisor)
    {
        long rest = dividend % divisor;
        return rest < 0 ? rest + divisor : rest;
    }

    /// <summary><paramref name="time"/> + <paramref name="span"/>, held at the two ends instead of wrapping around.</summary>
    public static long AddSaturated(long time, long span)
    {
        long sum = unchecked(time + span);
        return ((time ^ sum) & (span ^ sum)) < 0 ? (time < 0 ? MinValue : MaxValue) : sum;
    }

    /// <summary>The largest step of which both are multiples; 0 is a multiple of everything.</summary>
    internal static long GreatestCommonDivisor(long a, long b) => b == 0 ? Math.Abs(a) : GreatestCommonDivisor(b, FloorMod(a, Math.Abs(b)));
}
