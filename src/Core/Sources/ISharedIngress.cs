namespace ActorStreams.Core.Sources;

/// <summary>An ingress of a job on many nodes, of which one node's is read: rows that are told to another one are handed on to
/// it.</summary>
internal interface ISharedIngress
{
    /// <summary>Tells it from those of the other nodes.</summary>
    string Id { get; }

    /// <summary>The job runs on many nodes: rows may be handed on from now on.</summary>
    /// <param name="id">A name that tells it from those of other nodes, and of other processes that were on this one.</param>
    void Share(string id);

    /// <summary>Completes once a row is told.</summary>
    Task ToldAsync();

    /// <summary>Gives all rows that are to be handed on, because another node's ingress is read.</summary>
    /// <param name="attempt">The attempt in which it is read.</param>
    /// <param name="committed">Up to which offset what was read here before is committed; null: nothing is.</param>
    /// <returns>The rows as bytes; none while this one is read itself, or was in a later attempt.</returns>
    IReadOnlyList<HandedRow> HandOver(long attempt, long? committed);

    /// <summary>Takes a row that was told on another node.</summary>
    /// <returns>Completes when it is durable.</returns>
    /// <exception cref="CodecException">The bytes are no row.</exception>
    Task TakeAsync(byte[] row, bool isUrgent);

    /// <summary>What was read before an ingress of another node, as of the attempt in which this one is read.</summary>
    /// <returns>Whether this one is read in that attempt.</returns>
    bool IsReadIn(long attempt, string other, out long? committed);
}

/// <summary>A row that is handed on.</summary>
/// <param name="Bytes">The row, by its codec.</param>
/// <param name="IsUrgent">Whether an epoch is asked for.</param>
/// <param name="End">Called once, when it is durable; or with the reason why it may not be.</param>
internal sealed record HandedRow(byte[] Bytes, bool IsUrgent, Action<JobException?> End);
