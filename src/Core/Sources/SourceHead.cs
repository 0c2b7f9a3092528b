using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Sources;

/// <summary>The head of a source actor: its share of the source's partitions, read in turn.</summary>
internal abstract class SourceHead : IEpochPart, IProcessingTimePart
{
    public bool NotesOffsets => true;

    public abstract long NextProcessingTime { get; }

    /// <summary>The source's name in the pipeline.</summary>
    public abstract string Name { get; }

    /// <summary>What its partitions have counted; may be asked from any thread.</summary>
    public abstract SourceMetrics Metrics { get; }

    /// <summary>The same, by partition.</summary>
    public abstract IEnumerable<(string Partition, ActorStreams.PartitionMetrics Metrics)> PartitionMetrics { get; }

    /// <summary>Where its partitions stand; may be asked from any thread.</summary>
    public abstract IEnumerable<SourcePosition> Positions { get; }

    /// <summary>Whom a partition waits for, if that is known; from any thread.</summary>
    public abstract string? WaitsFor(string partition);

    /// <summary>Whether no partition is in the middle of rows that become visible together.</summary>
    public abstract bool MayEndEpoch { get; }

    /// <summary>Pushes some rows or takes a read that has completed. Never waits.</summary>
    /// <returns>Whether there was anything to do.</returns>
    public abstract bool Step();

    /// <summary>Ends every partition as soon as what was handed over before is taken.</summary>
    /// <param name="endsByItself">Whether the source ends its partitions by itself.</param>
    public abstract void Drain(bool endsByItself);

    /// <summary>True once: the last partition has ended, or has given all that was to be read, and the last watermark is out.</summary>
    public abstract bool TakeEnded();

    public abstract ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation);

    public abstract ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation);

    public abstract ValueTask CloseAsync();

    public abstract void OnProcessingTime(long timeOfDay);
}

