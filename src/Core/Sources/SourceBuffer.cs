namespace ActorStreams.Authoring;

/// <summary>The rows of one read, up to <see cref="Capacity"/>, each with its offset; reused from read to read.</summary>
public sealed class SourceBuffer<T>
{
    private readonly T[] _own;
    private readonly long[] _offsets;
    private readonly List<RejectedRecord> _rejected = [];
    private readonly List<(long Watermark, int BeforeRow)> _declared = [];
    private long[]? _ownTimes;
    private long[]? _times;
    private T[] _rows;
    private int _start;
    private long _firstOffset;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="capacity">Rows it holds at most, 1,024 unless said otherwise.</param>
    public SourceBuffer(int capacity = 1024)
    {
        _own = new T[capacity];
        _offsets = new long[capacity];
        _rows = _own;
        Capacity = capacity;
    }

    /// <summary>The most rows one read may add.</summary>
    public int Capacity { get; }

    /// <summary>Rows added so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether no more rows may be added in this read.</summary>
    public bool IsFull => Count + _rejected.Count >= Capacity;

    /// <summary>Adds a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="offset">The row's own offset in the partition (where it begins), for provenance.</param>
    public void Add(T row, long offset)
    {
        _own[Count] = row;
        _offsets[Count] = offset;
        Count++;
    }

    /// <summary>Adds a row of a source that <see cref="Source{T}.CarriesEventTimes"/>.</summary>
    /// <param name="row">The row.</param>
    /// <param name="offset">The row's own offset in the partition.</param>
    /// <param name="time">Its event time in microseconds.</param>
    public void Add(T row, long offset, long time)
    {
        _times = _ownTimes ??= new long[Capacity];
        _times[Count] = time;
        Add(row, offset);
    }

    /// <summary>Shows a slice of the caller's array instead of copying: up to <see cref="Capacity"/> rows with consecutive offsets. The
    /// array must not change until the next read.</summary>
    public void Use(T[] rows, int start, int count, long firstOffset)
    {
        if (Count != 0)
            throw new InvalidOperationException("A read either adds rows or shows one slice, not both.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity);
        (_rows, _start, Count, _firstOffset) = (rows, start, count, firstOffset);
    }

    /// <summary>The same for a source that <see cref="Source{T}.CarriesEventTimes"/>: <paramref name="times"/> has the event time of each
    /// row at the row's own index.</summary>
    public void Use(T[] rows, long[] times, int start, int count, long firstOffset)
    {
        Use(rows, start, count, firstOffset);
        _times = times;
    }

    /// <summary>Reports a record that could not be read as a row; the error policy of the source decides what becomes of it.</summary>
    /// <param name="payload">The record as text, cut to a sensible length by the caller (at most 4,096 characters are kept).</param>
    /// <param name="error">What was wrong, with the place (file and line) in its message.</param>
    /// <param name="offset">The record's own offset in the partition.</param>
    public void Reject(string payload, Exception error, long offset) => _rejected.Add(new RejectedRecord(payload, error, offset, Count));

    /// <summary>Says how far the partition is complete: no row added from here on, in this read or a later one, has an event time before
    /// <paramref name="watermark"/>.</summary>
    /// <remarks>
    /// Seen by <see cref="Watermarks.FromSource"/>; one behind an earlier one changes nothing. What is declared must depend on the place in
    /// the partition alone, so that reading it again declares the same. A read that brings a declaration and no row is allowed: it keeps
    /// the partition from being idle.
    /// </remarks>
    public void DeclareWatermark(DateTimeOffset watermark) => DeclareWatermark(watermark.ToMicros());

    /// <summary>The same, in microseconds since the Unix epoch (UTC).</summary>
    public void DeclareWatermark(long watermark) => _declared.Add((watermark, Count));

    /// <summary>Empties the buffer for the next read.</summary>
    public void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>() && ReferenceEquals(_rows, _own))
            Array.Clear(_own, 0, Count);
        (_rows, _times, _start, Count) = (_own, null, 0, 0);
        _rejected.Clear();
        _declared.Clear();
    }

    /// <summary>The rows added.</summary>
    public ReadOnlySpan<T> Rows => _rows.AsSpan(_start, Count);

    /// <summary>The event times added with the rows; empty if there are none.</summary>
    internal ReadOnlySpan<long> Times => _times is null ? default : _times.AsSpan(_start, Count);

    /// <summary>The records that could not be read.</summary>
    public IReadOnlyList<RejectedRecord> Rejected => _rejected;

    /// <summary>The watermarks declared, in order, each with the index of the row that follows it.</summary>
    internal IReadOnlyList<(long Watermark, int BeforeRow)> Declared => _declared;

    /// <summary>Whether a watermark was declared in this read.</summary>
    internal bool HasDeclared => _declared.Count > 0;

    /// <summary>The own offset of the row at <paramref name="index"/>.</summary>
    public long OffsetOf(int index) => ReferenceEquals(_rows, _own) ? _offsets[index] : _firstOffset + index;
}

/// <summary>A record that could not be read as a row.</summary>
/// <param name="Payload">The record as text.</param>
/// <param name="Error">What was wrong.</param>
/// <param name="Offset">Its offset in the partition.</param>
/// <param name="BeforeRow">The index in the buffer of the row that follows it.</param>
public sealed record RejectedRecord(string Payload, Exception Error, long Offset, int BeforeRow);
