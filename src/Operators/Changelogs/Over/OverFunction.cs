using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>One function over the rows of a partition, or several that are computed together: it fills in its columns of the
/// results.</summary>
internal abstract class OverFunction<TRow, TResult>
{
    /// <summary>Fills in the results of all rows.</summary>
    public abstract void Fill(OrderedRows<TRow> rows, Span<TResult> results);

    /// <summary>How many of the first rows have their final result, if no row will come before the last one, or be equal to it.</summary>
    public abstract int Final(OrderedRows<TRow> rows, long watermark);

    /// <summary>How many rows before the present one are looked at; <see cref="int.MaxValue"/>: all of them.</summary>
    public abstract int Before { get; }
}

/// <summary>The numbers of a row in its partition, as the functions of SQL need them.</summary>
internal struct RowNumbers
{
    /// <summary>From 1.</summary>
    public long RowNumber;

    /// <summary>Of the first row that is equal by the order.</summary>
    public long Rank;

    /// <summary>Of the group of equal rows.</summary>
    public long DenseRank;

    /// <summary>The last row that is equal.</summary>
    public long LastPeer;

    /// <summary>All rows of the partition.</summary>
    public long Rows;
}

/// <summary>row_number, rank and their like.</summary>
/// <param name="put">A result with the columns that are computed of the numbers.</param>
/// <param name="needsAll">One of them depends on how many rows there are.</param>
internal sealed class NumberFunction<TRow, TResult>(PairFunction<TResult, RowNumbers, TResult> put, bool needsAll)
    : OverFunction<TRow, TResult>
{
    public override int Before => int.MaxValue;

    public override void Fill(OrderedRows<TRow> rows, Span<TResult> results)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            int group = rows.GroupOf(row);
            var numbers = new RowNumbers
            {
                RowNumber = row + 1,
                Rank = rows.StartOf(group) + 1,
                DenseRank = group + 1,
                LastPeer = rows.StartOf(group + 1),
                Rows = rows.Count,
            };
            results[row] = put(results[row], numbers);
        }
    }

    public override int Final(OrderedRows<TRow> rows, long watermark) => needsAll && watermark != EventTime.MaxValue ? 0 : rows.Count;
}

/// <summary>When rows of a frame are complete: shared by what looks at frames.</summary>
/// <param name="frame">The frame.</param>
/// <param name="completeAt">Of a frame by values that ends behind the present row: the time that the watermark has passed when it is
/// complete.</param>
internal sealed class FrameWindow<TRow>(RowFrame<TRow> frame, RowFunction<TRow, long?>? completeAt)
{
    private int[] _starts = [], _ends = [];

    public RowFrame<TRow> Frame => frame;

    public int Before => frame.Start is { Step: FrameStep.Rows, IsFirst: false } && frame.Without is FrameWithout.Nothing
        or FrameWithout.CurrentRow ? (int)Math.Min(int.MaxValue, Math.Max(0, -frame.Start.Distance)) : int.MaxValue;

    public (ReadOnlyMemory<int> Starts, ReadOnlyMemory<int> Ends) Find(OrderedRows<TRow> rows)
    {
        if (_starts.Length < rows.Count)
            (_starts, _ends) = (new int[rows.Count * 2], new int[rows.Count * 2]);
        frame.Find(rows, _starts, _ends);
        return (_starts.AsMemory(0, rows.Count), _ends.AsMemory(0, rows.Count));
    }

    public int Final(OrderedRows<TRow> rows, long watermark)
    {
        if (watermark == EventTime.MaxValue)
            return rows.Count;
        if (frame.End.IsLast)
            return 0;
        switch (frame.End.Step)
        {
            case FrameStep.Rows:
                return (int)Math.Clamp(rows.Count - Math.Max(0, frame.End.Distance), 0, rows.Count);
            case FrameStep.Groups:
                return rows.StartOf((int)Math.Clamp(rows.GroupCount - Math.Max(0, frame.End.Distance), 0, rows.GroupCount));
            default:
                int final = 0;
                while (final < rows.Count && completeAt is not null && completeAt(rows[final]) < watermark)
                    final++;
                return completeAt is null ? rows.Count : final;
        }
    }
}
