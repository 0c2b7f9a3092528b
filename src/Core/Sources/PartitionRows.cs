using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Sources;

/// <summary>The way of a partition's rows from a read to what comes next: each gets its event time, and chunks end where the watermark
/// moves. Rejected records and declared watermarks keep their place among the rows.</summary>
internal sealed class PartitionRows<T>
{
    private readonly string _name;
    private readonly int _number;
    private readonly bool _withSourceWatermark;
    private readonly OperatorErrors _errors;
    private readonly JobOptions _options;
    private readonly ReadCursor<T> _cursor;
    private readonly RowTimes<T> _times;
    private readonly PartitionProgress<T> _progress;
    private Exception? _badWatermark;
    private bool _isLeapTold;
    private long _rows;
    private long _rejected;

    public PartitionRows(string name, int number, EventTimes<T>? eventTimes, PartitionProgress<T> progress, bool withPositions,
        bool withSourceWatermark, OperatorErrors errors, JobOptions options)
    {
        (_name, _number, _progress, _errors, _options) = (name, number, progress, errors, options);
        _withSourceWatermark = withSourceWatermark;
        Buffer = new SourceBuffer<T>(options.BatchRows);
        _cursor = new ReadCursor<T>(Buffer);
        _times = new RowTimes<T>(eventTimes, progress, withPositions ? number : null, options);
    }

    /// <summary>What was read.</summary>
    public SourceBuffer<T> Buffer { get; }

    /// <summary>Where the source runs; set before the first row.</summary>
    public SourceContext Context { get; set; } = null!;

    /// <inheritdoc cref="ReadCursor{T}.HasRows"/>
    public bool HasRows => _cursor.HasRows;

    /// <inheritdoc cref="ReadCursor{T}.Taken"/>
    public int Taken => _cursor.Taken;

    /// <inheritdoc cref="ReadCursor{T}.NextOffset"/>
    public long NextOffset => _cursor.NextOffset;

    /// <summary>Rows so far; may be asked from any thread, like the other counts.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>Rows and records that were rejected.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <inheritdoc cref="RowTimes{T}.Leaps"/>
    public long Leaps => _times.Leaps;

    public void Restore(PartitionManifest from)
    {
        (_rows, _rejected) = (from.Rows, from.Rejected);
        _times.Restore(from);
    }

    /// <summary>What is stored at a barrier, except where the partition goes on.</summary>
    public PartitionManifest Checkpoint() => _progress.Checkpoint() with
    {
        Rows = _rows,
        Rejected = _rejected,
        Leaps = _times.Leaps,
        HasLeapt = _times.HasLeapt,
    };

    /// <summary>Makes room for the next read.</summary>
    /// <returns>Whether the last one brought anything.</returns>
    public bool StartAnew()
    {
        if (_cursor.IsEmpty)
            return false;
        _cursor.StartAnew();
        return true;
    }

    /// <summary>A read is done.</summary>
    /// <param name="skip">How many rows and rejected records the committed epoch holds already.</param>
    /// <returns>How many of them are in the reads that follow.</returns>
    public int Begin(int skip)
    {
        skip = _cursor.Skip(skip);
        TakeDeclared();
        return skip;
    }

    /// <summary>Does one thing: pushes up to a chunk of rows, or gives times to as many.</summary>
    /// <returns>False if nothing is left to be done.</returns>
    public bool Step(Receiver<T> output)
    {
        if (_cursor.TakeRejected() is { } record)
        {
            _rejected++;
            _errors.OnPayload(record.Error, record.Payload, EventTime.MinValue, Position.Of(_number, record.Offset));
            return true;
        }

        if (_badWatermark is { } error)
        {
            _badWatermark = null;
            RejectRow(new BadRow(error, IsRefused: false), _times.Of(_cursor.Row, _cursor.Row + 1)[0]);
            return true;
        }

        if (_cursor.Row < _cursor.Timed)
        {
            Push(output);
            return true;
        }

        if (_times.Bad is not null)
        {
            _cursor.Timed++;
            RejectRow(_times.TakeBad(), EventTime.MinValue);
            return true;
        }

        if (_cursor.Timed < Buffer.Count)
        {
            _cursor.Timed += _times.Assign(Buffer, _cursor.Timed);
            return true;
        }

        return false;
    }

    /// <summary>The next row is bad: its time, or the watermark after it, could not be told.</summary>
    private void RejectRow(BadRow bad, long time)
    {
        int row = _cursor.Row++;
        _rejected++;
        long position = Position.Of(_number, Buffer.OffsetOf(row));
        if (bad.IsRefused)
            _errors.OnRefused(bad.Error, Buffer.Rows[row], time, position);
        else
            _errors.OnRow(bad.Error, Buffer.Rows[row], time, position);
        TakeDeclared();
    }

    /// <summary>Takes what the source declared before the next row.</summary>
    private void TakeDeclared()
    {
        if (!_progress.HasEventTime)
            return;
        while (_cursor.TryTakeDeclared(out long declared))
            _progress.Declare(declared, Buffer.Count > 0);
        _progress.Emit();
    }

    private void Push(Receiver<T> output)
    {
        int start = _cursor.Row, end = _cursor.EndOfRun;
        long before = _progress.Emitted;
        int followed = _times.Follow(start, end);
        bool leaps = followed == 0;
        if (leaps)
            TellLeap(start);
        end = start + Math.Max(1, followed);
        ReadOnlySpan<T> rows = Buffer.Rows[start..end];
        ReadOnlySpan<long> times = _times.Of(start, end);
        int count = leaps || !_progress.HasEventTime ? rows.Length : _progress.Follow(rows, times, out _badWatermark);
        _cursor.Row += count;
        _rows += count;
        _progress.Emit();
        if (count > 0)
        {
            output.OnChunk(new Chunk<T>(rows[..count], times[..count], _times.PositionsOf(start, count))
            {
                SourceWatermark = _withSourceWatermark ? before : EventTime.MinValue,
            });
        }

        TakeDeclared();
    }

    private void TellLeap(int row)
    {
        if (_isLeapTold)
            return;
        _isLeapTold = true;
        _options.Tell(new JobNotice(Context.Pipeline, JobNoticeKind.EventTimeLeap,
            $"Pipeline '{Context.Pipeline}', source '{Context.Operator}', partition '{_name}', offset {Buffer.OffsetOf(row)}: the event time {EventTime.Format(_times.Of(row, row + 1)[0])} is more than " +
            $"{_options.MaxEventTimeLeap} ahead of every row before it (the latest: {EventTime.Format(_progress.MaxTime)}). The row is processed, and the watermark does not follow it unless the next " +
            $"row is as far ahead ({nameof(JobOptions)}.{nameof(JobOptions.MaxEventTimeLeap)}). Further ones are counted, not told.",
                null));
    }
}
