namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>Rows on their way between a job and an Akka.Streams graph, in order and bounded: one side writes, one side reads, each on a
/// thread of its own.</summary>
/// <remarks>
/// No lock: each side owns one counter and looks at the other's. Whoever has nothing to do leaves a call behind that wakes it, and looks
/// once more; whoever did something for the other tells it, and looks for such a call afterwards. A full fence between the two makes sure
/// that one of them sees the other. Elements come and go one by one, but what is told costs the other side's cache: a side tells what it
/// did once for many (<see cref="TellWritten"/>, <see cref="TellRead"/>).
/// </remarks>
/// <param name="capacityRows">Rows that were written and not read at most.</param>
internal sealed class RowRing<T>(int capacityRows)
{
    private readonly T[] _rows = new T[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacityRows)];
    private RingSide _writer;
    private RingSide _reader;
    private volatile bool _isAsked;

    private Action? _wakeReader;
    private Action? _wakeWriter;
    private volatile RingNeed _writerNeeds;
    private volatile End? _end;
    private volatile Closing? _closing;
    private Action? _onClosed;
    private Action? _onEnded;

    /// <summary>Rows that were written and not read at most.</summary>
    public int CapacityRows => capacityRows;

    /// <summary>Why the reader wants no more; null: it gave no reason, or is not closed.</summary>
    public Exception? ClosedBy => _closing?.Cause;

    /// <summary>The reader wants no more.</summary>
    public bool IsClosed => _closing is not null;

    /// <summary>The writer has said that no more rows come.</summary>
    public bool IsEnded => _end is not null;

    /// <summary>Writes a row, which is not told yet. For the writer.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryWrite(T row)
    {
        if (!HasRoom)
            return false;
        _rows[_writer.At++ & (_rows.Length - 1)] = row;
        return true;
    }

    /// <summary>Writes as many rows as there is room for; they are not told yet. For the writer.</summary>
    /// <returns>How many.</returns>
    public int Write(ReadOnlySpan<T> rows)
    {
        if (capacityRows - (_writer.At - _writer.Seen) < rows.Length)
            _writer.Look(in _reader);
        int count = (int)Math.Min(rows.Length, capacityRows - (_writer.At - _writer.Seen));
        int at = (int)(_writer.At & (_rows.Length - 1)), first = Math.Min(count, _rows.Length - at);
        rows[..first].CopyTo(_rows.AsSpan(at));
        rows[first..count].CopyTo(_rows);
        _writer.At += count;
        return count;
    }

    /// <summary>Whether there is room for a row. For the writer.</summary>
    public bool HasRoom => _writer.At - _writer.Seen < capacityRows || _writer.At - _writer.Look(in _reader) < capacityRows;

    /// <summary>After rows were written: tells them, and wakes the reader if it waits. For the writer.</summary>
    public void TellWritten()
    {
        _writer.Tell();
        Interlocked.MemoryBarrier();
        if (_wakeReader is not null)
            Interlocked.Exchange(ref _wakeReader, null)?.Invoke();
    }

    /// <summary>No more rows come. For the writer; a second call changes nothing.</summary>
    /// <param name="error">Why; null: because all are written.</param>
    public void EndWith(Exception? error)
    {
        _writer.Tell();
        _end ??= new End(error);
        Interlocked.MemoryBarrier();
        Interlocked.Exchange(ref _onEnded, null)?.Invoke();
        TellWritten();
    }

    /// <summary>Tells what was written, and leaves a call that is made once when the ring is as the writer needs it, or is closed; now, if
    /// it is. For the writer.</summary>
    public void WaitFor(RingNeed need, Action wake)
    {
        TellWritten();
        _writerNeeds = need;
        Volatile.Write(ref _wakeWriter, wake);
        Interlocked.MemoryBarrier();
        if (IsAs(need) || IsClosed)
            Interlocked.Exchange(ref _wakeWriter, null)?.Invoke();
    }

    /// <summary>Called once when the reader closes the ring; now, if it has. For the writer.</summary>
    public void OnClosed(Action closed)
    {
        Volatile.Write(ref _onClosed, closed);
        Interlocked.MemoryBarrier();
        if (IsClosed)
            Interlocked.Exchange(ref _onClosed, null)?.Invoke();
    }

    /// <summary>Whether the ring is as the writer needs it.</summary>
    public bool IsAs(RingNeed need)
    {
        long waiting = _writer.Told - _reader.Told;
        return need switch
        {
            RingNeed.Room => waiting <= capacityRows / 2,
            RingNeed.AllRead => waiting == 0,
            _ => waiting == 0 && _isAsked,
        };
    }

    /// <summary>The next rows, as far as they lie side by side. For the reader.</summary>
    public ReadOnlySpan<T> Peek(int most)
    {
        long count = _reader.Look(in _writer) - _reader.At;
        int at = (int)(_reader.At & (_rows.Length - 1));
        return _rows.AsSpan(at, (int)Math.Min(Math.Min(count, most), _rows.Length - at));
    }

    /// <summary>Takes away rows that <see cref="Peek"/> has shown. For the reader.</summary>
    public void Advance(int count)
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _rows.AsSpan((int)(_reader.At & (_rows.Length - 1)), count).Clear();
        IsAnswered();
        _reader.At += count;
    }

    /// <summary>Takes the next row. For the reader.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T row)
    {
        if (!HasRows)
        {
            row = default;
            return false;
        }

        ref T slot = ref _rows[_reader.At & (_rows.Length - 1)];
        row = slot;
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            slot = default!;
        IsAnswered();
        _reader.At++;
        return true;
    }

    /// <summary>Whether there are rows to read. For the reader.</summary>
    public bool HasRows => _reader.At != _reader.Seen || _reader.At != _reader.Look(in _writer);

    /// <summary>Whether all rows there will ever be were read, or the writer has failed: a failure overtakes rows. For the
    /// reader.</summary>
    /// <param name="error">Why the writer ended; null: because all are written.</param>
    public bool IsOver(out Exception? error)
    {
        End? end = _end;
        error = end?.Error;
        return end is not null && (end.Error is not null || !HasRows);
    }

    /// <summary>After rows were read, and what reads them has them: tells so, unless there are more to read and a quarter of the ring was
    /// not read since it was told last; wakes the writer if the ring is as it needs it. For the reader.</summary>
    public void TellRead()
    {
        if (_reader.At != _reader.Seen && _reader.At - _reader.Told < capacityRows / 4)
            return;
        _reader.Tell();
        WakeWriter();
    }

    /// <summary>The reader asks for a row, and there is none. For the reader.</summary>
    public void Ask()
    {
        _reader.Tell();
        _isAsked = true;
        WakeWriter();
    }

    /// <summary>Leaves a call that is made once when there are rows, or when none come any more; now, if so. For the reader.</summary>
    public void WaitForRows(Action wake)
    {
        Volatile.Write(ref _wakeReader, wake);
        Interlocked.MemoryBarrier();
        if (HasRows || _end is not null)
            Interlocked.Exchange(ref _wakeReader, null)?.Invoke();
    }

    /// <summary>Called once when the writer ends; now, if it has. A reader that has rows and is not asked for them waits for none, and
    /// hears of a failure so. For the reader.</summary>
    public void OnEnded(Action ended)
    {
        Volatile.Write(ref _onEnded, ended);
        Interlocked.MemoryBarrier();
        if (IsEnded)
            Interlocked.Exchange(ref _onEnded, null)?.Invoke();
    }

    /// <summary>The reader wants no more. For the reader; a second call changes nothing.</summary>
    /// <param name="cause">Why; null: it has enough.</param>
    public void Close(Exception? cause = null)
    {
        _closing ??= new Closing(cause);
        Interlocked.MemoryBarrier();
        Interlocked.Exchange(ref _onClosed, null)?.Invoke();
        WakeWriter();
    }

    private void IsAnswered()
    {
        if (_isAsked)
            _isAsked = false;
    }

    private void WakeWriter()
    {
        Interlocked.MemoryBarrier();
        if (_wakeWriter is not null && (IsAs(_writerNeeds) || IsClosed))
            Interlocked.Exchange(ref _wakeWriter, null)?.Invoke();
    }

    private sealed record End(Exception? Error);

    private sealed record Closing(Exception? Cause);
}

/// <summary>What the writer of a ring waits for.</summary>
internal enum RingNeed
{
    /// <summary>Half of the ring is free: who waited for a single row's room would be woken for each.</summary>
    Room,

    /// <summary>All rows were read.</summary>
    AllRead,

    /// <summary>All rows were read, and the reader asks for another: what it has read it is done with.</summary>
    Asked,
}
