namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>Rows on their way between a job and an Akka.Streams graph, in order and bounded: one side writes, one side reads, each on a
/// thread of its own.</summary>
/// <remarks>
/// No lock: each side owns one counter and looks at the other's. Whoever has nothing to do leaves a call behind that wakes it, and looks
/// once more; whoever did something for the other looks for such a call afterwards. A full fence between the two makes sure that one of
/// them sees the other.
/// </remarks>
/// <param name="capacityRows">Rows that were written and not read at most.</param>
internal sealed class RowRing<T>(int capacityRows)
{
    private readonly T[] _rows = new T[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacityRows)];

    // of the writer
    private long _written;
    private long _readSeen;

    // of the reader
    private long _read;
    private long _writtenSeen;
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

    /// <summary>Writes a row. For the writer.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryWrite(T row)
    {
        if (!HasRoom)
            return false;
        _rows[_written & (_rows.Length - 1)] = row;
        Volatile.Write(ref _written, _written + 1);
        return true;
    }

    /// <summary>Writes as many rows as there is room for. For the writer.</summary>
    /// <returns>How many.</returns>
    public int Write(ReadOnlySpan<T> rows)
    {
        if (capacityRows - (_written - _readSeen) < rows.Length)
            _readSeen = Volatile.Read(ref _read);
        int count = (int)Math.Min(rows.Length, capacityRows - (_written - _readSeen));
        int at = (int)(_written & (_rows.Length - 1)), first = Math.Min(count, _rows.Length - at);
        rows[..first].CopyTo(_rows.AsSpan(at));
        rows[first..count].CopyTo(_rows);
        Volatile.Write(ref _written, _written + count);
        return count;
    }

    /// <summary>Whether there is room for a row. For the writer.</summary>
    public bool HasRoom => _written - _readSeen < capacityRows || _written - (_readSeen = Volatile.Read(ref _read)) < capacityRows;

    /// <summary>After rows were written: wakes the reader if it waits. For the writer.</summary>
    public void WakeReader()
    {
        Interlocked.MemoryBarrier();
        if (_wakeReader is not null)
            Interlocked.Exchange(ref _wakeReader, null)?.Invoke();
    }

    /// <summary>No more rows come. For the writer; a second call changes nothing.</summary>
    /// <param name="error">Why; null: because all are written.</param>
    public void EndWith(Exception? error)
    {
        _end ??= new End(error);
        Interlocked.MemoryBarrier();
        Interlocked.Exchange(ref _onEnded, null)?.Invoke();
        WakeReader();
    }

    /// <summary>Leaves a call that is made once when the ring is as the writer needs it, or is closed; now, if it is. For the
    /// writer.</summary>
    public void WaitFor(RingNeed need, Action wake)
    {
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
        long waiting = Volatile.Read(ref _written) - Volatile.Read(ref _read);
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
        long count = (_writtenSeen = Volatile.Read(ref _written)) - _read;
        int at = (int)(_read & (_rows.Length - 1));
        return _rows.AsSpan(at, (int)Math.Min(Math.Min(count, most), _rows.Length - at));
    }

    /// <summary>Takes away rows that <see cref="Peek"/> has shown. For the reader.</summary>
    public void Advance(int count)
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _rows.AsSpan((int)(_read & (_rows.Length - 1)), count).Clear();
        _isAsked = false;
        Volatile.Write(ref _read, _read + count);
    }

    /// <summary>Takes the next row. For the reader.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T row)
    {
        if (_read == _writtenSeen && _read == (_writtenSeen = Volatile.Read(ref _written)))
        {
            row = default;
            return false;
        }

        ref T slot = ref _rows[_read & (_rows.Length - 1)];
        row = slot;
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            slot = default!;
        _isAsked = false;
        Volatile.Write(ref _read, _read + 1);
        return true;
    }

    /// <summary>Whether there are rows to read. For the reader.</summary>
    public bool HasRows => _read != Volatile.Read(ref _written);

    /// <summary>Whether all rows there will ever be were read, or the writer has failed: a failure overtakes rows. For the
    /// reader.</summary>
    /// <param name="error">Why the writer ended; null: because all are written.</param>
    public bool IsOver(out Exception? error)
    {
        End? end = _end;
        error = end?.Error;
        return end is not null && (end.Error is not null || _read == Volatile.Read(ref _written));
    }

    /// <summary>After rows were read: wakes the writer if the ring is as it needs it. For the reader.</summary>
    public void WakeWriter()
    {
        Interlocked.MemoryBarrier();
        if (_wakeWriter is not null && (IsAs(_writerNeeds) || IsClosed))
            Interlocked.Exchange(ref _wakeWriter, null)?.Invoke();
    }

    /// <summary>The reader asks for a row, and there is none. For the reader.</summary>
    public void Ask()
    {
        _isAsked = true;
        WakeWriter();
    }

    /// <summary>Leaves a call that is made once when there are rows, or when none come any more; now, if so. For the reader.</summary>
    public void WaitForRows(Action wake)
    {
        Volatile.Write(ref _wakeReader, wake);
        Interlocked.MemoryBarrier();
        if (_read != Volatile.Read(ref _written) || _end is not null)
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
