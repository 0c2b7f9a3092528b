namespace ActorStreams;

/// <summary>Rows as they were at the end of one epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Rows">The rows, each as often as it is there.</param>
public sealed record SqlSnapshot(long Epoch, IReadOnlyList<SqlRow> Rows);
