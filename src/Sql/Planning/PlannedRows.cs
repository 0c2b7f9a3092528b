using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Planning;

/// <summary>The rows of a relation in a pipeline.</summary>
/// <param name="Layout">The type of the rows.</param>
/// <param name="Stream">A <see cref="Stream{T}"/> of what the carrier says: unless said otherwise, of <see cref="Change{T}"/> of the
/// rows. Their event time is that of the table's column with the watermark; behind a window, the last instant of the window.</param>
/// <param name="IsFinal">Rows only come, each when the watermark has passed its time.</param>
internal sealed record PlannedRows(RowLayout Layout, object Stream, bool IsFinal = false)
{
    /// <summary>How the rows move in the stream.</summary>
    public RowCarrier Carrier { get; init; } = RowCarrier.Changes(Layout);

    /// <summary>No row is ever taken back, so that less of them need be kept.</summary>
    public bool OnlyAdds
    {
        get => field || IsFinal;
        init;
    }

    /// <summary>Whether operators may keep them: changes of a row type that was made for SQL.</summary>
    public bool AreChanges => Layout.Reads is null && Carrier.Weight is not null;
}
