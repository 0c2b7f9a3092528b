using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>An actor: some fused operators, one mailbox, one thing at a time.</summary>
/// <remarks>
/// Asynchronous per batch, synchronous per row. One turn of the loop takes one request, one batch or one read; when there is nothing to
/// take, it sends what its outputs hold and waits. Barriers align here: a lane whose barrier came is held back until all have come.
/// </remarks>
internal sealed class StageLoop(string name, StageContext context, SourceHead? source, IStageRun run, TimeSpan linger)
{
    /// <summary>How long an actor with work keeps its thread; with back-pressure most actors wait long before.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(10);

    private const int DrainTurnsPerSlice = 64;

    private const int IsEnded = 1, EndsByItself = 2;

    private readonly Mailbox _mailbox = context.Mailbox;
    private readonly long _sliceTicks = (long)(s_slice.TotalSeconds * context.Clock.TimestampFrequency);
    private readonly StageOutputs _outputs = new(context, linger);
    private readonly StageTimer _timer = new(context);
    private long _barrierRequested;
    private BarrierKind _kindRequested;
    private volatile bool _isPaused;
    private int _drain;
    private bool _isStopped;
    private long _barrierDone;
    private int _heldLanes;
    private Mailbox.Lane? _partLane;
    private object? _partBatch;
    private int _partStart;

    public string Name { get; } = name;

    public StageContext Context { get; } = context;

    public SourceHead? Source { get; } = source;

    /// <summary>The last epoch that a source actor was asked to end.</summary>
    public long BarrierRequested => Volatile.Read(ref _barrierRequested);

    /// <summary>The last epoch whose barrier this actor has passed on.</summary>
    public long BarrierDone => Volatile.Read(ref _barrierDone);

    /// <summary>Asks a source actor to end the epoch; called by the coordinator.</summary>
    public void RequestBarrier(long epoch, BarrierKind kind)
    {
        _kindRequested = kind;
        Volatile.Write(ref _barrierRequested, epoch);
        _mailbox.Wake();
    }

    /// <summary>Holds a source actor back while the store takes nothing.</summary>
    public void Pause(bool isPaused)
    {
        _isPaused = isPaused;
        _mailbox.Wake();
    }

    /// <summary>Ends the input of a source actor, after what was handed over before.</summary>
    public void Drain(bool endsByItself)
    {
        Volatile.Write(ref _drain, endsByItself ? EndsByItself : IsEnded);
        _mailbox.Wake();
    }

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

    public async ValueTask CloseAsync()
    {
        _mailbox.Close();
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
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            while (_mailbox.TryTakeRequest(out IStageRequest request))
                request.Run();
            if (await TurnAsync(cancellation))
            {
                long now = Context.Clock.GetTimestamp();
                _outputs.Linger(now);
                if (now - sliceStart >= _sliceTicks)
                {
                    await Task.Yield();
                    sliceStart = now;
                }

                continue;
            }

            if (Context.FlushBuffers() | _outputs.FlushPartial())
            {
                await DrainAsync(cancellation);
                continue;
            }

            _timer.Set();
            await _mailbox.WaitAsync();
        }
    }

    /// <returns>Whether there was anything to do.</returns>
    private async ValueTask<bool> TurnAsync(CancellationToken cancellation)
    {
        bool worked = AdvanceCalls();
        if (Source is not null)
        {
            long epoch = Volatile.Read(ref _barrierRequested);
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
            if (Volatile.Read(ref _drain) is var drain && drain != 0)
            {
                Volatile.Write(ref _drain, 0);
                Source.Drain(drain == EndsByItself);
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

        if (_partBatch is not null)
        {
            if (!Context.AnySuspended())
                Deliver(_partLane!, _partBatch, _partStart);
            worked = true;
        }
        else if (_mailbox.TryRead(out Mailbox.Lane lane, out LaneMessage message))
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

    private async ValueTask OnMessageAsync(Mailbox.Lane lane, LaneMessage message, CancellationToken cancellation)
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
                if (++_heldLanes == _mailbox.Lanes.Count)
                    await BarrierAsync(message.Value, message.IsFinal, cancellation);
                break;
        }
    }

    private void Deliver(Mailbox.Lane lane, object batch, int start)
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
        _outputs.SendToAll(LaneMessage.Barrier(epoch, isFinal));
        foreach (Mailbox.Lane lane in _mailbox.Lanes)
            lane.IsHeld = false;
        _heldLanes = 0;
        Volatile.Write(ref _barrierDone, epoch);
        run.Report(this, report);
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
            await _mailbox.WaitAsync();
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
    /// <returns>False if a suspended operator waits for calls: the mailbox tells when to try again.</returns>
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
            if (turns % DrainTurnsPerSlice == 0)
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
        ? Volatile.Read(ref _barrierRequested) > _barrierDone && _kindRequested is not (BarrierKind.End or BarrierKind.CaughtUp)
            && Source.MayEndEpoch
        : _partBatch is null && _mailbox.IsBarrierNext();

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
        foreach (Mailbox.Lane lane in _mailbox.Lanes)
        {
            if (!lane.IsIdle && lane.Watermark != EventTime.MaxValue)
                return false;
            any |= lane.IsIdle;
        }

        return any;
    }
}
