namespace ActorStreams.Core.Storage;

/// <summary>Compares what was read of an operator's journal with what belongs to the epoch.</summary>
internal sealed class JournalCheck(string pipeline, string operatorName, long epoch, Store? store)
{
    private static readonly string s_remedy =
        $"Restore the store from a backup, or go on from an older epoch that is whole ({nameof(JobOptions)}.{nameof(JobOptions.RestartFromEpoch)}).";

    /// <param name="told">What the manifest tells.</param>
    /// <param name="count">The shards of the job.</param>
    /// <param name="shards">Which of them were read.</param>
    /// <param name="found">What was read of each.</param>
    /// <exception cref="StoreException">They differ.</exception>
    public void Check(ReadOnlySpan<byte> told, int count, ShardRange shards, ReadOnlySpan<ShardHead> found)
    {
        ShardHead[] heads;
        try
        {
            heads = ShardHead.Decode(told, count);
        }
        catch (CodecException error)
        {
            throw new StoreException($"{Where()}: what the manifest tells of the journal cannot be read: {error.Message} {s_remedy}",
                inner: error);
        }

        for (int index = 0; index < found.Length; index++)
        {
            ShardHead head = heads[shards.First + index];
            if (found[index] == head)
                continue;
            string what = found[index].Blobs == head.Blobs
                ? $"the journal holds {head.Blobs} entries, as many as were committed, but not the same ones"
                : $"the journal holds {found[index].Blobs} entries, and {head.Blobs} were committed";
            throw new StoreException($"{Where()}, shard {shards.First + index}: {what}. The store has lost or changed entries. {s_remedy}");
        }
    }

    private string Where() =>
        $"{(store is null ? "" : $"{store.Description}, ")}job '{pipeline}', operator '{operatorName}', epoch {epoch}";
}
