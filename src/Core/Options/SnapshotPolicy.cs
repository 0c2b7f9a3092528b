namespace ActorStreams.Core.Options;

/// <summary>When a shard's snapshot replaces its journal, and how much of that one region may do in an epoch.</summary>
/// <param name="JournalBytes">A shard's journal may have this many bytes, or twice its last snapshot if that is more.</param>
/// <param name="JournalEvents">A shard's journal may have this many blobs, which a restart has to find one by one.</param>
/// <param name="BudgetBytes">Snapshots of a region begin in an epoch until they have reached this many bytes; the next epoch goes on from
/// there.</param>
internal sealed record SnapshotPolicy(long JournalBytes, int JournalEvents, long BudgetBytes)
{
    public static SnapshotPolicy Default { get; } = new(64 * 1024, 64, 8 << 20);
}
