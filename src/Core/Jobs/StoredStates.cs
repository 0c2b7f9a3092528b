using ActorStreams.Core.Journal;
using ActorStreams.Core.Options;
using ActorStreams.Core.Process;
using ActorStreams.Core.State;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>Reads the entities of an operator as they were at the end of an epoch.</summary>
internal static class StoredStates
{
    /// <param name="job">The job.</param>
    /// <param name="create">Makes the empty states for some shards.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="epoch">A committed epoch that is still retained.</param>
    /// <param name="rangeOf">Which of the shards to read.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public static async Task<TStates> ReadAsync<TStates>(
        Job job, Func<ShardRange, TStates> create, string operatorName, long epoch, Func<ShardMap, ShardRange> rangeOf,
            CancellationToken cancellation)
        where TStates : EntityStates
    {
        await using JobReader reader = await job.OpenReaderAsync(cancellation);
        return await ReadAsync(reader, job.Run.Plan.Pipeline.Name, create, operatorName, epoch, rangeOf, cancellation);
    }

    /// <summary>The same of a job that does not run.</summary>
    /// <param name="reader">What the job committed.</param>
    /// <param name="pipeline">The job's pipeline.</param>
    /// <param name="create">Makes the empty states for some shards.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="epoch">A committed epoch that is still retained.</param>
    /// <param name="rangeOf">Which of the shards to read.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    public static async Task<TStates> ReadAsync<TStates>(
        JobReader reader, string pipeline, Func<ShardRange, TStates> create, string operatorName, long epoch,
        Func<ShardMap, ShardRange> rangeOf, CancellationToken cancellation)
        where TStates : EntityStates
    {
        EpochRecord record = Of(await reader.EpochsAsync(cancellation), known => known.Epoch == epoch, $"Epoch {epoch}");
        return await ReadAsync(reader, pipeline, create, operatorName, record, rangeOf, cancellation);
    }

    /// <param name="reader">What the job committed.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="create">Makes the empty states for some shards.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="record">A committed epoch.</param>
    /// <param name="rangeOf">Which of the shards to read.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<TStates> ReadAsync<TStates>(
        JobReader reader, string pipeline, Func<ShardRange, TStates> create, string operatorName, EpochRecord record,
            Func<ShardMap, ShardRange> rangeOf, CancellationToken cancellation)
        where TStates : EntityStates
    {
        Manifest manifest = Manifest.Decode(record.Manifest, pipeline, record.Epoch);
        ShardRange range = rangeOf(manifest.ShardMap);
        TStates entities = create(range);
        var journal = new RegionJournal(pipeline, operatorName, range, entities.Journaled, SnapshotPolicy.Default);
        await journal.RestoreAsync(new StageOpening(reader, record.Epoch, manifest, 0), cancellation);
        entities.StandAt(manifest.Operators.TryGetValue(operatorName, out OperatorManifest? found) ? found.Watermark : EventTime.MinValue,
            record.CommittedAt);
        return entities;
    }

    /// <summary>The last epoch that was committed at a time or before it.</summary>
    /// <exception cref="StoreException">It is not retained.</exception>
    public static EpochRecord At(IReadOnlyList<EpochRecord> epochs, DateTimeOffset time, string pipeline)
    {
        long at = time.ToMicros();
        return Of([.. epochs.Reverse()], known => known.CommittedAt <= at, $"Pipeline '{pipeline}': the epoch of {time:O}");
    }

    private static EpochRecord Of(IReadOnlyList<EpochRecord> epochs, Func<EpochRecord, bool> isWanted, string what) =>
        epochs.FirstOrDefault(isWanted) ?? throw new StoreException(
            $"{what} is not retained; retained are {Retained(epochs)}. " +
            $"{nameof(JobOptions)}.{nameof(JobOptions.RetainEpochs)} says how many are, and {nameof(JobOptions.RetainFor)} how long.")
        { IsEpochGone = true };

    private static string Retained(IReadOnlyList<EpochRecord> epochs) => epochs.Count == 0 ? "none"
        : $"{epochs.Min(static known => known.Epoch)} to {epochs.Max(static known => known.Epoch)}";
}
