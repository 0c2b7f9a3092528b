namespace ActorStreams.Persistence.Shared;

/// <summary>Whether a writer may commit an epoch: the one decision all stores share, taken inside the write transaction.</summary>
internal static class CommitRules
{
    /// <summary>The newest format of stored data this version reads and writes.</summary>
    public const int Format = 2;

    /// <returns>True: the epoch is the next one. False: an epoch of that number is committed, so its content must be the same.</returns>
    /// <exception cref="FencedException">Another writer took over.</exception>
    /// <exception cref="InvalidOperationException">The epoch leaves a gap.</exception>
    public static bool IsNext(string where, string job, long epoch, long generation, long storedGeneration, long lastEpoch)
    {
        CheckGeneration(where, job, generation, storedGeneration);
        if (epoch > lastEpoch + 1)
            throw new InvalidOperationException($"Job '{job}': epoch {epoch} cannot be committed after epoch {lastEpoch}; {lastEpoch + 1} comes next. Nothing was written.");
        return epoch == lastEpoch + 1;
    }

    /// <exception cref="FencedException">Another writer took over.</exception>
    public static void CheckGeneration(string where, string job, long generation, long storedGeneration)
    {
        if (generation != storedGeneration)
        {
            throw new FencedException($"{where}, job '{job}': this writer has generation {generation}, but generation {storedGeneration} took over: another process, or another " +
                "start in this one, runs the job now. This one is fenced: it must stop, and nothing of it was written. If both are meant to run, give each its own pipeline name or store.");
        }
    }

    /// <exception cref="InvalidOperationException">The epoch was committed with other content, or is not retained any more.</exception>
    public static void CheckSame(string job, long epoch, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> fingerprint)
    {
        if (stored.IsEmpty)
            throw new InvalidOperationException(
                $"Job '{job}': epoch {epoch} is older than what is retained and cannot be committed again. Nothing was written.");
        if (!stored.SequenceEqual(fingerprint))
            throw new InvalidOperationException($"Job '{job}': epoch {epoch} was committed with other content. Nothing was written.");
    }

    public static StoreException NotRetained(string job, long epoch) =>
        new($"Job '{job}': epoch {epoch} is not retained. {nameof(JobReader.EpochsAsync)} lists the epochs that are; a longer retention keeps more.");

    public static StoreException Damaged(string where, string job, string what) =>
        new($"{where}, job '{job}': {what} is damaged (its CRC32C does not match). Restore the store from a backup, or go on from an earlier epoch.");

    public static StoreException DamagedEvent(string where, string job, in JournalEvent e) =>
        Damaged(where, job,
            $"operator '{e.Operator}', shard {e.Shard}, epoch {e.Epoch}, part {e.Part}{(e.IsSnapshot ? " (snapshot)" : "")}");

    public static StoreException OutOfStep(string where, string job, long lastEpoch, long newestRow) =>
        new($"{where}, job '{job}': its last epoch should be {lastEpoch}, but the newest stored is {newestRow}. The store lost or gained epochs, " +
            "as by a failover to a copy that was behind. Restore a consistent backup.");

    public static StoreException NewerFormat(string where, long format) =>
        new($"{where} was written in format {format}, but this version of ActorStreams reads formats up to {Format}. Update ActorStreams, or use another store.");
}
