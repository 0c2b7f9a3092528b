namespace ActorStreams;

/// <summary>What a statement gave.</summary>
/// <param name="Statement">The statement, as it was written.</param>
/// <param name="Tag">What was done, as PostgreSQL says it: <c>CREATE MATERIALIZED VIEW</c>, <c>INSERT 0 3</c>, <c>SELECT 2</c>.</param>
/// <param name="Columns">The columns of its rows; empty where it gives none.</param>
/// <param name="Rows">Its rows, in the order that it says.</param>
/// <param name="Warnings">What should be known before it runs for long.</param>
public sealed record SqlResult(
    string Statement, string Tag, IReadOnlyList<SqlColumn> Columns, IReadOnlyList<SqlRow> Rows, IReadOnlyList<string> Warnings)
{
    /// <summary>The tag.</summary>
    public override string ToString() => Tag;
}

/// <summary>What an epoch changed in a result.</summary>
/// <param name="Epoch">The epoch: a subscription goes on after it.</param>
/// <param name="IsSnapshot">All rows there are, rather than the changes since the last epoch told: what was told before is to be
/// forgotten.</param>
/// <param name="Changes">Each row that has changed, with how many copies there are more (positive) or fewer (negative).</param>
public sealed record SqlChanges(long Epoch, bool IsSnapshot, IReadOnlyList<Change<SqlRow>> Changes);
