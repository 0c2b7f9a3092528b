namespace ActorStreams.Operators.Windows.Slices;

/// <summary>A run of event time within which no hopping window begins or ends: what falls into it falls into the same windows.</summary>
/// <param name="Start">The first event time in it.</param>
/// <param name="End">The first event time behind it.</param>
/// <param name="LastWindow">The start of the last window that holds it; when that one has fired, the slice is of no use any more.</param>
internal readonly record struct Slice(long Start, long End, long LastWindow);

/// <summary>How hopping windows [offset + k·slide, offset + k·slide + size) cut event time into slices, two to a slide at most, however
/// size and slide divide.</summary>
/// <remarks>
/// Cut at the starts and at the ends of windows only: lengths of size mod slide and the rest of the slide by turns ("paired windows").
/// Cutting by the greatest common divisor, as the panes before them did, makes a thousand slices of each slide of 1 s if the size is 10.001
/// s. Next to the ends of the range windows are cut short, and those that would begin before it are one.
/// </remarks>
/// <seealso href="https://dl.acm.org/doi/10.1145/1142473.1142543">Krishnamurthy, Wu, Franklin: On-the-fly sharing for streamed aggregation
/// (2006): paired windows.</seealso>
/// <seealso href="https://dl.acm.org/doi/10.1145/1058150.1058158">Li, Maier, Tufte, Papadimos, Tucker: No pane, no gain (2005).</seealso>
internal sealed class SliceGrid(long size, long slide, long offset)
{
    private readonly long _head = size % slide;
    private readonly long _offset = EventTime.FloorMod(offset, slide);

    public long Size => size;

    /// <summary>Windows end at multiples of this.</summary>
    public long Granularity => EventTime.GreatestCommonDivisor(slide, EventTime.FloorMod(_offset + _head, slide));

    /// <summary>The slice that holds <paramref name="time"/>.</summary>
    /// <returns>False in a gap between windows: there are some where the slide is larger than the size.</returns>
    public bool TryFind(long time, out Slice slice)
    {
        long start = StartOf(time);
        if (Since(time) < _head)
        {
            slice = new Slice(start, After(start, _head), start);
            return true;
        }

        slice = new Slice(_head == 0 ? start : After(start, _head), After(start, slide), start);
        return size >= slide;
    }

    /// <summary>The slice that begins at <paramref name="start"/>, as <see cref="TryFind"/> has found it.</summary>
    public Slice At(long start) => TryFind(start, out Slice slice) ? slice
        : throw new CodecException($"No window holds a slice at {EventTime.Format(start)}.");

    /// <summary>The start of the first window that holds a slice.</summary>
    public long FirstWindowOf(in Slice slice)
    {
        long earliest = EventTime.AddSaturated(slice.End, -size);
        long start = StartOf(earliest);
        return start == earliest ? start : NextWindow(start);
    }

    public long NextWindow(long start) => After(start, slide);

    public long EndOf(long start) => After(start, size);

    /// <summary>The start of the last window that begins at or before <paramref name="time"/>.</summary>
    public long StartOf(long time) => EventTime.AddSaturated(time, -Since(time));

    /// <summary>The first window of the stretch, one window long and aligned like them, that <paramref name="window"/> begins in.</summary>
    public long FirstOfStretch(long window)
    {
        long stretch = EventTime.AddSaturated(window, -EventTime.FloorMod(EventTime.AddSaturated(window, -_offset), size));
        long start = StartOf(stretch);
        return start == stretch ? start : NextWindow(start);
    }

    /// <summary>A boundary and a length; the first boundary there is stands for the one before it, which is out of range.</summary>
    private long After(long start, long length) =>
        EventTime.AddSaturated(start, start == EventTime.MinValue ? Math.Max(0, length - Since(start)) : length);

    private long Since(long time)
    {
        long since = EventTime.FloorMod(time, slide) - _offset;
        return since < 0 ? since + slide : since;
    }
}
