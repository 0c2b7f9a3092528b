namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>Which rows of a partition are given, by their number in its order.</summary>
internal enum RankKind : byte
{
    /// <summary>1, 2, 3, 4.</summary>
    RowNumber,

    /// <summary>1, 2, 2, 4.</summary>
    Rank,

    /// <summary>1, 2, 2, 3.</summary>
    DenseRank,
}

/// <summary>Rows by their number: the first ones, or those from a place to another.</summary>
/// <param name="Kind">What <paramref name="To"/> counts.</param>
/// <param name="To">The last number that is given.</param>
/// <param name="Skipped">So many rows are passed over first.</param>
internal readonly record struct RankRange(RankKind Kind, long To, long Skipped)
{
    /// <summary>All rows.</summary>
    public static RankRange All { get; } = new(RankKind.RowNumber, long.MaxValue, 0);

    /// <summary>All rows are looked at: functions see them, or some are passed over.</summary>
    public bool NeedsAll { get; init; }

    public bool IsByRank => !NeedsAll && Kind != RankKind.RowNumber && To != long.MaxValue;

    public bool IsDense => Kind == RankKind.DenseRank;

    /// <summary>How many rows are needed, as far as that is known without looking at them.</summary>
    public long MostRows => NeedsAll || To == long.MaxValue ? long.MaxValue : Math.Max(0, To);

    public bool Has<TRow>(OrderedRows<TRow> rows, int row) => row >= Skipped && Kind switch
    {
        RankKind.RowNumber => row < To,
        RankKind.Rank => rows.StartOf(rows.GroupOf(row)) < To,
        _ => rows.GroupOf(row) < To,
    };
}
