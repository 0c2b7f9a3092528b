using ActorStreams.Core.Storage;

namespace ActorStreams.Authoring;

/// <summary>What one node of a job on many nodes reads and prepares, over a connection of its own. It decides nothing: what it has prepared
/// becomes part of the job with the epoch that the job's writer commits (<see cref="JobJournal.CommitAsync"/>), or never.</summary>
public abstract class NodeJournal : JobReader
{
    /// <summary>The fencing token of the attempt that the node takes part in: that of the job's writer when the attempt began.</summary>
    public abstract long Generation { get; }

    /// <summary>Hands over what a stage instance of this node adds to an epoch. Complete when the store has it; it stays
    /// invisible.</summary>
    /// <remarks>
    /// Whatever was prepared under a generation that has been overtaken is never committed, and removed some time later: a node that was
    /// paused and does not know yet may prepare without harm. Preparing the same part again replaces it.
    /// </remarks>
    /// <param name="part">What the instance adds; its memory is the caller's again when the call returns.</param>
    /// <param name="cancellation">Ends the call; whether the store has the part is not known then.</param>
    /// <returns>What the writer needs to commit it, a few bytes.</returns>
    /// <exception cref="StoreException">It could not be handed over; <see cref="StoreException.IsTransient"/> says whether trying again can
    /// help.</exception>
    public abstract ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default);
}

/// <summary>What one stage instance adds to an epoch.</summary>
public sealed record EpochPart
{
    /// <summary>The epoch.</summary>
    public required long Epoch { get; init; }

    /// <summary>The instance, by its number in the attempt.</summary>
    public required int Instance { get; init; }

    /// <summary>The changes of the epoch, and the snapshots taken at its end.</summary>
    public IReadOnlyList<JournalEvent> Events { get; init; } = [];

    /// <summary>Rows for tables, in the order to be written.</summary>
    public IReadOnlyList<TableWrite> Tables { get; init; } = [];

    /// <summary>Records for topics.</summary>
    public IReadOnlyList<TopicWrite> Topics { get; init; } = [];

    /// <summary>Whether there is nothing to prepare.</summary>
    public bool IsEmpty => Events.Count == 0 && Tables.Count == 0 && Topics.Count == 0;
}

/// <summary>What the writer of a job is told of a part that a node has prepared, so that it commits all of it or notices that some is
/// missing.</summary>
/// <param name="Instance">The stage instance, by its number in the attempt.</param>
/// <param name="Events">How many journal events.</param>
/// <param name="Outputs">How many blobs of rows for tables and topics.</param>
/// <param name="Sum">The sum of the checksums of both, modulo 2^32.</param>
/// <param name="HasSnapshots">Whether some of the events are snapshots.</param>
public sealed record PreparedPart(int Instance, int Events, int Outputs, uint Sum, bool HasSnapshots)
{
    /// <summary>What the store's node lets its writer know besides, in an encoding of the store's own: where the events are, say. A few
    /// kilobytes at most. Default: empty, nothing.</summary>
    public ReadOnlyMemory<byte> Note { get; init; }
}
