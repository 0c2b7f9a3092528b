using ActorStreams.Core.Journal;
using ActorStreams.Core.Options;
using ActorStreams.Core.Process;
using ActorStreams.Core.State;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>Reads the entities of an operator as they were at the end of an epoch.</summary>
internal static class EntityHistory
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
        IReadOnlyList<EpochRecord> epochs = await reader.EpochsAsync(cancellation);
        EpochRecord record = epochs.FirstOrDefault(known => known.Epoch == epoch)
            ?? throw new StoreException(
                $"Epoch {epoch} is not retained; retained are {(epochs.Count == 0 ? "none" : $"{epochs[0].Epoch} to {epochs[^1].Epoch}")}. " +
                $"{nameof(JobOptions)}.{nameof(JobOptions.RetainEpochs)} says how many are.")
            { IsEpochGone = true };
        Manifest manifest = Manifest.Decode(record.Manifest, pipeline, epoch);
        ShardRange range = rangeOf(manifest.ShardMap);
        TStates entities = create(range);
        var journal = new RegionJournal(pipeline, operatorName, range, entities.Journaled, SnapshotPolicy.Default);
        await journal.RestoreAsync(new StageOpening(reader, epoch, manifest, 0), cancellation);
        entities.StandAt(manifest.Operators.TryGetValue(operatorName, out OperatorManifest? found) ? found.Watermark : EventTime.MinValue,
            record.CommittedAt);
        return entities;
    }
}
