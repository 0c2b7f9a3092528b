namespace ActorStreams.Core.State;

/// <summary>What time it is for the states of one region that live for a time.</summary>
/// <remarks>
/// A state is seen at <c>now</c> if it is not over by then; it is removed only where it is over at the floor, and no later <c>now</c> is
/// before the
/// floor. So what a row sees does not depend on what was removed yet, and a restart, which begins without a floor, sees the same.
/// </remarks>
internal sealed class LifeClock
{
    private TimeProvider? _clock;

    /// <summary>The event time of the present row or timer; of a late row, the watermark.</summary>
    public long EventNow { get; private set; } = EventTime.MinValue;

    /// <summary>No row or timer to come sees an earlier event time.</summary>
    public long EventFloor { get; private set; } = EventTime.MinValue;

    /// <summary>The clock's time when the present row or timer came.</summary>
    public long ClockNow { get; private set; } = EventTime.MinValue;

    /// <summary>The clock's time at this moment, for questions from outside.</summary>
    public long ClockTime => _clock?.GetUtcNow().ToMicros() ?? ClockNow;

    /// <summary>What the region's job calls the time.</summary>
    public void Use(TimeProvider clock) => _clock = clock;

    /// <summary>A row comes.</summary>
    public void OnRow(long time, long watermark)
    {
        EventFloor = Math.Max(EventFloor, watermark);
        EventNow = Math.Max(time, EventFloor);
        ClockNow = Math.Max(ClockNow, ClockTime);
    }

    /// <summary>A timer fires that was set for an event time: timers fire in order of time.</summary>
    public void OnTimer(long time)
    {
        EventFloor = Math.Max(EventFloor, time);
        EventNow = EventFloor;
        ClockNow = Math.Max(ClockNow, ClockTime);
    }

    /// <summary>Every timer up to the watermark has fired.</summary>
    public void OnWatermark(long watermark) => OnTimer(watermark);

    /// <summary>States are read as they were stored: at this watermark, at this time of the clock.</summary>
    public void StandAt(long watermark, long clockTime) => (EventFloor, EventNow, ClockNow) = (watermark, watermark, clockTime);
}

/// <summary>The lives of one state's values.</summary>
/// <param name="timeToLive">How long they are.</param>
internal sealed class Lives(TimeToLive timeToLive)
{
    /// <summary>The time of a value that was stored without one.</summary>
    public const long Unknown = long.MinValue;

    private readonly long _span = timeToLive.Span.ToMicros();

    public TimeToLive TimeToLive => timeToLive;

    public bool RenewedByReads => timeToLive.RenewedByReads;

    public LifeClock Clock { get; set; } = new();

    /// <summary>When a value that is written now has been written.</summary>
    public long Now => timeToLive.InProcessingTime ? Clock.ClockNow : Clock.EventNow;

    /// <summary>What is over at this time is not seen any more, whatever comes.</summary>
    public long Floor => timeToLive.InProcessingTime ? Clock.ClockNow : Clock.EventFloor;

    /// <summary>Whether it is known what time it is.</summary>
    public bool Knows => Floor != EventTime.MinValue;

    /// <summary>Whether a value is over for the present row or timer.</summary>
    public bool IsOver(long at) => IsOver(at, Now);

    /// <summary>Whether a value is over for a question from outside.</summary>
    public bool IsOverOutside(long at) => IsOver(at, timeToLive.InProcessingTime ? Clock.ClockTime : Clock.EventFloor);

    /// <summary>Whether a value is over for good.</summary>
    public bool IsGone(long at) => IsOver(at, Floor);

    /// <summary>The time of a value that is written now, over one that was written before.</summary>
    public long StampOver(long before) => before == Unknown || IsOver(before) ? Now : Math.Max(before, Now);

    private bool IsOver(long at, long now) => at != Unknown && now >= EventTime.AddSaturated(at, _span);
}
