using ActorStreams.Core.Storage;
using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Sources;

/// <summary>The event time of one partition: how far it has come with rows, with what the source declares, and while nothing
/// comes.</summary>
/// <remarks>
/// The watermark moves after every row, but is emitted only where that can matter to an operator downstream: when it passes a multiple of
/// <paramref name="granularity"/>, the greatest common divisor of all their boundaries. Which rows come before and after it is the same as
/// if it were emitted after every row.
/// </remarks>
/// <param name="watermark">The watermark of its rows; null: they have no event times.</param>
/// <param name="granularity">What operators tell apart, in microseconds.</param>
/// <param name="clock">The job's clock.</param>
/// <param name="rule">What becomes of event time while nothing comes.</param>
internal sealed class PartitionProgress<T>(PartitionWatermark<T>? watermark, long granularity, TimeProvider clock, QuietRule rule)
{
    private readonly QuietTime _quiet = new(rule);
    private long _emitted = EventTime.MinValue;
    private long _stopAt = EventTime.MinValue + 1;
    private long _wentOnTo = EventTime.MinValue;
    private long _lateAfterQuiet;

    /// <summary>Whether the rows have event times.</summary>
    public bool HasEventTime => watermark is not null;

    /// <inheritdoc cref="PartitionWatermark{T}.FollowsRows"/>
    public bool FollowsRows => watermark is { FollowsRows: true };

    /// <summary>The watermark after every row so far.</summary>
    public long Watermark => watermark?.Value ?? EventTime.MinValue;

    /// <summary>The watermark as operators may see it.</summary>
    public long Emitted
    {
        get => _emitted;
        private set => (_emitted, _stopAt) = (value, StopAfter(value));
    }

    /// <inheritdoc cref="PartitionWatermark{T}.MaxTime"/>
    public long MaxTime => watermark?.MaxTime ?? EventTime.MinValue;

    /// <inheritdoc cref="PartitionWatermark{T}.Late"/>
    public long Late => watermark?.Late ?? 0;

    /// <summary>Those of the late rows that are late because event time has gone on in a silence; may be asked from any thread.</summary>
    public long LateAfterQuiet => Volatile.Read(ref _lateAfterQuiet);

    /// <inheritdoc cref="PartitionWatermark{T}.Delay"/>
    public long? Delay => watermark?.Delay;

    /// <summary>Since when no row has come (<see cref="SourceClockwork.Now"/>); never while there are some.</summary>
    public long QuietSince => _quiet.Since;

    /// <summary>When nobody waits for the partition any more because it never had a watermark; never if it had one.</summary>
    public long StartsIdleAt => watermark is { Value: EventTime.MinValue } ? _quiet.StartsIdleAt : EventTime.MaxValue;

    /// <summary>When event time, going on with the clock, passes what operators tell apart.</summary>
    public long GoesOnAt => _quiet.ReachesAt(_stopAt, clock, Delay ?? 0);

    /// <summary>What a silent partition says of event time; may be asked from any thread.</summary>
    public PartitionState StateInSilence
    {
        get
        {
            if (!_quiet.GoesByClock || Watermark == EventTime.MinValue)
                return PartitionState.Open;
            bool isAhead = rule.IsBoundToClock && Watermark > clock.GetUtcNow().ToMicros() - (Delay ?? 0);
            return isAhead ? PartitionState.IsAhead : PartitionState.GoesOn;
        }
    }

    public void Restore(PartitionManifest from)
    {
        watermark?.Restore(from.Watermark, from.MaxTime, from.Late, from.WatermarkState);
        Emitted = from.EmittedWatermark ?? from.Watermark;
        _quiet.Restore(from.WatermarkAtRows ?? from.Watermark, from.DeclaredAtRows ?? EventTime.MinValue);
    }

    /// <summary>What is stored of it at a barrier.</summary>
    public PartitionManifest Checkpoint() => new()
    {
        MaxTime = MaxTime,
        Watermark = Watermark,
        EmittedWatermark = Emitted,
        WatermarkState = watermark?.Save(),
        WatermarkAtRows = rule.Clock == QuietClock.Declared && _quiet.AtRows != EventTime.MinValue ? _quiet.AtRows : null,
        DeclaredAtRows = _quiet.DeclaredAtRows == EventTime.MinValue ? null : _quiet.DeclaredAtRows,
        Late = Late,
    };

    /// <summary>No row comes any more.</summary>
    public void End() => Emitted = EventTime.MaxValue;

    /// <summary>A read brought something.</summary>
    public void OnRows() => _quiet.OnRows();

    /// <summary>A read begins to wait.</summary>
    public void OnWaiting(long now) => _quiet.OnWaiting(now, Watermark);

    /// <summary>The watermark follows rows, up to the first after which operators must hear of it.</summary>
    /// <returns>How many were taken; <paramref name="error"/> as of <see cref="PartitionWatermark{T}.Advance"/>.</returns>
    public int Follow(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, out Exception? error)
    {
        if (_wentOnTo < watermark!.Value)
            return watermark.Advance(rows, times, _stopAt, out error);

        // The watermark stands where the silence has taken it: what comes behind it is late because of that.
        long before = watermark.Late;
        int count = watermark.Advance(rows, times, _stopAt, out error);
        Volatile.Write(ref _lateAfterQuiet, _lateAfterQuiet + watermark.Late - before);
        return count;
    }

    /// <summary>Emits the watermark if it has come to where operators must hear of it.</summary>
    public void Emit()
    {
        if (watermark is not null && watermark.Value >= _stopAt)
            Emitted = watermark.Value;
    }

    /// <summary>The source has declared how far it is complete.</summary>
    /// <param name="declared">How far.</param>
    /// <param name="hasRows">Whether the read had rows.</param>
    public void Declare(long declared, bool hasRows)
    {
        watermark!.Declare(declared);
        Raise(_quiet.OnDeclared(declared, hasRows, watermark.Value));
    }

    /// <summary>Event time goes on as far as the silence allows.</summary>
    /// <param name="now">On a clock that nobody sets.</param>
    /// <param name="isUpToDate">Whether the source knows that there is nothing to give.</param>
    public void GoOn(long now, bool isUpToDate)
    {
        if (!isUpToDate)
            _quiet.StartAnew(now, Watermark);
        else
            Raise(_quiet.ReachedBy(now, clock.GetUtcNow().ToMicros(), Delay ?? 0));
    }

    /// <summary>Event time has gone on without a row.</summary>
    private void Raise(long reached)
    {
        if (reached <= watermark!.Value)
            return;
        watermark.GoOn(_wentOnTo = reached);
        if (reached >= _stopAt)
            Emitted = reached;
    }

    /// <summary>The least watermark after <paramref name="emitted"/> that operators must hear of at its very row.</summary>
    private long StopAfter(long emitted)
    {
        if (emitted == EventTime.MinValue || granularity == 1)
            return emitted == EventTime.MaxValue ? emitted : emitted + 1;
        long start = emitted - EventTime.FloorMod(emitted, granularity);
        return start > emitted ? EventTime.AddSaturated(emitted, granularity) : EventTime.AddSaturated(start, granularity);
    }
}
