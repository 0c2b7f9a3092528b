using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Sources;

/// <summary>Reads one partition, gives its rows event times, and cuts the stream where the watermark moves: see
/// <see cref="PartitionProgress{T}"/>.</summary>
internal sealed class PartitionReader<T>
{
    /// <summary>A source that always has more is not waited for.</summary>
    private const int MostReadsToDrain = 256;

    private readonly TimeProvider _clock;
    private readonly long _idleAfter;
    private readonly bool _mayStartIdle;
    private readonly PartitionProgress<T> _progress;
    private readonly PartitionRows<T> _output;
    private PartitionReads<T>? _reads;
    private SourceContext? _context;
    private SourceOffset _bufferStart;
    private bool _isReplayable;
    private bool _isReadAgain;
    private bool _isDraining;
    private bool _endsByItself;
    private int _readsLeft = MostReadsToDrain;
    private bool _keepsReadsWhole;
    private bool _mayEndEpoch = true;
    private bool _hasSnapshot;
    private int _skip;
    private bool _gave;
    private bool _isDoneAtItsEnd;

    public PartitionReader(string name, int number, EventTimes<T>? eventTimes, long granularity, bool withPositions,
        bool withSourceWatermark, OperatorErrors errors, JobOptions options, QuietRule quiet)
    {
        (Name, _clock) = (name, options.Clock);
        _idleAfter = eventTimes?.Strategy.IdleAfter?.ToMicros() ?? EventTime.MaxValue;
        _mayStartIdle = quiet.StartsIdleAfter != EventTime.MaxValue;
        _progress = new PartitionProgress<T>(eventTimes?.Strategy.Begin<T>(), granularity, options.Clock, quiet);
        _output = new PartitionRows<T>(name, number, eventTimes, _progress, withPositions, withSourceWatermark, errors, options);
    }

    public string Name { get; }

    public bool IsEnded { get; private set; }

    /// <summary>It gave all that was there when the run began; the next run goes on with it.</summary>
    public bool IsCaughtUp { get; private set; }

    /// <summary>There was nothing to give in this run, and probably never will be: the partition holds no other one's watermark.</summary>
    public bool IsDone => IsCaughtUp && !_gave && _isDoneAtItsEnd;

    public bool IsIdle { get; private set; }

    /// <summary>It was idle and gives rows again, but has not caught up with the others yet; the head says when it has.</summary>
    public bool IsBehind { get; set; }

    /// <summary>The watermark after every row so far; <see cref="EventTime.MaxValue"/> at the end.</summary>
    public long Watermark => IsEnded ? EventTime.MaxValue : LastWatermark;

    /// <summary>The watermark after the last row, also at the end.</summary>
    public long LastWatermark => _progress.Watermark;

    /// <summary>The watermark as operators may see it.</summary>
    public long EmittedWatermark => _progress.Emitted;

    /// <summary>When it began to wait for rows (<see cref="SourceClockwork.Now"/>); never while it has some.</summary>
    public long SilentSince { get; private set; } = EventTime.MaxValue;

    /// <summary>When the partition will have been silent for too long; never while it has rows, or is idle already. Sooner if it never had
    /// a watermark that others could wait for.</summary>
    public long IdleAt => IsIdle || !IsWaiting ? EventTime.MaxValue
        : Math.Min(EventTime.AddSaturated(SilentSince, _idleAfter), IsUpToDate ? _progress.StartsIdleAt : EventTime.MaxValue);

    /// <summary>When event time, going on with the clock, passes what operators tell apart.</summary>
    public long GoesOnAt => IsWaiting ? _progress.GoesOnAt : EventTime.MaxValue;

    /// <summary>What it has counted; may be asked from any thread.</summary>
    public SourceMetrics Metrics => new(_output.Rows, _progress.Late, _output.Rejected) { Leaps = _output.Leaps };

    /// <summary>What it has counted, and where it stands; may be asked from any thread.</summary>
    public PartitionMetrics PartitionMetrics =>
        new(_output.Rows, _progress.Late, _output.Rejected, EventTime.ToWatermark(LastWatermark),
        _progress.Delay is { } delay ? TimeSpan.FromMicroseconds(delay) : null, IsIdle)
        {
            Leaps = _output.Leaps,
            LateAfterQuiet = _progress.LateAfterQuiet,
        };

