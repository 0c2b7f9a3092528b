using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>An actor: some fused operators, one inbox, one thing at a time.</summary>
/// <remarks>
/// Asynchronous per batch, synchronous per row. One turn of the loop takes one request, one batch or one read; when there is nothing to
/// take, it sends what its outputs hold and waits. Barriers align here: a lane whose barrier came is held back until all have come.
/// </remarks>
internal sealed class StageLoop(string name, StageContext context, SourceHead? source, IStageRun run, TimeSpan linger)
{
    /// <summary>How long an actor with work keeps its thread; with back-pressure most actors wait long before.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(10);

    /// <summary>The same in turns, for a clock that stands still while somebody works: a simulated one.</summary>
    private const int TurnsPerSlice = 256;

    private const int DrainTurnsPerSlice = 64;

    private readonly Inbox _inbox = context.Inbox;
    private readonly long _sliceTicks = (long)(s_slice.TotalSeconds * context.Clock.TimestampFrequency);
    private readonly StageOutputs _outputs = new(context, linger);
    private readonly StageTimer _timer = new(context);
    private readonly EntityDesk _entities = new(context, run.AskForEpoch);
    private long _barrierRequested;
    private BarrierKind _kindRequested;
    private bool _isPaused;
    private DrainRequest? _drain;
    private bool _isStopped;
    private bool _isFinal;
    private long _barrierDone;
    private int _heldLanes;
    private Lane? _partLane;
    private object? _partBatch;
    private int _partStart;
    private EpochReport? _reported;
    private Task _telling = Task.CompletedTask;
    private CancellationToken _cancellation;

    public string Name { get; } = name;

    public StageContext Context { get; } = context;

    public SourceHead? Source { get; } = source;

    /// <summary>The last epoch that a source actor was asked to end.</summary>
    public long BarrierRequested => Volatile.Read(ref _barrierRequested);

    /// <summary>The last epoch whose barrier this actor has passed on.</summary>
    public long BarrierDone => Volatile.Read(ref _barrierDone);

    /// <summary>Takes in what was told, in a turn of the instance's.</summary>
    public void Take(object message)
    {
        if (_inbox.Take(message))
            return;
        switch (message)
        {
            case BarrierRequest barrier:
                _kindRequested = barrier.Kind;
                Volatile.Write(ref _barrierRequested, barrier.Epoch);
                break;
            case PauseRequest pause:
                _isPaused = pause.IsPaused;
                break;
            case DrainRequest drain:
                _drain = drain;
                break;
            case StateAsked or CommandGiven:
                _entities.Add(message);
                break;
            case EpochCommitted committed:
                _telling = _inbox.RunAsync(() => OnCommittedAsync(committed.Epoch));
                break;
            default:
                throw new InvalidOperationException($"Actor '{Name}' was told a {message.GetType().Name}, which it does not know.");
        }
    }

    /// <summary>The attempt ends: whatever the instance waits for, it goes on.</summary>
    public void Abort() => _inbox.Abort();

    /// <summary>Whether it keeps state that a restart restores.</summary>
    public bool HasRegions => Context.EpochParts.Any(part => part is IRegion);

    /// <summary>Restores its regions; all actors may do that at once.</summary>
    public async Task RestoreAsync(StageOpening opening, CancellationToken cancellation)
    {
        foreach (IEpochPart part in Context.EpochParts)
        {
            if (part is IRegion)
                await part.OpenAsync(opening, cancellation);
        }
    }

    /// <summary>Opens sources and sinks. One actor at a time: writers of one sink may share a file.</summary>
    public async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        foreach (IEpochPart part in Context.EpochParts)
        {
            if (part is not IRegion)
                await part.OpenAsync(opening, cancellation);
        }

