using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Jobs;

/// <summary>Rows of a table or view as they were at the end of one epoch.</summary>
/// <param name="epoch">The epoch.</param>
internal abstract class RowsAtEpoch(long epoch)
{
    public long Epoch { get; } = epoch;

    /// <summary>Their values, each with how often it is there.</summary>
    public abstract IReadOnlyList<(object?[] Row, long Count)> Counted { get; }

    /// <summary>As changes that add them: an array of the row type's changes.</summary>
    public abstract Array Changes { get; }
}

/// <inheritdoc/>
/// <param name="epoch">The epoch.</param>
/// <param name="rows">The rows, by how often each is there.</param>
/// <param name="layout">Their columns.</param>
internal sealed class RowsAtEpoch<TRow>(long epoch, IReadOnlyList<TableRow<TRow, long>> rows, RowLayout layout) : RowsAtEpoch(epoch)
{
    public override IReadOnlyList<(object?[] Row, long Count)> Counted =>
        [.. rows.Where(static row => row.Value > 0).Select(row => (layout.ValuesOf(row.Key!), row.Value))];

    public override Array Changes =>
        rows.Where(static row => row.Value > 0).Select(static row => new Change<TRow>(row.Key, (int)row.Value)).ToArray();
}
