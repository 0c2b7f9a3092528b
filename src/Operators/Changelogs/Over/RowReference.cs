using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>Which row a function takes its value from.</summary>
internal enum ReferenceKind : byte
{
    /// <summary>So many rows before the present one.</summary>
    Lag,

    /// <summary>So many rows behind it.</summary>
    Lead,

    /// <summary>The first of its frame.</summary>
    First,

    /// <summary>The last of its frame.</summary>
    Last,

    /// <summary>The one of a number in its frame, from 1.</summary>
    Nth,
}

/// <summary>lag, lead, first_value, last_value, nth_value: a value of another row.</summary>
/// <param name="kind">Which row.</param>
/// <param name="window">The frame, where one is looked at.</param>
/// <param name="distance">How far, or which number: of the present row; null: there is no such row.</param>
/// <param name="put">A result with the value of the row.</param>
/// <param name="otherwise">A result with what stands for it where there is no row, made of the present one; null: NULL.</param>
/// <param name="isNull">IGNORE NULLS: whether a row's value is null, so that it does not count. Null: all count.</param>
/// <param name="most">The greatest distance, where it is the same for all rows; null: it is not known.</param>
internal sealed class RowReference<TRow, TResult>(
    ReferenceKind kind, FrameWindow<TRow> window, RowFunction<TRow, long?> distance, PairFunction<TResult, TRow, TResult> put,
    PairFunction<TResult, TRow, TResult>? otherwise, RowFunction<TRow, bool>? isNull, long? most) : OverFunction<TRow, TResult>
{
    public override int Before => kind switch
    {
        ReferenceKind.Lead => isNull is null && most >= 0 ? 0 : int.MaxValue,
        ReferenceKind.Lag => isNull is null && most is { } rows ? (int)Math.Clamp(rows, 0, int.MaxValue) : int.MaxValue,
        _ => window.Before,
    };

    public override int Final(OrderedRows<TRow> rows, long watermark)
    {
        if (watermark == EventTime.MaxValue)
            return rows.Count;
        bool looksAhead = kind == ReferenceKind.Lead || (kind == ReferenceKind.Lag && most is not >= 0);
        if (kind is not (ReferenceKind.Lag or ReferenceKind.Lead))
            return window.Final(rows, watermark);
        return !looksAhead ? rows.Count : isNull is null && most is { } ahead
            ? (int)Math.Clamp(EventTime.AddSaturated(rows.Count, -Math.Abs(ahead)), 0, rows.Count) : 0;
    }

    public override void Fill(OrderedRows<TRow> rows, Span<TResult> results)
    {
        bool isFramed = kind is ReferenceKind.First or ReferenceKind.Last or ReferenceKind.Nth;
        (ReadOnlyMemory<int> starts, ReadOnlyMemory<int> ends) = isFramed ? window.Find(rows) : default;
        for (int row = 0; row < rows.Count; row++)
        {
            int target = isFramed ? InFrame(rows, row, starts.Span[row], ends.Span[row]) : Beside(rows, row);
            if (target >= 0)
                results[row] = put(results[row], rows[target]);
            else if (otherwise is not null && target == Outside)
                results[row] = otherwise(results[row], rows[row]);
        }
    }

    private const int Outside = -1, Unknown = -2;

    private int Beside(OrderedRows<TRow> rows, int row)
    {
        if (distance(rows[row]) is not { } far)
            return Unknown;
        long step = kind == ReferenceKind.Lag ? -far : far;
        if (isNull is null || step == 0)
        {
            long target = EventTime.AddSaturated(row, step);
            return target < 0 || target >= rows.Count ? Outside : (int)target;
        }

        int way = Math.Sign(step), at = row;
        for (long left = Math.Abs(step); left > 0;)
        {
            at += way;
            if (at < 0 || at >= rows.Count)
                return Outside;
            if (!isNull(rows[at]))
                left--;
        }

        return at;
    }

    private int InFrame(OrderedRows<TRow> rows, int row, int start, int end)
    {
        long left = kind == ReferenceKind.Nth ? distance(rows[row]) ?? 0 : 1;
        if (left <= 0)
            return Unknown;
        int way = kind == ReferenceKind.Last ? -1 : 1;
        if (isNull is null && window.Frame.Without == FrameWithout.Nothing)
        {
            long target = kind == ReferenceKind.Last ? end - 1 : start + left - 1;
            return target >= start && target < end ? (int)target : Unknown;
        }

        for (int at = way > 0 ? start : end - 1; at >= start && at < end; at += way)
        {
            if (IsLeftOut(rows, row, at) || (isNull is not null && isNull(rows[at])))
                continue;
            if (--left == 0)
                return at;
        }

        return Unknown;
    }

    private bool IsLeftOut(OrderedRows<TRow> rows, int row, int at) => window.Frame.Without switch
    {
        FrameWithout.Nothing => false,
        FrameWithout.CurrentRow => at == row,
        FrameWithout.Group => rows.GroupOf(at) == rows.GroupOf(row),
        _ => at != row && rows.GroupOf(at) == rows.GroupOf(row),
    };
}