/// <remarks>
/// The watermark of the actor is the smallest of its partitions', leaving out those that have ended, that are idle, or that were and have
/// not caught up yet. In a run that reads what is available they count to the end of the run: the next one may bring more. It never goes
/// back. While all are idle it stands where the furthest of them stood, or goes on from there with the clock, if the strategy says so.
/// </remarks>
internal sealed class SourceHead<T>(
    string name, Source<T> source, SourceContext sourceContext, PartitionReader<T>[] partitions, SourceClockwork clockwork,
        SnapshotGate snapshots, StageContext context, Receiver<T> output)
    : SourceHead
{
    private readonly CancellationTokenSource _closing = new();
    private int _next;
    private int _open;
    private int _unread;
    private bool _endPending;
    private bool _ended;
    private long _watermark = EventTime.MinValue;
    private long _restored = EventTime.MinValue;
    private bool _isIdle;
    private bool _isDraining;

    public override string Name => name;

    public override SourceMetrics Metrics => partitions.Aggregate(default(SourceMetrics), (sum, partition) => sum.Plus(partition.Metrics));

    public override IEnumerable<(string Partition, ActorStreams.PartitionMetrics Metrics)> PartitionMetrics =>
        partitions.Select(partition => (partition.Name, partition.PartitionMetrics));

    public override IEnumerable<SourcePosition> Positions => partitions.Select(partition => partition.PositionIn(name));

    public override string? WaitsFor(string partition) => partitions.FirstOrDefault(known => known.Name == partition)?.WaitsFor;

    public override long NextProcessingTime
    {
        get
        {
            long next = _isIdle ? clockwork.NextAdvance(_watermark) : EventTime.MaxValue;
            for (int i = 0; i < partitions.Length; i++)
            {
                next = Math.Min(next, Math.Min(partitions[i].IdleAt, clockwork.PatienceEndsAt(i, partitions[i].SilentSince)));
                next = Math.Min(next, clockwork.AsksAt(partitions[i].GoesOnAt));
            }

            return next == EventTime.MaxValue ? next : context.Clock.GetUtcNow().ToMicros() + (next - SourceClockwork.Now(context.Clock));
        }
    }

    public override bool MayEndEpoch
    {
        get
        {
            foreach (PartitionReader<T> partition in partitions)
            {
                if (!partition.MayEndEpoch)
                    return false;
            }

            return true;
        }
    }

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        long told = EventTime.MaxValue;
        SourceContext opened = sourceContext with { Store = opening.Store, Attempt = opening.Generation };
        foreach (PartitionReader<T> partition in partitions)
        {
            PartitionManifest? from = opening.Manifest is not null && opening.Manifest.Sources.TryGetValue(name, out var known)
                ? known.GetValueOrDefault(partition.Name)
                : null;
            if (from is { IsEnded: false })
                told = Math.Min(told, from.Told ?? EventTime.MinValue);
            await partition.OpenAsync(source, from, opened, context.Inbox, _closing.Token, cancellation);
        }

        _restored = told == EventTime.MaxValue ? EventTime.MinValue : told;
        _open = partitions.Count(partition => !partition.IsEnded);
        _unread = _open;
        _endPending = _open == 0;
        for (int i = 0; i < partitions.Length; i++)
        {
            TellPosition(i);
            snapshots.OnOpened(i, partitions[i].HasSnapshot);
        }

        if (_open == 0)
            clockwork.Silence.OnEnded();
    }

    public override bool Step()
    {
        if (EmitWatermark())
        {
            context.IsIdlePending |= _isIdle;   // still silent: the lanes have been woken
            return true;
        }

        if (!snapshots.IsOpen)
            return _endPending && !context.MustYield;
        for (int tried = 0; tried < partitions.Length; tried++)
        {
            int at = _next;
            PartitionReader<T> partition = partitions[at];
            bool wasEnded = partition.IsEnded, wasRead = partition.IsCaughtUp;
            bool worked = (_isDraining || clockwork.MayRead(at) || !partition.MayEndEpoch) && partition.Step(output, context);
            if (!partition.HasRows || !worked)
                _next = at + 1 == partitions.Length ? 0 : at + 1;
            if (!worked)
                continue;
            if (!wasEnded && partition.IsEnded && --_open == 0)
                clockwork.Silence.OnEnded();
            if ((wasEnded, wasRead) != (partition.IsEnded, partition.IsCaughtUp) && --_unread == 0)
                _endPending = true;

            CatchUp(partition);
            TellPosition(at);
            snapshots.OnStep(at, partition.HasSnapshot);
            OnActive();
            if (!context.MustYield)
                EmitWatermark();
            TellIfIdle();
            return true;
        }

        // After a restart partitions may be idle from the beginning.
        TellIfIdle();

        // The last watermark found the output full: it is out by now, so the actor still has its end to tell.
        return _endPending && !context.MustYield;
    }

    public override void Drain(bool endsByItself)
    {
        _isDraining = true;
        foreach (PartitionReader<T> partition in partitions)
            partition.Drain(endsByItself);
    }

    public override bool TakeEnded()
    {
        if (!_endPending || context.MustYield || (_open == 0 && _watermark != EventTime.MaxValue))
            return false;
        _endPending = false;
        return !_ended && (_ended = true);
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        long now = SourceClockwork.Now(context.Clock);
        for (int i = 0; i < partitions.Length; i++)
        {
            PartitionReader<T> partition = partitions[i];
            partition.GoOn(now);
            PartitionManifest state = partition.Checkpoint(Math.Max(_watermark, _restored));
            report.Partitions.Add((name, partition.Name, state));
            report.Committed.Add(token => partition.CommittedAsync(new SourceOffset(state.Offset, state.State), token));
            if (snapshots.IsLastEpochOf(i))
            {
                report.Committed.Add(_ =>
                {
                    snapshots.OnCommitted();
                    return ValueTask.CompletedTask;
                });
            }
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask CloseAsync()
    {
        Cancellation.Now(_closing);
        foreach (PartitionReader<T> partition in partitions)
            await partition.CloseAsync();
        _closing.Dispose();
    }

    /// <summary>The time-out of a silent partition is over: the minimum may advance without it. Or all are silent, and the watermark goes
    /// on with the clock.</summary>
    public override void OnProcessingTime(long timeOfDay)
    {
        long now = SourceClockwork.Now(context.Clock);
        for (int i = 0; i < partitions.Length; i++)
        {
            partitions[i].CheckIdle(now);
            clockwork.CheckPatience(i, now, partitions[i].SilentSince);
            if (clockwork.TryAsk(now, partitions[i].GoesOnAt))
                context.RequestEpoch();
            TellPosition(i);
        }

        if (_isIdle && clockwork.TryAdvance(now, _watermark, out long advanced))
        {
            _watermark = advanced;
            output.OnWatermark(advanced);
            context.IsIdlePending = true;
        }
        else
        {
            EmitWatermark();
            TellIfIdle();
        }
    }

    private void OnActive()
    {
        context.IsIdlePending = false;
        if (!_isIdle)
            return;
        _isIdle = false;
        clockwork.Silence.OnActive();
    }

    /// <summary>A partition that was idle counts again once nothing that operators tell apart lies between it and the others.</summary>
    private void CatchUp(PartitionReader<T> partition)
    {
        if (partition.IsBehind && clockwork.StepOf(partition.Watermark) >= clockwork.StepOf(_watermark))
            partition.IsBehind = false;
    }

    private void TellPosition(int at)
    {
        PartitionReader<T> partition = partitions[at];
        clockwork.TellPosition(at, !partition.IsEnded && !partition.IsCaughtUp && !partition.IsIdle && !partition.IsBehind,
            partition.Watermark, partition.SilentSince);
    }

    /// <summary>Tells downstream not to wait once every partition that has not ended is idle, or has nothing to give in this run.</summary>
    private bool TellIfIdle()
    {
        if (_isIdle || _open == 0)
            return false;
        long since = EventTime.MinValue, furthest = _watermark == EventTime.MaxValue ? EventTime.MinValue : _watermark;
        bool any = false, anyDone = false;
        foreach (PartitionReader<T> partition in partitions)
        {
            if (!partition.IsEnded && !partition.IsIdle && !partition.IsDone)
                return false;
            furthest = Math.Max(furthest, partition.LastWatermark);
            anyDone |= partition.IsDone;
            if (partition.IsIdle)
                (any, since) = (true, Math.Max(since, partition.SilentSince));
        }

        if (!any && !anyDone)
            return false;
        _isIdle = true;
        context.IsIdlePending = true;
        if (!anyDone)
            clockwork.Silence.OnSilent(since, furthest);   // what has nothing more to give in this run does not wait for the clock
        return true;
    }

    private bool EmitWatermark()
    {
        long minimum = EventTime.MaxValue, furthestIdle = EventTime.MinValue;
        bool any = _open == 0, anyBehind = false;
        foreach (PartitionReader<T> partition in partitions)
        {
            // An ended partition waits for nothing, but while others are idle it is not the end of everything either.
            if (partition.IsIdle)
            {
                furthestIdle = Math.Max(furthestIdle, partition.EmittedWatermark);
            }
            else if (partition.IsBehind)
            {
                anyBehind = true;
            }
            else if (!partition.IsEnded && !partition.IsDone)
            {
                any = true;
                minimum = Math.Min(minimum, partition.EmittedWatermark);
            }
        }

        // Of idle partitions none holds another, so the furthest counts, whichever fell silent last. And what was told before a restart is
        // told again: partitions that are idle or behind now do not say it.
        if (!any)
            minimum = anyBehind ? EventTime.MinValue : furthestIdle;
        minimum = Math.Max(minimum, _restored);
        if (minimum <= _watermark)
            return false;
        _watermark = minimum;
        output.OnWatermark(minimum);
        return true;
    }
}
