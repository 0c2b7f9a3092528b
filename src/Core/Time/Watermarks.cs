namespace ActorStreams.Core.Time;

/// <summary>The watermark strategies.</summary>
public static class Watermarks
{
    /// <summary>Event times never go back within a partition: the watermark is the largest event time so far.</summary>
    public static WatermarkStrategy Monotonic() => new BoundedOutOfOrderness(TimeSpan.Zero);

    /// <summary>Rows come at most <paramref name="bound"/> behind the largest event time so far: the watermark is that time minus the bound, after every row.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative.</exception>
    public static WatermarkStrategy BoundedOutOfOrderness(TimeSpan bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        return new BoundedOutOfOrderness(bound);
    }

    /// <summary>The data itself says how far it is complete: after a row for which <paramref name="watermarkOf"/> gives an instant the watermark is that instant.</summary>
    /// <remarks>A watermark only advances; an instant behind the present watermark changes nothing.</remarks>
    public static WatermarkStrategy Punctuated<T>(Func<T, DateTimeOffset?> watermarkOf)
    {
        ArgumentNullException.ThrowIfNull(watermarkOf);
        return new PunctuatedWatermarks<T>(watermarkOf);
    }
}

/// <summary>How a source partition's watermark follows from its rows: a function of the rows and their order, never of the clock.</summary>
/// <remarks>So a partition that is read again gives the same panes and the same late rows. Start with <see cref="Watermarks"/>.</remarks>
public abstract class WatermarkStrategy
{
    private protected WatermarkStrategy()
    {
    }

    /// <summary>What it does, for plans.</summary>
    public abstract string Description { get; }

    /// <summary>How long a partition may give no row before it no longer holds the others' watermark back; null: it always does.</summary>
    public TimeSpan? IdleAfter { get; private set; }

    /// <summary>A partition that gives no row for <paramref name="timeout"/> (by the job's clock) is idle: the watermark goes on without it.</summary>
    /// <remarks>When it gives rows again it takes part again; the watermark does not go back, so its rows may be late. Noticed within the time-out and one wake-up of the actor.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var copy = (WatermarkStrategy)MemberwiseClone();
        copy.IdleAfter = timeout;
        return copy;
    }
}

internal sealed class BoundedOutOfOrderness(TimeSpan bound) : WatermarkStrategy
{
    public long Bound { get; } = bound.ToMicros();

    public override string Description => Bound == 0 ? "monotonic" : $"bounded out-of-orderness {bound}";
}

internal sealed class PunctuatedWatermarks<T>(Func<T, DateTimeOffset?> watermarkOf) : WatermarkStrategy
{
    public Func<T, DateTimeOffset?> WatermarkOf { get; } = watermarkOf;

    public override string Description => "punctuated";
}
