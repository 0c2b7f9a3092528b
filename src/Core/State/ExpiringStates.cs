namespace ActorStreams.Core.State;

/// <summary>The states of one region that live for a time, and their clock.</summary>
internal sealed class ExpiringStates(IReadOnlyList<IExpiringState> states)
{
    private const int SlotsPerRow = 4, SlotsPerWatermark = 256;

    private bool _purges;

    public LifeClock Clock { get; } = ClockOf(states);

    /// <summary>The states of some, if any of them lives for a time.</summary>
    public static ExpiringStates? Of(IEnumerable<object> states) =>
        states.OfType<IExpiringState>().ToArray() is { Length: > 0 } found ? new(found) : null;

    /// <summary>Why event times are needed; null: they are not.</summary>
    public string? NeedsEventTime => states.FirstOrDefault(state => !state.Lives.TimeToLive.InProcessingTime)?.Name;

    /// <summary>A row comes: what is over is removed, a little of it.</summary>
    public void OnRow(long time, long watermark)
    {
        Clock.OnRow(time, watermark);
        _purges = false;
        Sweep(SlotsPerRow);
    }

    /// <summary>An event-time timer fires.</summary>
    public void OnTimer(long time)
    {
        Clock.OnTimer(time);
        _purges = false;
        Sweep(SlotsPerRow);
    }

    /// <summary>Every timer up to the watermark has fired.</summary>
    public void OnWatermark(long watermark)
    {
        Clock.OnWatermark(watermark);
        Sweep(SlotsPerWatermark);
    }

    /// <summary>A timer is set for a time that has passed already: it sees its key's states as of now, so what is over by now goes at
    /// once, and does
    /// not come back after a restart that has forgotten what time it was.</summary>
    public void OnTimerSet(long time) => _purges |= time < Clock.EventFloor;

    /// <summary>The row or timer is done.</summary>
    public void Leave()
    {
        if (!_purges)
            return;
        foreach (IExpiringState state in states)
            state.Purge();
    }

    private static LifeClock ClockOf(IReadOnlyList<IExpiringState> states)
    {
        var clock = new LifeClock();
        foreach (IExpiringState state in states)
            state.Lives.Clock = clock;
        return clock;
    }

    private void Sweep(int slots)
    {
        foreach (IExpiringState state in states)
            state.Sweep(slots);
    }
}
