namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>Which side rows are on: where their buffer is and what they come out as. A struct, so that both sides share their code and
/// neither asks which it is.</summary>
internal interface ISideOf<TOwn, TOther, TLeft, TRight>
{
    static abstract ref TimedBuffer Own(ref KeyBuffers buffers);

    static abstract ref TimedBuffer Other(ref KeyBuffers buffers);

    static abstract Joined<TLeft, TRight> Pair(in TOwn own, in TOther other);

    static abstract Joined<TLeft, TRight> Alone(in TOwn own);

    static abstract Joined<TLeft, TRight> OtherAlone(in TOther other);
}

internal readonly struct LeftOf<TLeft, TRight> : ISideOf<TLeft, TRight, TLeft, TRight>
{
    public static ref TimedBuffer Own(ref KeyBuffers buffers) => ref buffers.Left;

    public static ref TimedBuffer Other(ref KeyBuffers buffers) => ref buffers.Right;

    public static Joined<TLeft, TRight> Pair(in TLeft own, in TRight other) => new(true, own, true, other);

    public static Joined<TLeft, TRight> Alone(in TLeft own) => new(true, own, false, default);

    public static Joined<TLeft, TRight> OtherAlone(in TRight other) => RightOf<TLeft, TRight>.Alone(other);
}

internal readonly struct RightOf<TLeft, TRight> : ISideOf<TRight, TLeft, TLeft, TRight>
{
    public static ref TimedBuffer Own(ref KeyBuffers buffers) => ref buffers.Right;

    public static ref TimedBuffer Other(ref KeyBuffers buffers) => ref buffers.Left;

    public static Joined<TLeft, TRight> Pair(in TRight own, in TLeft other) => new(true, other, true, own);

    public static Joined<TLeft, TRight> Alone(in TRight own) => new(false, default, true, own);

    public static Joined<TLeft, TRight> OtherAlone(in TLeft other) => LeftOf<TLeft, TRight>.Alone(other);
}

/// <summary>One side of a join of two streams: its rows, whom they meet, and what becomes of those that meet nobody.</summary>
/// <param name="rows">The rows that wait.</param>
/// <param name="partners">Whom they can meet.</param>
/// <param name="emitsAlone">Rows without partner come out.</param>
/// <param name="emitsWhenMet">Rows come out, alone, when they meet their first partner.</param>
/// <param name="allowedLateness">How long after the watermark has passed its last possible partner a row comes out alone.</param>
/// <param name="retained">How long after that it is kept; not below <paramref name="allowedLateness"/>.</param>
internal sealed class JoinSide<T, TPartners>(RowBlocks<T> rows, TPartners partners, bool emitsAlone, bool emitsWhenMet,
    long allowedLateness, long retained)
    where TPartners : struct, IPartners<TPartners>
{
    public RowBlocks<T> Rows { get; } = rows;

    public TPartners Partners { get; } = partners;

    public bool EmitsAlone { get; } = emitsAlone;

    public bool EmitsWhenMet { get; } = emitsWhenMet;

    /// <summary>Rows are left alone until the watermark has passed their last possible partner by this.</summary>
    public long Wait { get; } = emitsAlone ? allowedLateness : retained;

    /// <summary>How far behind its own time the last row of this side comes out.</summary>
    public long Delay => !EmitsAlone ? 0 : allowedLateness
        + (Partners is WindowPartners windows ? windows.Size : Math.Max(0, Partners.Last(0)));

    /// <summary>When something is due for the first time for any row of a buffer; the end of time for none.</summary>
    public long DueOf(in TimedBuffer buffer)
    {
        if (buffer.Count == 0)
            return EventTime.MaxValue;
        Span<TimedRow<T>> waiting = Rows.RowsOf(buffer);
        long drop = EventTime.AddSaturated(Partners.Last(waiting[0].Time), retained);
        return EmitsAlone ? Math.Min(drop, FirstAlone(waiting)) : drop;
    }

    /// <summary>When the first row that has not met anybody comes out.</summary>
    private long FirstAlone(ReadOnlySpan<TimedRow<T>> waiting)
    {
        foreach (ref readonly TimedRow<T> row in waiting)
        {
            if ((row.Flags & TimedRow<T>.Settled) == 0)
                return EventTime.AddSaturated(Partners.Last(row.Time), allowedLateness);
        }

        return EventTime.MaxValue;
    }
}
