using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>What a source actor does by the clock, or because of others: alignment, and the watermark while all partitions are
/// idle.</summary>
/// <remarks>Silence is time that passes, not time of day: an hour that a time server sets back must not become an hour of
/// waiting.</remarks>
internal sealed class SourceClockwork
{
    /// <summary>The least time between two watermarks that follow the clock.</summary>
    private static readonly long s_pace = TimeSpan.FromMilliseconds(200).ToMicros();

    private readonly long _granularity;
    private readonly long _timeout;
    private readonly long _patience;
    private readonly AlignmentGroup.Member[] _members;
    private readonly bool[] _isLost;   // silent for so long that nobody waits for it
    private long _advancedAt = EventTime.MinValue;
    private long _askedAt = EventTime.MinValue;

    public SourceClockwork(WatermarkStrategy? strategy, long granularity, int partitions, Inbox inbox, SourceSilence silence,
        AlignmentGroup? alignment)
    {
        _granularity = granularity;
        _timeout = strategy?.AllIdle.Timeout?.ToMicros() ?? EventTime.MaxValue;
        _patience = strategy?.IdleAfter is null ? AlignmentGroup.Patience.ToMicros() : EventTime.MaxValue;
        _isLost = new bool[partitions];
        _members = alignment is null ? []
            : [.. Enumerable.Range(0, partitions).Select(_ => alignment.Join(inbox, strategy!.MaxDrift!.Value.ToMicros()))];
        Silence = silence.Join(inbox);
    }

    public SourceSilence.Member Silence { get; }

    /// <summary>Epochs are far apart: one is asked for when event time goes on past what operators tell apart.</summary>
    public bool AsksForEpochs { get; set; }

    /// <summary>When an epoch is to be asked for.</summary>
    /// <param name="goesOnAt">When event time will have gone on far enough.</param>
    public long AsksAt(long goesOnAt) => AsksForEpochs && goesOnAt != EventTime.MaxValue
        ? Math.Max(goesOnAt, EventTime.AddSaturated(_askedAt, QuietRule.Pace.ToMicros())) : EventTime.MaxValue;

    /// <summary>Whether to ask for an epoch now; true once.</summary>
    public bool TryAsk(long now, long goesOnAt)
    {
        if (now < AsksAt(goesOnAt))
            return false;
        _askedAt = now;
        return true;
    }

    /// <summary>Microseconds on a clock that nobody sets.</summary>
    public static long Now(TimeProvider clock) => clock.GetElapsedTime(0).ToMicros();

    /// <summary>The number of the last event-time boundary that lies at or before a watermark.</summary>
    public long StepOf(long watermark) => EventTime.FloorDiv(watermark, _granularity);

    /// <summary>Whether a partition may be read: it is not too far ahead.</summary>
    public bool MayRead(int partition) => _members.Length == 0 || _members[partition].MayRead();

    /// <param name="partition">Its number in the actor.</param>
    /// <param name="counts">Whether others wait for it.</param>
    /// <param name="watermark">How far it has come.</param>
    /// <param name="silentSince">When it began to wait for rows.</param>
    public void TellPosition(int partition, bool counts, long watermark, long silentSince)
    {
        if (_members.Length == 0)
            return;
        _isLost[partition] &= silentSince != EventTime.MaxValue;
        _members[partition].Tell(counts && !_isLost[partition], watermark);
    }

    /// <summary>When the others of a group will have waited for a silent partition for too long.</summary>
    public long PatienceEndsAt(int partition, long silentSince) =>
        _members.Length == 0 || _isLost[partition] ? EventTime.MaxValue : EventTime.AddSaturated(silentSince, _patience);

    public void CheckPatience(int partition, long now, long silentSince)
    {
        if (now >= PatienceEndsAt(partition, silentSince))
            _isLost[partition] = true;
    }

    /// <summary>When the watermark goes on by the clock: at the next boundary that an operator tells apart.</summary>
    public long NextAdvance(long told)
    {
        if (_timeout == EventTime.MaxValue || told == EventTime.MaxValue || !Silence.IsAllSilent(out long since, out long stood))
            return EventTime.MaxValue;
        long boundary = EventTime.AddSaturated(StepOf(Math.Max(told, stood)) * _granularity, _granularity);
        return Math.Max(EventTime.AddSaturated(_advancedAt, s_pace), since + Math.Max(_timeout, boundary - stood));
    }

    /// <summary>Where the watermark stands by the clock, if that is further than what was told.</summary>
    public bool TryAdvance(long now, long told, out long watermark)
    {
        watermark = EventTime.MinValue;
        if (now < NextAdvance(told) || !Silence.IsAllSilent(out long since, out long stood))
            return false;
        watermark = stood + (now - since);
        if (watermark <= told)
            return false;
        _advancedAt = now;
        return true;
    }
}
