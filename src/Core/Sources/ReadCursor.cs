namespace ActorStreams.Core.Sources;

/// <summary>The place among the rows of a read, and among the rejected records and declared watermarks between them: these keep their
/// place among the rows.</summary>
/// <param name="buffer">What was read.</param>
internal sealed class ReadCursor<T>(SourceBuffer<T> buffer)
{
    private int _reported;
    private int _declared;

    /// <summary>The next row to be pushed.</summary>
    public int Row { get; set; }

    /// <summary>The next row that has no event time yet.</summary>
    public int Timed { get; set; }

    /// <summary>Whether rows or rejected records are left.</summary>
    public bool HasRows => Row < buffer.Count || _reported < buffer.Rejected.Count;

    /// <summary>Whether it stands at the beginning of a read that brought nothing.</summary>
    public bool IsEmpty => buffer.Count == 0 && buffer.Rejected.Count == 0 && buffer.Declared.Count == 0;

    /// <summary>Rows and rejected records before this place.</summary>
    public int Taken => Row + _reported;

    /// <summary>The offset of the next row or rejected record.</summary>
    public long NextOffset => IsAtRejected ? buffer.Rejected[_reported].Offset : buffer.OffsetOf(Row);

    /// <summary>Where rows end that may be pushed together.</summary>
    public int EndOfRun
    {
        get
        {
            int end = _reported < buffer.Rejected.Count ? Math.Min(Timed, buffer.Rejected[_reported].BeforeRow) : Timed;
            return _declared < buffer.Declared.Count ? Math.Min(end, Math.Max(Row + 1, buffer.Declared[_declared].BeforeRow)) : end;
        }
    }

    private bool IsAtRejected => _reported < buffer.Rejected.Count && buffer.Rejected[_reported].BeforeRow <= Row;

    /// <summary>Another read begins.</summary>
    public void StartAnew()
    {
        buffer.Clear();
        (Row, Timed, _reported, _declared) = (0, 0, 0, 0);
    }

    /// <summary>Skips rows and rejected records that are committed already.</summary>
    /// <returns>How many are still to be skipped in the reads that follow.</returns>
    public int Skip(int count)
    {
        for (; count > 0 && HasRows; count--)
        {
            if (IsAtRejected)
                _reported++;
            else
                Row++;
        }

        Timed = Row;
        return count;
    }

    /// <summary>The rejected record that stands before the next row, if one does.</summary>
    public RejectedRecord? TakeRejected() => IsAtRejected ? buffer.Rejected[_reported++] : null;

    /// <summary>The watermark that was declared before the next row, if one was.</summary>
    public bool TryTakeDeclared(out long watermark)
    {
        watermark = EventTime.MinValue;
        if (_declared == buffer.Declared.Count || buffer.Declared[_declared].BeforeRow > Row)
            return false;
        watermark = buffer.Declared[_declared++].Watermark;
        return true;
    }
}