        _barrierDone = opening.Epoch;
        Volatile.Write(ref _barrierRequested, opening.Epoch);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        _cancellation = cancellation;
        try
        {
            (Context.IsBarrierWaiting, Context.RequestEpoch) = (IsBarrierWaiting, run.AskForEpoch);
            _timer.Start();
            await LoopAsync(cancellation);
        }
        finally
        {
            await _timer.DisposeAsync();
        }
    }

    /// <summary>Nobody answers any more; in a turn of the instance's.</summary>
    public void CloseInbox() => _inbox.Close();

    public async ValueTask CloseAsync()
    {
        await _telling;                                             // nothing is closed while it tells the world of a commit
        foreach (IEpochPart part in Context.EpochParts)
            await CloseAsync(part.CloseAsync);
    }

    /// <summary>Closes one thing; that it fails must not keep the next one open.</summary>
    public static async ValueTask CloseAsync(Func<ValueTask> close)
    {
        try
        {
            await close();
        }
        catch (Exception)
        {
            // The run has ended already, and tells why by itself.
        }
    }

    private async Task LoopAsync(CancellationToken cancellation)
    {
        long sliceStart = Context.Clock.GetTimestamp();
        for (int turns = 1; ; turns++)
        {
            cancellation.ThrowIfCancellationRequested();
            while (_inbox.TryTakeRequest(out IStageRequest request))
                request.Run();
            _entities.Answer();
            if (await TurnAsync(cancellation))
            {
                long now = Context.Clock.GetTimestamp();
                _outputs.Linger(now);
                if (now - sliceStart >= _sliceTicks || turns >= TurnsPerSlice || _inbox.IsUrgent)
                {
                    await Task.Yield();
                    (sliceStart, turns) = (now, 0);
                }

                continue;
            }

            if (Context.FlushBuffers() | _outputs.FlushPartial())
            {
                await DrainAsync(cancellation);
                continue;
            }

            _timer.Set();
            await _inbox.WaitAsync();
        }
    }

    /// <returns>Whether there was anything to do.</returns>
    private async ValueTask<bool> TurnAsync(CancellationToken cancellation)
    {
        bool worked = AdvanceCalls();
        if (Source is not null)
        {
            long epoch = _barrierRequested;
            if (epoch > _barrierDone && Source.MayEndEpoch)
            {
                _isStopped = _kindRequested != BarrierKind.Periodic;
                await BarrierAsync(epoch, _kindRequested is BarrierKind.End or BarrierKind.CaughtUp, cancellation);
                return true;
            }
        }

        if (Context.MustYield || Context.AnySuspended())
        {
            if (!await DrainAsync(cancellation))
                return false;
            worked = true;
            if (Source is not null && Context.AnySuspended())
                return true;
        }

        if (Source is not null && !_isPaused && !_isStopped)
        {
            if (_drain is { } drain)
            {
                _drain = null;
                Source.Drain(drain.EndsByItself);
            }

            worked |= Source.Step();

            // Asked in every turn: the step that put out the last watermark may have had to yield.
            if (Source.TakeEnded())
            {
                worked = true;
                await DrainAsync(cancellation);
                _outputs.FlushPartial();
                run.OnSourceEnded(this);
            }
        }

        if (_entities.HasCommand && _partBatch is null && !Context.MustYield && !Context.AnySuspended())
        {
            _entities.TakeCommands(_barrierDone + 1,
                refusal: _isFinal ? $"Actor '{Name}': the job has read all of its input, and takes no commands any more." : null);
            worked = true;
            if ((Context.MustYield || Context.AnySuspended()) && !await DrainAsync(cancellation))
                return true;
        }

        if (_partBatch is not null)
        {
            if (!Context.AnySuspended())
                Deliver(_partLane!, _partBatch, _partStart);
            worked = true;
        }
        else if (_inbox.TryRead(out Lane lane, out LaneMessage message))
        {
            await OnMessageAsync(lane, message, cancellation);
            worked = true;
        }

        worked |= _timer.Fire();
        if (Context.IsIdlePending)
            TellIdle();
        if (Context.MustYield)
            await DrainAsync(cancellation);
        return worked;
    }

    private async ValueTask OnMessageAsync(Lane lane, LaneMessage message, CancellationToken cancellation)
    {
        switch (message.Kind)
        {
            case MessageKind.Batch:
                InputPort.Wake(lane);
                Context.IsIdlePending = false;
                Deliver(lane, message.Batch!, 0);
                break;
            case MessageKind.Watermark:
                InputPort.Wake(lane);
                Context.IsIdlePending = false;
                lane.Watermark = message.Value;
                lane.Port.OnLaneChanged();
                if (message.Value == EventTime.MaxValue && AllLanesIdle())
                    _outputs.SendToAll(LaneMessage.Idle);
                break;
            case MessageKind.Idle:
                lane.IsIdle = true;
                lane.Port.OnLaneChanged();
                if (AllLanesIdle())
                    Context.IsIdlePending = true;
                break;
            default:
                lane.IsHeld = true;
                if (++_heldLanes == _inbox.Lanes.Count)
                    await BarrierAsync(message.Value, message.IsFinal, cancellation);
                break;
        }
    }

    private void Deliver(Lane lane, object batch, int start)
    {
        int next = lane.Port.Deliver(batch, start, Context);
        (_partLane, _partBatch, _partStart) = next < 0 ? (null, null, 0) : (lane, batch, next);
    }

    /// <summary>Ends an epoch in this actor: everything before the barrier is reported, then the barrier goes on.</summary>
    private async ValueTask BarrierAsync(long epoch, bool isFinal, CancellationToken cancellation)
    {
        await SettleAsync(isFinal, cancellation);
        var report = new EpochReport(epoch, run.IsVolatile);
        foreach (IEpochPart part in Context.EpochParts)
            await part.OnBarrierAsync(report, cancellation);
        _entities.OnBarrier(report);
        _isFinal |= isFinal;
        _outputs.SendToAll(LaneMessage.Barrier(epoch, isFinal));
        foreach (Lane lane in _inbox.Lanes)
            lane.IsHeld = false;
        _heldLanes = 0;
        Volatile.Write(ref _barrierDone, epoch);
        _reported = report;
        run.Report(this, report);
    }

    /// <summary>An epoch is committed: sinks tell the world, sources acknowledge. Beside the loop, in turns of its own, so that a loop that
    /// waits for a sink holds up no commit.</summary>
    private async Task OnCommittedAsync(long epoch)
    {
        try
        {
            if (_reported is not { } report || report.Epoch != epoch)
                throw new InvalidOperationException($"Actor '{Name}' was told of the commit of epoch {epoch}, which it has not reported.");
            for (int at = report.Committed.Count - 1; at >= 0; at--)   // downstream first: what a source acknowledges is visible
                await report.Committed[at](_cancellation);
            run.OnCommitTaken(this);
        }
        catch (Exception error)
        {
            run.OnFailed(this, error);
        }
    }

    /// <summary>Brings the actor to a point where its state is all there is: calls have returned, and what cannot be cut is
    /// finished.</summary>
    private async ValueTask SettleAsync(bool isFinal, CancellationToken cancellation)
    {
        while (true)
        {
            if ((Context.MustYield || Context.AnySuspended()) && !await DrainAsync(cancellation, mayCut: !isFinal, isCutting: !isFinal))
            {
                await WaitForCallsAsync(cancellation);
                continue;
            }

            if (AreCallsIdle())
            {
                if (!Context.FlushAtBarrier())
                    return;
                continue;
            }

            if (!AdvanceCalls())
                await WaitForCallsAsync(cancellation);
        }
    }

    /// <summary>Sends what is there, so that a slow call delays nothing but what comes after it, then waits for anything to
    /// happen.</summary>
    private async ValueTask WaitForCallsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_outputs.FlushPartial())
            await _inbox.WaitAsync();
    }

    /// <returns>Whether anything came of it.</returns>
    private bool AdvanceCalls()
    {
        bool any = false;
        foreach (IAsyncPart part in Context.AsyncParts)
            any |= part.Advance();
        return any;
    }

    private bool AreCallsIdle()
    {
        foreach (IAsyncPart part in Context.AsyncParts)
        {
            if (!part.IsIdle)
                return false;
        }

        return true;
    }

    /// <summary>Waits until outputs take rows again and suspended operators have finished, or until a barrier may cut in.</summary>
    /// <returns>False if a suspended operator waits for calls: the inbox tells when to try again.</returns>
    private async ValueTask<bool> DrainAsync(CancellationToken cancellation, bool mayCut = true, bool isCutting = false)
    {
        (Context.MayCut, Context.IsCutting) = (mayCut, isCutting);
        bool isDone = await ResumeSuspendedAsync(cancellation);
        (Context.MayCut, Context.IsCutting) = (true, false);
        return isDone;
    }

    private async ValueTask<bool> ResumeSuspendedAsync(CancellationToken cancellation)
    {
        for (int turns = 1; ; turns++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (turns % DrainTurnsPerSlice == 0 || _inbox.IsUrgent)
                await Task.Yield();
            foreach (ISinkPart sink in Context.Sinks)
            {
                if (sink.IsFull)
                    await sink.FlushAsync(cancellation);
            }

            foreach (OutputPort output in Context.Outputs)
            {
                if (output.HasPending)
                    await output.FlushPendingAsync(cancellation);
            }

            Context.ClearYield();
            IResumable? suspended = MostDownstreamSuspended();
            if (suspended is null)
                return true;
            if (Context.WantsCut && AllSuspendedCanCut() && AreCallsIdle())
                return true;
            if (!suspended.IsWaiting)
                suspended.Resume();
            else if (!AdvanceCalls())
                return false;
        }
    }

    private bool IsBarrierWaiting() => Source is not null
        ? _barrierRequested > _barrierDone && _kindRequested is not (BarrierKind.End or BarrierKind.CaughtUp)
            && Source.MayEndEpoch
        : _partBatch is null && _inbox.IsBarrierNext();

    private IResumable? MostDownstreamSuspended()
    {
        // Parts stand in the order in which they were built: what is downstream comes first.
        foreach (IResumable part in Context.Resumables)
        {
            if (part.IsSuspended)
                return part;
        }

        return null;
    }

    private bool AllSuspendedCanCut()
    {
        foreach (IResumable part in Context.Resumables)
        {
            if (part.IsSuspended && !part.CanCut)
                return false;
        }

        return true;
    }

    /// <summary>Idleness must not overtake rows whose calls have not returned: the watermark would pass them by.</summary>
    private void TellIdle()
    {
        if (Context.MustYield || !AreCallsIdle() || Context.FlushBuffers() || Context.HoldsRows())
            return;
        Context.IsIdlePending = false;
        _outputs.SendToAll(LaneMessage.Idle);
    }

    private bool AllLanesIdle()
    {
        bool any = false;
        foreach (Lane lane in _inbox.Lanes)
        {
            if (!lane.IsIdle && lane.Watermark != EventTime.MaxValue)
                return false;
            any |= lane.IsIdle;
        }

        return any;
    }
}
