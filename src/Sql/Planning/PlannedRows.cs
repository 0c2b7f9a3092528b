using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Planning;

/// <summary>The rows of a relation in a pipeline.</summary>
/// <param name="Layout">The type of the rows.</param>
/// <param name="Stream">A <see cref="Stream{T}"/> of <see cref="Change{T}"/> of the rows.</param>
internal sealed record PlannedRows(RowLayout Layout, object Stream);