    /// <summary>Where it stands; may be asked from any thread.</summary>
    public SourcePosition PositionIn(string source) =>
        new(source, Name, LastWatermark, _progress.QuietSince, State, _progress.HasEventTime);

    private PartitionState State
    {
        get
        {
            if (IsEnded || IsCaughtUp)
                return PartitionState.Ended;
            if (IsIdle || IsBehind)
                return PartitionState.Idle;
            if (_progress.QuietSince == EventTime.MaxValue || _reads is null)
                return PartitionState.Open;
            return IsUpToDate ? _progress.StateInSilence : PartitionState.IsCutOff;
        }
    }

    /// <summary>Whom it waits for, if it knows; may be asked from any thread.</summary>
    public string? WaitsFor => _reads?.Reader.WaitsFor;

    /// <summary>Whether rows of the last read are still to be pushed.</summary>
    public bool HasRows => _reads is not { IsUnderWay: true } && _output.HasRows;

    /// <summary>Whether rows of an initial snapshot are still to be pushed.</summary>
    public bool HasSnapshot => _hasSnapshot || HasRows;

    /// <summary>Whether an epoch may end here, as far as rows that become visible together are concerned.</summary>
    public bool MayEndEpoch => !_keepsReadsWhole || IsEnded || IsCaughtUp || (!HasRows && _mayEndEpoch);

    /// <summary>Whether a read waits for rows, which may still come.</summary>
    private bool IsWaiting => !IsEnded && _reads is { IsWaiting: true };

    /// <summary>Whether the source knows that there is nothing to give.</summary>
    private bool IsUpToDate => _reads!.Reader.IsUpToDate;

    public async ValueTask OpenAsync(
        Source<T> source, PartitionManifest? from, SourceContext context, Inbox inbox, CancellationToken closing,
            CancellationToken cancellation)
    {
        (_context, _output.Context, _keepsReadsWhole, _isDoneAtItsEnd) = (context, context, source.KeepsReadsWhole, source.IsDoneAtItsEnd);
        _isReadAgain = source.Guarantee == SourceGuarantee.Replayable;
        _isReplayable = _isReadAgain && !source.OpensAtAnyRow;
        SourceOffset? offset = null;
        if (from is not null)
        {
            offset = new SourceOffset(from.Offset, from.State);
            _bufferStart = offset.Value;
            _skip = _isReplayable ? from.Skip : 0;
            _progress.Restore(from);
            _output.Restore(from);
            IsIdle = from.IsIdle && (_idleAfter != EventTime.MaxValue || _mayStartIdle);
            if (from.IsEnded)
            {
                IsEnded = true;
                _progress.End();
                return;
            }
        }

        try
        {
            _reads = new(await source.OpenAsync(Name, offset, context, cancellation), inbox, closing);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }

        (_bufferStart, _hasSnapshot) = (_reads.Reader.Offset, _reads.Reader.HasSnapshotRows);
    }

    /// <summary>Pushes the rows of a read, up to the next watermark, or takes or starts a read.</summary>
    public bool Step(Receiver<T> output, StageContext context)
    {
        if (IsEnded || IsCaughtUp)
            return false;
        if (_isDraining && IsDrained())
        {
            End();
            return true;
        }

        if (_reads!.IsUnderWay)
            return Read();
        long watermark = _progress.Emitted;
        bool worked = StepOnce(output);
        while (worked && HasRows && !context.MustYield && _progress.Emitted == watermark)
            StepOnce(output);
        return worked;
    }

    public void CheckIdle(long now)
    {
        if (now >= IdleAt)
            IsIdle = true;
    }

    /// <summary>No rows are wanted but those that were handed over before.</summary>
    /// <param name="endsByItself">Whether the source ends the partition by itself.</param>
    public void Drain(bool endsByItself) => (_isDraining, _endsByItself) = (true, endsByItself);

