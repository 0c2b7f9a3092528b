using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>What the distance of a bound counts.</summary>
internal enum FrameStep : byte
{
    Rows,

    /// <summary>Groups of rows that the order calls equal.</summary>
    Groups,

    /// <summary>The value that the rows are ordered by.</summary>
    Values,
}

/// <summary>One end of a frame.</summary>
/// <param name="Step">What the distance counts.</param>
/// <param name="Distance">From the present row: negative towards the first; <see cref="long.MinValue"/> and <see cref="long.MaxValue"/>:
/// the first and the last row.</param>
internal readonly record struct FrameEnd(FrameStep Step, long Distance)
{
    public static FrameEnd First { get; } = new(FrameStep.Rows, long.MinValue);

    public static FrameEnd Last { get; } = new(FrameStep.Rows, long.MaxValue);

    public bool IsFirst => Distance == long.MinValue;

    public bool IsLast => Distance == long.MaxValue;
}

/// <summary>What is left out of a frame.</summary>
internal enum FrameWithout : byte
{
    Nothing,
    CurrentRow,
    Group,

    /// <summary>Rows equal to the present one, not itself.</summary>
    Ties,
}

/// <summary>The rows around each row that a function sees.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">The last.</param>
/// <param name="Without">What is left out.</param>
internal sealed record RowFrame<TRow>(FrameEnd Start, FrameEnd End, FrameWithout Without)
{
    /// <summary>Of a frame by values: whether the second row is not before the frame of the first.</summary>
    public PairFunction<TRow, TRow, bool>? IsFrom { get; init; }

    /// <summary>Of a frame by values: whether the second row is not behind the frame of the first.</summary>
    public PairFunction<TRow, TRow, bool>? IsUpTo { get; init; }

    /// <summary>Of a frame by values: whether the value is null. Such a row has the others of its like as its frame.</summary>
    public RowFunction<TRow, bool>? IsNull { get; init; }

    /// <summary>Where the frame of each row begins, and the row behind its last: both never go back from one row to the next.</summary>
    public void Find(OrderedRows<TRow> rows, Span<int> starts, Span<int> ends)
    {
        (int nullStart, int nullEnd) = Nulls(rows);
        int from = nullStart == 0 ? nullEnd : 0, to = from, last = nullStart == 0 ? rows.Count : nullStart;
        for (int row = 0; row < rows.Count; row++)
        {
            bool isNull = row >= nullStart && row < nullEnd;
            starts[row] = Start.Step == FrameStep.Values && !Start.IsFirst
                ? isNull ? nullStart : from = Behind(rows, row, from, last, IsFrom!, isWanted: false)
                : Place(rows, row, Start, 0);
            ends[row] = End.Step == FrameStep.Values && !End.IsLast
                ? isNull ? nullEnd : to = Behind(rows, row, to, last, IsUpTo!, isWanted: true)
                : Place(rows, row, End, 1);
        }
    }

    private static int Place(OrderedRows<TRow> rows, int row, FrameEnd end, int behind)
    {
        if (end.IsFirst || end.IsLast)
            return end.IsFirst ? 0 : rows.Count;
        if (end.Step == FrameStep.Rows)
            return (int)Math.Clamp(EventTime.AddSaturated(row + behind, end.Distance), 0, rows.Count);
        long group = EventTime.AddSaturated(rows.GroupOf(row) + behind, end.Distance);
        return rows.StartOf((int)Math.Clamp(group, 0, rows.GroupCount));
    }

    private static int Behind(
        OrderedRows<TRow> rows, int row, int place, int last, PairFunction<TRow, TRow, bool> test, bool isWanted)
    {
        while (place < last && test(rows[row], rows[place]) == isWanted)
            place++;
        return place;
    }

    private (int Start, int End) Nulls(OrderedRows<TRow> rows)
    {
        int count = rows.Count;
        if (IsNull is null || count == 0)
            return (count, count);
        int start = 0, end = count;
        if (IsNull(rows[0]))
        {
            for (end = 0; end < count && IsNull(rows[end]);)
                end++;
            return (0, end);
        }

        for (start = count; start > 0 && IsNull(rows[start - 1]);)
            start--;
        return (start, end);
    }
}
