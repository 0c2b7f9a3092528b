using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Actors;

/// <summary>Reads one partition, gives its rows event times, and cuts the stream where the watermark moves.</summary>
/// <remarks>
/// The watermark moves after every row, but is emitted only where that can matter to an operator downstream: when it passes a multiple of
/// <paramref name="granularity"/>, the greatest common divisor of all their boundaries. Which rows come before and after it is the same as if it were
/// emitted after every row.
/// </remarks>
internal sealed class PartitionReader<T>(
    string name, int number, EventTimes<T>? eventTimes, long granularity, long? maxAhead, bool withPositions, int capacityRows, OperatorErrors errors, TimeProvider clock)
{
    private readonly SourceBuffer<T> _buffer = new(capacityRows);
    private readonly long[] _times = new long[capacityRows];
    private readonly long[] _positions = withPositions ? new long[capacityRows] : [];
    private readonly long _bound = (eventTimes?.Strategy as BoundedOutOfOrderness)?.Bound ?? 0;
    private readonly Func<T, DateTimeOffset?>? _punctuation = (eventTimes?.Strategy as PunctuatedWatermarks<T>)?.WatermarkOf;
    private readonly long _idleAfter = eventTimes?.Strategy.IdleAfter?.ToMicros() ?? EventTime.MaxValue;
    private SourceReader<T>? _reader;
    private CancellationToken _closing;
    private Mailbox? _mailbox;
    private Task<bool>? _reading;
    private SourceOffset _bufferStart;
    private bool _isReplayable;
    private int _skip;
    private int _row;
    private int _timed;
    private int _reported;
    private Exception? _badRow;
    private long _maxTime = EventTime.MinValue;
    private long _watermark = EventTime.MinValue;
    private long _rows;
    private long _late;
    private long _rejected;

    public string Name { get; } = name;

    public bool IsEnded { get; private set; }

    public bool IsIdle { get; private set; }

    /// <summary>The watermark as operators may see it.</summary>
    public long EmittedWatermark { get; private set; } = EventTime.MinValue;

    /// <summary>When the partition will have been silent for too long; never while it has rows.</summary>
    public long IdleAt { get; private set; } = EventTime.MaxValue;

    /// <summary>What it has counted; may be asked from any thread.</summary>
    public Jobs.SourceMetrics Metrics => new(Volatile.Read(ref _rows), Volatile.Read(ref _late), Volatile.Read(ref _rejected));

    /// <summary>Whether rows of the last read are still to be pushed.</summary>
    public bool HasRows => _reading is null && (_row < _buffer.Count || _reported < _buffer.Rejected.Count);

    public async ValueTask OpenAsync(
        Source<T> source, PartitionManifest? from, SourceContext context, Mailbox mailbox, CancellationToken closing, CancellationToken cancellation)
    {
        (_mailbox, _closing, _isReplayable) = (mailbox, closing, source.Guarantee == SourceGuarantee.Replayable);
        SourceOffset? offset = null;
        if (from is not null)
        {
            offset = new SourceOffset(from.Offset, from.State);
            _bufferStart = offset.Value;
            _skip = _isReplayable ? from.Skip : 0;
            (_maxTime, _watermark, _rows, _late, _rejected) = (from.MaxTime, from.Watermark, from.Rows, from.Late, from.Rejected);
            EmittedWatermark = from.EmittedWatermark ?? _watermark;
            if (from.IsEnded)
            {
                IsEnded = true;
                EmittedWatermark = EventTime.MaxValue;
                return;
            }
        }

        _reader = await source.OpenAsync(Name, offset, context, cancellation);
        _bufferStart = _reader.Offset;
    }

    /// <summary>Pushes the rows of a read, up to the next watermark, or takes or starts a read.</summary>
    public bool Step(Receiver<T> output, ActorContext context)
    {
        if (IsEnded)
            return false;
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
        if (_row < _timed)
        {
            Push(output);
            return true;
        }

        if (_badRow is not null)
        {
            Exception error = _badRow;
            _badRow = null;
            int row = _row++;
            _timed++;
            _rejected++;
            errors.OnRow(error, _buffer.Rows[row], EventTime.MinValue, PositionOf(row));
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
            (IsIdle, IdleAt) = (true, EventTime.MaxValue);
    }

    public PartitionManifest Checkpoint()
    {
        (SourceOffset offset, int skip) = Place();
        return new PartitionManifest
        {
            Offset = offset.Value,
            State = offset.State,
#if !MUTANT_NO_SKIP
            Skip = skip,
#endif
            MaxTime = _maxTime,
            Watermark = _watermark,
            EmittedWatermark = EmittedWatermark,
            Rows = _rows,
            Late = _late,
            Rejected = _rejected,
            IsEnded = IsEnded,
        };
    }

    public ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation) =>
        _reader?.CommittedAsync(offset, cancellation) ?? ValueTask.CompletedTask;

    public async ValueTask CloseAsync()
    {
        if (_reading is not null)
        {
            // A read still under way is cancelled by now; how it ends says nothing any more.
            await _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
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
        if (_reading is null)
        {
            if (_buffer.Count > 0 || _buffer.Rejected.Count > 0)
            {
                _bufferStart = _reader!.Offset;
                _buffer.Clear();
                (_row, _timed, _reported) = (0, 0, 0);
            }

            ValueTask<bool> read = _reader!.ReadAsync(_buffer, _closing);
            if (!read.IsCompleted)
            {
                _reading = read.AsTask();
                _reading.GetAwaiter().OnCompleted(_mailbox!.Wake);
                if (_idleAfter != EventTime.MaxValue && !IsIdle)
                    IdleAt = clock.GetUtcNow().ToMicros() + _idleAfter;
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

    private void OnRead(bool isMore)
    {
        (IsIdle, IdleAt) = (false, EventTime.MaxValue);
        if (!isMore)
        {
            IsEnded = true;
            EmittedWatermark = EventTime.MaxValue;
            _bufferStart = _reader!.Offset;
            return;
        }

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
        else
        {
            good = eventTimes.Assign(rows, times, out _badRow);
            good = CutAtFarFuture(times[..good]);
        }

        if (withPositions)
        {
            for (int row = _timed; row < _timed + good; row++)
                _positions[row] = PositionOf(row);
        }

        _timed += good;
    }

    /// <summary>A row from far ahead of the clock is a bad row: it would complete every window.</summary>
    private int CutAtFarFuture(ReadOnlySpan<long> times)
    {
        if (maxAhead is not { } ahead)
            return times.Length;
        long limit = EventTime.AddSaturated(clock.GetUtcNow().ToMicros(), ahead);
        if (TimeColumn.Scan(times).Maximum <= limit)
            return times.Length;
        int row = 0;
        while (times[row] <= limit)
            row++;
        _badRow = new ArgumentOutOfRangeException(nameof(times), EventTime.Format(times[row]),
            $"The event time is more than {TimeSpan.FromMicroseconds(ahead)} ahead of the clock ({nameof(Jobs.JobOptions)}.{nameof(Jobs.JobOptions.MaxEventTimeAhead)}).");
        return row;
    }

    private void Push(Receiver<T> output)
    {
        // Rejected records keep their place among the rows.
        int end = _reported < _buffer.Rejected.Count ? Math.Min(_timed, _buffer.Rejected[_reported].BeforeRow) : _timed;
        int count = eventTimes is null ? end - _row : CountToWatermark(_times.AsSpan(_row, end - _row));
        int start = _row;
        _row += count;
        _rows += count;
        output.OnChunk(new Chunk<T>(
            _buffer.Rows.Slice(start, count), _times.AsSpan(start, count), withPositions ? _positions.AsSpan(start, count) : default));
    }

    /// <summary>Advances the watermark over the rows, up to and with the first after which it must be emitted.</summary>
    private int CountToWatermark(ReadOnlySpan<long> times)
    {
        if (_punctuation is null && times.Length > 1)
        {
            (long minimum, long maximum, bool isSorted) = TimeColumn.Scan(times);
            long highest = Math.Max(_maxTime, maximum);
            long after = EventTime.AddSaturated(highest, -_bound);
            bool noneLate = minimum >= after || (isSorted && minimum >= _watermark);
            if (noneLate && !MustEmit(after))
            {
                (_maxTime, _watermark) = (highest, Math.Max(_watermark, after));
                return times.Length;
            }
        }

        for (int row = 0; row < times.Length; row++)
        {
            long time = times[row];
            if (time < _watermark)
                _late++;
            _maxTime = Math.Max(_maxTime, time);
            long next = _punctuation is null
                ? EventTime.AddSaturated(_maxTime, -_bound)
                : PunctuationOf(_row + row, time);
            if (next <= _watermark)
                continue;
            _watermark = next;
            if (!MustEmit(next))
                continue;
            EmittedWatermark = next;
            return row + 1;
        }

        return times.Length;
    }

    /// <summary>The watermark that a row carries. If the user's function throws the job fails, whatever the policy: where the row belongs would not be known.</summary>
    private long PunctuationOf(int row, long time)
    {
        try
        {
            return _punctuation!(_buffer.Rows[row])?.ToMicros() ?? EventTime.MinValue;
        }
        catch (Exception error)
        {
            throw errors.Failure(error, _buffer.Rows[row], time, PositionOf(row));
        }
    }

    private bool MustEmit(long watermark) => watermark > EmittedWatermark
        && (granularity == 1 || EmittedWatermark == EventTime.MinValue
            || EventTime.FloorDiv(watermark, granularity) != EventTime.FloorDiv(EmittedWatermark, granularity));
}
