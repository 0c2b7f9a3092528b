using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;
using ActorStreams.Core.Time;
using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Sources;

/// <summary>Reads one partition, gives its rows event times, and cuts the stream where the watermark moves.</summary>
/// <remarks>
/// The watermark moves after every row, but is emitted only where that can matter to an operator downstream: when it passes a multiple of
/// <paramref name="granularity"/>, the greatest common divisor of all their boundaries. Which rows come before and after it is the same as
/// if it were emitted after every row.
/// </remarks>
internal sealed class PartitionReader<T>(
    string name, int number, EventTimes<T>? eventTimes, long granularity, bool withPositions, bool withSourceWatermark,
        OperatorErrors errors, JobOptions options, QuietRule quiet)
{
    /// <summary>A source that always has more is not waited for.</summary>
    private const int MostReadsToDrain = 256;

    private readonly SourceBuffer<T> _buffer = new(options.BatchRows);
    private readonly long[] _times = new long[options.BatchRows];
    private readonly long[] _positions = withPositions ? new long[options.BatchRows] : [];
    private readonly PartitionWatermark<T>? _watermark = eventTimes?.Strategy.Begin<T>();
    private readonly long? _maxAhead = eventTimes is { IsCarried: false } ? options.MaxEventTimeAhead?.ToMicros() : null;
    private LeapGuard? _leaps;
    private readonly long _idleAfter = eventTimes?.Strategy.IdleAfter?.ToMicros() ?? EventTime.MaxValue;
    private readonly QuietTime _quiet = new(quiet);
    private SourceReader<T>? _reader;
    private CancellationToken _closing;
    private Mailbox? _mailbox;
    private Task<bool>? _reading;
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
    private int _row;
    private int _timed;
    private int _reported;
    private int _declared;
    private Exception? _badRow;
    private bool _isRefused;
    private bool _mayLeap;
    private bool _isLeapTold;
    private SourceContext? _context;
    private Exception? _badWatermark;
    private long _emittedWatermark = EventTime.MinValue;
    private long _stopAt = EventTime.MinValue + 1;
    private long _rows;
    private long _rejected;
    private bool _gave;
    private bool _isDoneAtItsEnd;
    private long _wentOnTo = EventTime.MinValue;
    private long _lateAfterQuiet;

    public string Name { get; } = name;

    public bool IsEnded { get; private set; }

    /// <summary>It gave all that was there when the run began; the next run goes on with it.</summary>
    public bool IsCaughtUp { get; private set; }

    /// <summary>There was nothing to give in this run, and probably never will be: the partition holds no other one's watermark.</summary>
    public bool IsDone => IsCaughtUp && !_gave && _isDoneAtItsEnd;

    public bool IsIdle { get; private set; }

    /// <summary>It was idle and gives rows again, but has not caught up with the others yet; the head says when it has.</summary>
    public bool IsBehind { get; set; }

    /// <summary>The watermark after every row so far; <see cref="EventTime.MaxValue"/> at the end.</summary>
    public long Watermark => IsEnded ? EventTime.MaxValue : _watermark?.Value ?? EventTime.MinValue;

    /// <summary>The watermark after the last row, also at the end.</summary>
    public long LastWatermark => _watermark?.Value ?? EventTime.MinValue;

    /// <summary>The watermark as operators may see it.</summary>
    public long EmittedWatermark
    {
        get => _emittedWatermark;
        private set => (_emittedWatermark, _stopAt) = (value, StopAfter(value));
    }

    /// <summary>When it began to wait for rows (<see cref="SourceClockwork.Now"/>); never while it has some.</summary>
    public long SilentSince { get; private set; } = EventTime.MaxValue;

    /// <summary>When the partition will have been silent for too long; never while it has rows, or is idle already. Sooner if it never had
    /// a watermark that others could wait for.</summary>
    public long IdleAt => IsIdle || IsEnded || _reading is null || _reading.IsCompleted ? EventTime.MaxValue
        : Math.Min(EventTime.AddSaturated(SilentSince, _idleAfter), _watermark is { Value: EventTime.MinValue } && _reader!.IsUpToDate
            ? _quiet.StartsIdleAt : EventTime.MaxValue);

    /// <summary>When event time, going on with the clock, passes what operators tell apart.</summary>
    public long GoesOnAt => IsEnded || _reading is null || _reading.IsCompleted ? EventTime.MaxValue
        : _quiet.ReachesAt(_stopAt, options.Clock, _watermark?.Delay ?? 0);

    /// <summary>What it has counted; may be asked from any thread.</summary>
    public SourceMetrics Metrics =>
        new(Volatile.Read(ref _rows), _watermark?.Late ?? 0, Volatile.Read(ref _rejected)) { Leaps = _leaps?.Leaps ?? 0 };

    /// <summary>What it has counted, and where it stands; may be asked from any thread.</summary>
    public ActorStreams.PartitionMetrics PartitionMetrics =>
        new(Volatile.Read(ref _rows), _watermark?.Late ?? 0, Volatile.Read(ref _rejected), EventTime.ToWatermark(LastWatermark),
        _watermark?.Delay is { } delay ? TimeSpan.FromMicroseconds(delay) : null, IsIdle)
        {
            Leaps = _leaps?.Leaps ?? 0,
            LateAfterQuiet = Volatile.Read(ref _lateAfterQuiet),
        };

    /// <summary>Where it stands; may be asked from any thread.</summary>
    public SourcePosition PositionIn(string source) => new(source, Name, LastWatermark, _quiet.Since, State, _watermark is not null);

    private PartitionState State
    {
        get
        {
            if (IsEnded || IsCaughtUp)
                return PartitionState.Ended;
            if (IsIdle || IsBehind)
                return PartitionState.Idle;
            if (_quiet.Since == EventTime.MaxValue || _reader is null)
                return PartitionState.Open;
            if (!_reader.IsUpToDate)
                return PartitionState.IsCutOff;
            if (!_quiet.GoesByClock || LastWatermark == EventTime.MinValue)
                return PartitionState.Open;
            bool isAhead = quiet.IsBoundToClock && LastWatermark > options.Clock.GetUtcNow().ToMicros() - (_watermark?.Delay ?? 0);
            return isAhead ? PartitionState.IsAhead : PartitionState.GoesOn;
        }
    }

    /// <summary>Whom it waits for, if it knows; may be asked from any thread.</summary>
    public string? WaitsFor => _reader?.WaitsFor;

    /// <summary>Whether rows of the last read are still to be pushed.</summary>
    public bool HasRows => _reading is null && (_row < _buffer.Count || _reported < _buffer.Rejected.Count);

    /// <summary>Whether rows of an initial snapshot are still to be pushed.</summary>
    public bool HasSnapshot => _hasSnapshot || HasRows;

    /// <summary>Whether an epoch may end here, as far as rows that become visible together are concerned.</summary>
    public bool MayEndEpoch => !_keepsReadsWhole || IsEnded || IsCaughtUp || (!HasRows && _mayEndEpoch);

    public async ValueTask OpenAsync(
        Source<T> source, PartitionManifest? from, SourceContext context, Mailbox mailbox, CancellationToken closing,
            CancellationToken cancellation)
    {
        (_mailbox, _closing, _isReplayable) = (mailbox, closing, source.Guarantee == SourceGuarantee.Replayable && !source.OpensAtAnyRow);
        (_keepsReadsWhole, _isDoneAtItsEnd, _isReadAgain) = (source.KeepsReadsWhole, source.IsDoneAtItsEnd,
            source.Guarantee == SourceGuarantee.Replayable);
        _context = context;
        _leaps = _watermark is { FollowsRows: true } && options is { MaxEventTimeAhead: not null, MaxEventTimeLeap: { } leap }
            ? new LeapGuard(leap.ToMicros()) : null;
        SourceOffset? offset = null;
        if (from is not null)
        {
            offset = new SourceOffset(from.Offset, from.State);
            _bufferStart = offset.Value;
            _skip = _isReplayable ? from.Skip : 0;
            (_rows, _rejected) = (from.Rows, from.Rejected);
            _watermark?.Restore(from.Watermark, from.MaxTime, from.Late, from.WatermarkState);
            _leaps?.Restore(from.HasLeapt, from.Leaps);
            EmittedWatermark = from.EmittedWatermark ?? from.Watermark;
            IsIdle = from.IsIdle && (_idleAfter != EventTime.MaxValue || quiet.StartsIdleAfter != EventTime.MaxValue);
            _quiet.Restore(from.WatermarkAtRows ?? from.Watermark, from.DeclaredAtRows ?? EventTime.MinValue);
            if (from.IsEnded)
            {
                IsEnded = true;
                EmittedWatermark = EventTime.MaxValue;
                return;
            }
        }

        try
        {
            _reader = await source.OpenAsync(Name, offset, context, cancellation);
        }
        catch (Exception error) when (OperatorFailure.IsUnnamed(error))
        {
            throw Named(error);
        }

        (_bufferStart, _hasSnapshot) = (_reader.Offset, _reader.HasSnapshotRows);
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

        if (_reading is not null)
            return Read();   // the buffer is the reader's until then, whatever stands in it already
        long watermark = EmittedWatermark;
        bool worked = StepOnce(output);
        while (worked && HasRows && !context.MustYield && EmittedWatermark == watermark)
            StepOnce(output);
        return worked;
    }

    /// <summary>Does one thing: pushes up to a chunk of rows, or takes or starts a read.</summary>
    private bool StepOnce(Receiver<T> output)
    {
        if (ReportRejected())
            return true;
        if (_badWatermark is not null)
        {
            RejectRow(ref _badWatermark, _times[_row]);
            return true;
        }

        if (_row < _timed)
        {
            Push(output);
            return true;
        }

        if (_badRow is not null)
        {
            _timed++;
            RejectRow(ref _badRow, EventTime.MinValue);
            return true;
        }

        if (_timed < _buffer.Count)
        {
            AssignTimes();
            return true;
        }

        return Read();
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
        if (_watermark is null || IsEnded || _reading is not { IsCompleted: false })
            return;
        if (!_reader!.IsUpToDate)
            _quiet.StartAnew(now, _watermark.Value);
        else
            Raise(_quiet.ReachedBy(now, options.Clock.GetUtcNow().ToMicros(), _watermark.Delay ?? 0));
    }

    /// <param name="told">The watermark that went downstream from the actor.</param>
    public PartitionManifest Checkpoint(long told)
    {
        (SourceOffset offset, int skip) = Place();
        return new PartitionManifest
        {
            Offset = offset.Value,
            State = offset.State,
            Skip = skip,
            MaxTime = _watermark?.MaxTime ?? EventTime.MinValue,
            Watermark = LastWatermark,
            EmittedWatermark = EmittedWatermark,
            WatermarkState = _watermark?.Save(),
            WatermarkAtRows = quiet.Clock == QuietClock.Declared && _quiet.AtRows != EventTime.MinValue ? _quiet.AtRows : null,
            DeclaredAtRows = _quiet.DeclaredAtRows == EventTime.MinValue ? null : _quiet.DeclaredAtRows,
            Told = told == EventTime.MinValue ? null : told,
            IsIdle = IsIdle || IsBehind,
            Rows = _rows,
            Late = _watermark?.Late ?? 0,
            Rejected = _rejected,
            Leaps = _leaps?.Leaps ?? 0,
            HasLeapt = _leaps?.HasLeapt ?? false,
            IsEnded = IsEnded,
            IsCaughtUp = IsCaughtUp,
        };
    }

    public ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation) =>
        _reader?.CommittedAsync(offset, cancellation) ?? ValueTask.CompletedTask;

    public async ValueTask CloseAsync()
    {
        if (_reading is not null)
        {
            // A read still under way is cancelled by now; how it ends says nothing any more.
            await _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Current);
        }

        if (_reader is not null)
            await _reader.DisposeAsync();
    }

    /// <summary>Where a restart goes on: an offset the source can open, and how many rows after it are committed already.</summary>
    private (SourceOffset Offset, int Skip) Place()
    {
        if (_reader is null || IsEnded || _reading is not null)
            return (_bufferStart, _skip);
        if (!HasRows)
            return (_reader.Offset, _skip);
        if (_isReplayable)
            return (_bufferStart, _skip + _row + _reported);

        // What comes after a restart need not be what was read before: nothing may be skipped, so the offset is that of the next record.
        bool isRejected = _reported < _buffer.Rejected.Count && _buffer.Rejected[_reported].BeforeRow <= _row;
        return (new SourceOffset(isRejected ? _buffer.Rejected[_reported].Offset : _buffer.OffsetOf(_row), _bufferStart.State), 0);
    }

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
        if (_reading is null)
        {
            if (_buffer.Count > 0 || _buffer.Rejected.Count > 0 || _buffer.Declared.Count > 0)
            {
                _bufferStart = _reader!.Offset;
                _buffer.Clear();
                (_row, _timed, _reported) = (0, 0, 0);
                _declared = 0;
            }

            ValueTask<bool> read = _reader!.ReadAsync(_buffer, _closing);
            if (!read.IsCompleted)
            {
                _reading = read.AsTask();
                _reading.GetAwaiter().OnCompleted(_mailbox!.Wake);
                SilentSince = SourceClockwork.Now(options.Clock);
                _quiet.OnWaiting(SilentSince, LastWatermark);
                return false;
            }

            OnRead(read.GetAwaiter().GetResult());
            return true;
        }

        if (!_reading.IsCompleted)
            return false;
        Task<bool> done = _reading;
        _reading = null;
        OnRead(done.GetAwaiter().GetResult());
        return true;
    }

    /// <summary>Whether nothing is left to be taken: what is there at once is, within bounds.</summary>
    private bool IsDrained()
    {
        if (HasRows || _endsByItself || (_keepsReadsWhole && !_mayEndEpoch))
            return false;
        return _reading is null ? _readsLeft-- <= 0 : !_reading.IsCompleted && (_isReadAgain || _reader!.IsUpToDate);
    }

    private void End()
    {
        (IsBehind, IsIdle, SilentSince) = (false, false, EventTime.MaxValue);
        IsEnded = true;
        EmittedWatermark = EventTime.MaxValue;
        if (_reading is null)
            (_bufferStart, _skip) = (_reader!.Offset, 0);
    }

    private void OnRead(bool isMore)
    {
        if (_buffer.Count > 0 || _buffer.Rejected.Count > 0)
            _quiet.OnRows();
        (IsBehind, IsIdle, SilentSince) = (IsBehind || IsIdle, false, EventTime.MaxValue);
        if (!isMore && _context!.AvailableNow)
        {
            IsCaughtUp = true;
            _bufferStart = _reader!.Offset;
            return;
        }

        _gave = true;
        if (!isMore)
        {
            (IsEnded, _hasSnapshot) = (true, false);
            EmittedWatermark = EventTime.MaxValue;
            _bufferStart = _reader!.Offset;
            return;
        }

        // Asked now, because the next read may change the answers before its rows are taken.
        _mayEndEpoch = _reader!.MayEndEpoch;
        _hasSnapshot = _hasSnapshot && _reader.HasSnapshotRows;

        // After a restart: rows of this read that the committed epoch holds already.
        while (_skip > 0 && HasRows)
        {
            if (_reported < _buffer.Rejected.Count && _buffer.Rejected[_reported].BeforeRow <= _row)
                _reported++;
            else
                _row++;
            _skip--;
        }

        _timed = _row;
        TakeDeclared();
    }

    private bool ReportRejected()
    {
        if (_reported >= _buffer.Rejected.Count || _buffer.Rejected[_reported].BeforeRow > _row)
            return false;
        RejectedRecord record = _buffer.Rejected[_reported++];
        _rejected++;
        errors.OnPayload(record.Error, record.Payload, EventTime.MinValue, Position.Of(number, record.Offset));
        return true;
    }

    /// <summary>The next row is bad: its time, or the watermark after it, could not be told.</summary>
    private void RejectRow(ref Exception? thrown, long time)
    {
        Exception error = thrown!;
        thrown = null;
        int row = _row++;
        _rejected++;
        if (_isRefused)
            errors.OnRefused(error, _buffer.Rows[row], time, PositionOf(row));
        else
            errors.OnRow(error, _buffer.Rows[row], time, PositionOf(row));
        _isRefused = false;
        TakeDeclared();
    }

    /// <summary>Takes what the source declared before the next row.</summary>
    private void TakeDeclared()
    {
        if (_declared == _buffer.Declared.Count || _watermark is null)
            return;
        while (_declared < _buffer.Declared.Count && _buffer.Declared[_declared].BeforeRow <= _row)
        {
            long declared = _buffer.Declared[_declared++].Watermark;
            _watermark.Declare(declared);
            Raise(_quiet.OnDeclared(declared, _buffer.Count > 0, _watermark.Value));
        }

        if (_watermark.Value >= _stopAt)
            EmittedWatermark = _watermark.Value;
    }

    /// <summary>Event time has gone on without a row.</summary>
    private void Raise(long reached)
    {
        if (reached <= _watermark!.Value)
            return;
        _watermark.GoOn(_wentOnTo = reached);
        if (reached >= _stopAt)
            EmittedWatermark = reached;
    }

    private long PositionOf(int row) => Position.Of(number, _buffer.OffsetOf(row));

    private void AssignTimes()
    {
        int count = Math.Min(Chunk<T>.Size, _buffer.Count - _timed);
        ReadOnlySpan<T> rows = _buffer.Rows.Slice(_timed, count);
        Span<long> times = _times.AsSpan(_timed, count);
        int good = count;
        if (eventTimes is null)
        {
            times.Fill(EventTime.MinValue);
        }
        else if (eventTimes.IsCarried)
        {
            // Judged where they were assigned: here they are taken as they are, also those of results whose window ends far ahead.
            _buffer.Times.Slice(_timed, count).CopyTo(times);
        }
        else
        {
            good = eventTimes.Assign(rows, times, out _badRow);
        }

        if (_maxAhead is not null || _leaps is not null)
            good = Guard(times[..good]);

        if (withPositions)
        {
            for (int row = _timed; row < _timed + good; row++)
                _positions[row] = PositionOf(row);
        }

        _timed += good;
    }

    /// <summary>A row from far ahead of the clock would complete every window: it ends here, as a dead letter, and never the job.</summary>
    /// <returns>How many rows come before it.</returns>
    private int Guard(ReadOnlySpan<long> times)
    {
        long maximum = TimeColumn.Scan(times).Maximum;
        _mayLeap = _leaps is not null && _leaps.Concerns(maximum, _watermark!.MaxTime);
        if (_maxAhead is not { } ahead)
            return times.Length;
        long limit = EventTime.AddSaturated(options.Clock.GetUtcNow().ToMicros(), ahead);
        if (maximum <= limit)
            return times.Length;
        int row = 0;
        while (times[row] <= limit)
            row++;
        _badRow = new SourceException(
            $"the event time {EventTime.Format(times[row])} is more than {TimeSpan.FromMicroseconds(ahead)} ahead of the clock " +
            $"({nameof(JobOptions)}.{nameof(JobOptions.MaxEventTimeAhead)}).");
        _isRefused = true;
        return row;
    }

    private void TellLeap(int row)
    {
        if (_isLeapTold)
            return;
        _isLeapTold = true;
        options.Tell(new JobNotice(_context!.Pipeline, JobNoticeKind.EventTimeLeap,
            $"Pipeline '{_context.Pipeline}', source '{_context.Operator}', partition '{Name}', offset {_buffer.OffsetOf(row)}: the event time {EventTime.Format(_times[row])} is more than " +
            $"{options.MaxEventTimeLeap} ahead of every row before it (the latest: {EventTime.Format(_watermark!.MaxTime)}). The row is processed, and the watermark does not follow it unless the next " +
            $"row is as far ahead ({nameof(JobOptions)}.{nameof(JobOptions.MaxEventTimeLeap)}). Further ones are counted, not told.",
                null));
    }

    private void Push(Receiver<T> output)
    {
        // Rejected records and declared watermarks keep their place among the rows.
        int end = _reported < _buffer.Rejected.Count ? Math.Min(_timed, _buffer.Rejected[_reported].BeforeRow) : _timed;
        if (_declared < _buffer.Declared.Count)
            end = Math.Min(end, Math.Max(_row + 1, _buffer.Declared[_declared].BeforeRow));
        int start = _row;
        long before = EmittedWatermark;
        bool isFollowed = true;
        if (_mayLeap)
        {
            int followed = _leaps!.Follow(_times.AsSpan(start, end - start), _watermark!.MaxTime);
            isFollowed = followed > 0;
            end = start + Math.Max(1, followed);
            if (!isFollowed)
                TellLeap(start);
        }

        ReadOnlySpan<T> rows = _buffer.Rows[start..end];
        ReadOnlySpan<long> times = _times.AsSpan(start, end - start);
        int count = _watermark is null || !isFollowed ? rows.Length : Advance(_watermark, rows, times);
        _row += count;
        _rows += count;
        if (_watermark is not null && _watermark.Value >= _stopAt)
            EmittedWatermark = _watermark.Value;
        if (count > 0)
        {
            output.OnChunk(new Chunk<T>(rows[..count], times[..count], withPositions ? _positions.AsSpan(start, count) : default)
            {
                SourceWatermark = withSourceWatermark ? before : EventTime.MinValue,
            });
        }

        TakeDeclared();
    }

    private int Advance(PartitionWatermark<T> watermark, ReadOnlySpan<T> rows, ReadOnlySpan<long> times)
    {
        if (_wentOnTo < watermark.Value)
            return watermark.Advance(rows, times, _stopAt, out _badWatermark);

        // The watermark stands where the silence has taken it: what comes behind it is late because of that.
        long before = watermark.Late;
        int count = watermark.Advance(rows, times, _stopAt, out _badWatermark);
        Volatile.Write(ref _lateAfterQuiet, _lateAfterQuiet + watermark.Late - before);
        return count;
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
