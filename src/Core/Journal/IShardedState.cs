namespace ActorStreams.Core.Journal;

/// <summary>A named state of a keyed operator, kept for the shards of one region, whose changes are journaled by shard.</summary>
internal interface IShardedState
{
    /// <summary>Unique within the operator; stored.</summary>
    string Name { get; }

    /// <summary>What its records mean.</summary>
    Schema Schema { get; }

    /// <summary>Sorts what the epoch touched by shard.</summary>
    void BeginJournal();

    bool HasChanges(int shard);

    void WriteChanges(int shard, ShardBlobWriter writer);

    void WriteSnapshot(int shard, ShardBlobWriter writer);

    /// <summary>The epoch is handed over: nothing is dirty any more.</summary>
    void EndJournal();

    /// <summary>Applies records written as <paramref name="written"/>: a snapshot's onto an empty shard, or an event's onto what is
    /// there.</summary>
    void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written);
}
