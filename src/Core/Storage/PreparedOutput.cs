namespace ActorStreams.Authoring;

/// <summary>What a writer hands over at the barrier.</summary>
/// <param name="Tables">Rows that the store writes in the epoch's own transaction (transactional sinks).</param>
/// <param name="Handle">What <see cref="SinkWriter{T}.CommitAsync"/> needs, stored with the epoch (two-phase sinks); at most a few
/// kilobytes.</param>
public sealed record PreparedOutput(IReadOnlyList<TableWrite> Tables, byte[]? Handle = null)
{
    /// <summary>Records for topics, which the store appends in the same transaction.</summary>
    public IReadOnlyList<TopicWrite> Topics { get; init; } = [];

    /// <summary>Nothing to commit.</summary>
    public static PreparedOutput None { get; } = new([]);
}
