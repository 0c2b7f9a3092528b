using ActorStreams.Core.Exchange;

namespace ActorStreams.Connectors.Log.Runtime;

/// <summary>Reads one partition of a topic: some megabytes at a time from the store, a buffer of rows at a time from those.</summary>
internal sealed class TopicReader<T> : SourceReader<T>
{
    private readonly TopicPlace _place;
    private readonly TopicCodecs<T> _codecs;
    private readonly Queue<TopicEntry> _fetched = new();
    private readonly TimeSpan _pollInterval;
    private readonly TimeProvider _clock;
    private readonly bool _waitsForWriters;
    private readonly ITimer _timer;
    private readonly IDisposable _appended;
    private readonly long? _end;
    private readonly TopicRange? _available;
    private readonly byte[]? _state;
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T[] _rows = [];
    private long[] _times = [];
    private long _next;
    private long _declared = EventTime.MinValue;
    private volatile bool _isUnreachable;
    private volatile string? _waitsFor;

    // The entry whose rows are being given.
    private TopicEntry _entry;
    private Codec<T>? _codec;
    private int _record, _records, _rowByte;

    /// <param name="place">The partition.</param>
    /// <param name="codecs">Reads its rows.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where the source ends, in every run.</param>
    /// <param name="available">What is there to be read in this run; null: whatever comes.</param>
    /// <param name="clock">The job's clock.</param>
    /// <param name="pollInterval">How often to ask for more.</param>
    /// <param name="waitsForWriters">Whether event time stands still while no writer is there.</param>
    public TopicReader(TopicPlace place, TopicCodecs<T> codecs, long start, long? end, TopicRange? available, TimeProvider clock,
        TimeSpan pollInterval, bool waitsForWriters)
    {
        (_place, _codecs, _next, _available, _pollInterval) = (place, codecs, start, available, pollInterval);
        _end = available is { } range ? Math.Min(end ?? long.MaxValue, Math.Max(start, range.Next)) : end;
        (_clock, _waitsForWriters) = (clock, waitsForWriters);
        _state = end is { } value ? BitConverter.GetBytes(value) : null;
        _appended = place.Log.OnAppended(place.Topic, Wake);
        _timer = clock.CreateTimer(static self => ((TopicReader<T>)self!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override SourceOffset Offset => new(_next, _state);

    public override bool IsUpToDate => !_isUnreachable;

    internal override string? WaitsFor => _waitsFor;

    public override ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        if (_record == _records)
            return ReadNextAsync(buffer, cancellation);
        Give(buffer);
        return new ValueTask<bool>(true);
    }

    public override async ValueTask DisposeAsync()
    {
        _appended.Dispose();
        await _timer.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<bool> ReadNextAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            if (_fetched.TryDequeue(out TopicEntry entry))
            {
                if (_end <= entry.Offset)
                {
                    End();
                    return TellAvailable(buffer);
                }

                await OpenAsync(entry, cancellation);
                if (_record == _records)
                {
                    // Only a watermark: what producers had reached before the rows that follow.
                    if (entry.Records > 0 || entry.Watermark <= _declared)
                        continue;
                    Declare(buffer, entry.Watermark);
                    return true;
                }

                Give(buffer);
                return true;
            }

            if (_end <= _next)
                return TellAvailable(buffer);
            _isUnreachable = false;
            try
            {
                if (await FetchAsync(buffer, cancellation))
                    continue;
                if (buffer.HasDeclared)
                    return true;
            }
            catch (StoreException error) when (error.IsTransient)
            {
                _isUnreachable = true;   // nothing was read: it is asked again later
            }

            if (_isUnreachable || !(_end <= _next))
                await WaitAsync(cancellation);
        }
    }

    /// <returns>Whether there are entries; if not, the watermark may have been declared, and what was woken for has been looked
    /// for.</returns>
    private async ValueTask<bool> FetchAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        if (_wake.Task.IsCompleted)
            Volatile.Write(ref _wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        TopicRange range = await _place.RangeAsync(cancellation);
        _place.CheckRetained(_next, range);
        IReadOnlyList<TopicEntry> entries = await _place.ReadAsync(_next, cancellation);
        if (entries.Count > 0)
        {
            if (entries[0].Offset > _next)
                // retention may have gone on meanwhile: that is told as what it is
                _place.CheckRetained(_next, await _place.RangeAsync(cancellation));
            _place.CheckWhole(_next, entries, range);
            foreach (TopicEntry entry in entries)
                _fetched.Enqueue(entry);
            return true;
        }

        // The range was asked first: up to its end there is nothing, and must be nothing, unless retention has gone on meanwhile.
        if (_next < range.Next)
            _place.CheckRetained(_next, await _place.RangeAsync(cancellation));
        _place.CheckNothing(_next, range);
        _next = Math.Max(_next, range.Next);
        if (_end is not null || range.Next != _next)
            return false;
        _waitsFor = range.Producers?.Holder is { } holder
            ? $"writer '{holder.Producer}' of topic '{_place.Topic}'" +
                (holder.Until == EventTime.MaxValue ? ""
                : $", which counts as gone if it is not heard of until {EventTime.Format(holder.Until)}")
            : _waitsForWriters ? $"a writer of topic '{_place.Topic}'" : null;
        long reached = _waitsForWriters ? range.Watermark
            : range.Producers?.WatermarkAt(_clock.GetUtcNow().ToMicros(), TopicProducers.ReadersTrail) ?? range.Watermark;
        if (reached > _declared)
            Declare(buffer, reached);
        return false;
    }

    private async ValueTask WaitAsync(CancellationToken cancellation)
    {
        _timer.Change(_pollInterval, Timeout.InfiniteTimeSpan);
        await Cancellation.WakenAsync(_wake, cancellation);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Wake() => Volatile.Read(ref _wake).TrySetResult();

    private void End()
    {
        _next = _end!.Value;
        _fetched.Clear();
    }

    /// <summary>At the end of what is available the partition is as far as it was when that was noted.</summary>
    /// <returns>Whether that was not known yet; if it was, there is nothing more in this run.</returns>
    private bool TellAvailable(SourceBuffer<T> buffer)
    {
        if (_available is not { } range || range.Next != _next || range.Watermark <= _declared)
            return false;
        Declare(buffer, range.Watermark);
        return true;
    }

    /// <summary>Turns to an entry, at the first of its records not before the reader's place.</summary>
    private async ValueTask OpenAsync(TopicEntry entry, CancellationToken cancellation)
    {
        _codec = await _codecs.OfAsync(entry.Schema, cancellation);
        try
        {
            (_entry, _record, _rowByte) = (entry, 0, 0);
            var records = new TopicRecords(entry.Payload.Span);
            _records = records.Count;
            var reader = new BlobReader(records.Rows);
            while (_record < _records && entry.Offset + records.OffsetOf(_record) < _next)
            {
                _codec.Read(ref reader);
                _record++;
            }

            _rowByte = records.Rows.Length - reader.Remaining;
        }
        catch (CodecException error)
        {
            throw _place.Unreadable(entry.Offset + _record, error);
        }

        if (_record == _records)
            _next = Math.Max(_next, entry.NextOffset);
    }

    private void Give(SourceBuffer<T> buffer)
    {
        if (_rows.Length < buffer.Capacity)
            (_rows, _times) = (new T[buffer.Capacity], new long[buffer.Capacity]);
        var records = new TopicRecords(_entry.Payload.Span);
        int first = _record, count = Math.Min(buffer.Capacity, _records - first);
        Decode(records.Rows[_rowByte..], count, first);
        records.TimesOf(first, _times.AsSpan(0, count));
        if (records.IsDense)
        {
            buffer.Use(_rows, _times, 0, count, _entry.Offset + first);
        }
        else
        {
            for (int row = 0; row < count; row++)
                buffer.Add(_rows[row], _entry.Offset + records.OffsetOf(first + row), _times[row]);
        }

        _record = first + count;
        _next = _record == _records ? _entry.NextOffset : _entry.Offset + records.OffsetOf(_record);
        if (_record == _records && _entry.Watermark > _declared)
            Declare(buffer, _entry.Watermark);
    }

    private void Decode(ReadOnlySpan<byte> bytes, int count, int first)
    {
        var reader = new BlobReader(bytes);
        Codec<T> codec = _codec!;
        int row = 0;
        try
        {
            for (; row < count; row++)
                _rows[row] = codec.Read(ref reader);
        }
        catch (CodecException error)
        {
            throw _place.Unreadable(_entry.Offset + first + row, error);
        }

        _rowByte += bytes.Length - reader.Remaining;
    }

    private void Declare(SourceBuffer<T> buffer, long watermark)
    {
        _declared = watermark;
        buffer.DeclareWatermark(watermark);
    }
}