    /// <summary>An epoch ends here: event time goes on as far as the silence allows. Only here, so that what follows from it is in an epoch
    /// behind one that has it stored.</summary>
    public void GoOn(long now)
    {
        if (_progress.HasEventTime && IsWaiting)
            _progress.GoOn(now, IsUpToDate);
    }

    /// <param name="told">The watermark that went downstream from the actor.</param>
    public PartitionManifest Checkpoint(long told)
    {
        (SourceOffset offset, int skip) = Place();
        return _output.Checkpoint() with
        {
            Offset = offset.Value,
            State = offset.State,
            Skip = skip,
            Told = told == EventTime.MinValue ? null : told,
            IsIdle = IsIdle || IsBehind,
            IsEnded = IsEnded,
            IsCaughtUp = IsCaughtUp,
        };
    }

    public ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation) =>
        _reads?.Reader.CommittedAsync(offset, cancellation) ?? ValueTask.CompletedTask;

    public ValueTask CloseAsync() => _reads?.CloseAsync() ?? ValueTask.CompletedTask;

    /// <summary>Where a restart goes on: an offset the source can open, and how many rows after it are committed already.</summary>
    private (SourceOffset Offset, int Skip) Place()
    {
        if (IsEnded || _reads is null or { IsUnderWay: true })
            return (_bufferStart, _skip);
        if (!HasRows)
            return (_reads.Reader.Offset, _skip);
        if (_isReplayable)
            return (_bufferStart, _skip + _output.Taken);

        // What comes after a restart need not be what was read before: nothing may be skipped, so the offset is that of the next record.
        return (new SourceOffset(_output.NextOffset, _bufferStart.State), 0);
    }

    /// <summary>Does one thing: pushes up to a chunk of rows, or takes or starts a read.</summary>
    private bool StepOnce(Receiver<T> output) => _output.Step(output) || Read();

    private bool Read()
    {
        try
        {
            return ReadOnce();
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }
    }

    private ActorStreamsException Named(Exception error) => OperatorFailure.Named(error, _context!.Pipeline, "source", _context.Operator);

    private bool ReadOnce()
    {
        bool isMore;
        if (_reads!.IsUnderWay)
        {
            if (!_reads.TryTake(out isMore))
                return false;
            OnRead(isMore);
            return true;
        }

        if (_output.StartAnew())
            _bufferStart = _reads.Reader.Offset;
        if (!_reads.Begin(_output.Buffer, out isMore))
        {
            SilentSince = SourceClockwork.Now(_clock);
            _progress.OnWaiting(SilentSince);
            return false;
        }

        OnRead(isMore);
        return true;
    }

    /// <summary>Whether nothing is left to be taken: what is there at once is, within bounds.</summary>
    private bool IsDrained()
    {
        if (HasRows || _endsByItself || (_keepsReadsWhole && !_mayEndEpoch))
            return false;
        return _reads!.IsUnderWay ? _reads.IsWaiting && (_isReadAgain || IsUpToDate) : _readsLeft-- <= 0;
    }

    private void End()
    {
        (IsBehind, IsIdle, SilentSince) = (false, false, EventTime.MaxValue);
        IsEnded = true;
        _progress.End();
        if (!_reads!.IsUnderWay)
            (_bufferStart, _skip) = (_reads.Reader.Offset, 0);
    }

    private void OnRead(bool isMore)
    {
        SourceReader<T> reader = _reads!.Reader;
        if (_output.HasRows)
            _progress.OnRows();
        (IsBehind, IsIdle, SilentSince) = (IsBehind || IsIdle, false, EventTime.MaxValue);
        if (!isMore && _context!.AvailableNow)
        {
            IsCaughtUp = true;
            _bufferStart = reader.Offset;
            return;
        }

        _gave = true;
        if (!isMore)
        {
            (IsEnded, _hasSnapshot) = (true, false);
            _progress.End();
            _bufferStart = reader.Offset;
            return;
        }

        // Asked now, because the next read may change the answers before its rows are taken.
        _mayEndEpoch = reader.MayEndEpoch;
        _hasSnapshot = _hasSnapshot && reader.HasSnapshotRows;

        // After a restart: rows of this read that the committed epoch holds already.
        _skip = _output.Begin(_skip);
    }
}
