using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Stateless;

/// <summary>A chunk of output being filled, for an operator whose rows do not come out as they went in.</summary>
internal sealed class RowBuffer<T>(StageContext context, Receiver<T> output, bool withPositions) : IUnsent
{
    private readonly T[] _rows = new T[Chunk<T>.Size];
    private readonly long[] _times = new long[Chunk<T>.Size];
    private readonly long[] _positions = withPositions ? new long[Chunk<T>.Size] : [];
    private int _count;

    /// <summary>What the rows in it have in common: set while it is empty.</summary>
    public long SourceWatermark { get; set; } = EventTime.MinValue;

    public Receiver<T> Output { get; } = output;

    public bool IsEmpty => _count == 0;

    public bool IsFull => _count == Chunk<T>.Size;

    /// <summary>Adds a row; the buffer must not be full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T row, long time, long position)
    {
        int at = _count;
        _rows[at] = row;
        _times[at] = time;
        if (withPositions)
            _positions[at] = position;
        _count = at + 1;
    }

    public bool Send()
    {
        if (context.MustYield)
            return false;
        SendAnyway();
        return !context.MustYield;
    }

    /// <summary>Sends the rows even if the actor must yield: a chunk that one call brought is taken whole.</summary>
    public void SendAnyway()
    {
        int count = _count;
        if (count == 0)
            return;
        _count = 0;
        Output.OnChunk(
            new Chunk<T>(_rows.AsSpan(0, count), _times.AsSpan(0, count), withPositions ? _positions.AsSpan(0, count)
            : default)
            { SourceWatermark = SourceWatermark });
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(_rows, 0, count);
    }
}
