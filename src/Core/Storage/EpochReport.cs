using System.Runtime.ExceptionServices;

namespace ActorStreams.Core.Storage;

/// <summary>What one actor hands to the coordinator at a barrier.</summary>
internal sealed class EpochReport(long epoch, bool isVolatile)
{
    public long Epoch { get; } = epoch;

    /// <summary>The job has no store: changes are forgotten instead of written.</summary>
    public bool IsVolatile { get; } = isVolatile;

    public List<JournalEvent> Events { get; } = [];

    /// <summary>What of the journals of some shards, those from a first one on, belongs to the epoch.</summary>
    public List<(string Operator, int FirstShard, ShardHead[] Heads)> Journals { get; } = [];

    public List<(string Source, string Partition, PartitionManifest State)> Partitions { get; } = [];

    public List<(string Operator, long Watermark)> Watermarks { get; } = [];

    public List<(string Operator, string Counter, long Value)> Counters { get; } = [];

    public List<(string Id, string Text)> Schemas { get; } = [];

    public List<SinkReport> Sinks { get; } = [];

    /// <summary>What its node has prepared of it, and is not in the lists above; null: nothing.</summary>
    public PreparedPart? Prepared { get; set; }

    /// <summary>Whether the actor has work that goes on after the barrier and may still put out rows: calls that are not
    /// acknowledged.</summary>
    public bool HasOpenWork { get; set; }

    /// <summary>What the instance does once the epoch is committed, the last first. It stays with the instance: nobody else calls
    /// it.</summary>
    public List<Func<CancellationToken, ValueTask>> Committed { get; } = [];
}

/// <summary>What one sink writer prepared.</summary>
internal sealed record SinkReport(string Sink, int Writer, PreparedOutput Output);

/// <summary>What an actor may read while it opens.</summary>
/// <param name="reader">Where the state is; null: nowhere.</param>
/// <param name="epoch">The last committed epoch of the job.</param>
/// <param name="manifest">What that epoch, or the savepoint, tells.</param>
/// <param name="generation">The job's writer.</param>
/// <param name="store">The job's store.</param>
/// <param name="isSavepoint">The state is that of a savepoint: the job's own journal is yet to have it.</param>
internal sealed class StageOpening(
    JobReader? reader, long epoch, Manifest? manifest, long generation, Store? store = null, bool isSavepoint = false)
{
    public Store? Store { get; } = store;

    public long Epoch { get; } = epoch;

    public long Generation { get; } = generation;

    public Manifest? Manifest { get; } = manifest;

    public bool IsSavepoint { get; } = isSavepoint;

    /// <summary>Feeds the operator's stored shards to <paramref name="restore"/>, a blob at a time.</summary>
    /// <returns>What was read of each shard.</returns>
    /// <exception cref="StoreException">It is not exactly what belongs to the epoch. Told rather than an error of
    /// <paramref name="restore"/>, which may follow from that.</exception>
    public async ValueTask<ShardHead[]> ReadAsync(string pipeline, string operatorName, ShardRange shards, Action<JournalEvent> restore,
        CancellationToken cancellation)
    {
        var found = new ShardHead[shards.Count];
        if (reader is null || IsNew(operatorName))
            return found;
        ExceptionDispatchInfo? failure = null;
        await foreach (JournalEvent entry in reader.ReadAsync(operatorName, shards.First, shards.Count, Epoch, cancellation)
            .WithCancellation(cancellation))
        {
            found[entry.Shard - shards.First] = found[entry.Shard - shards.First].Then(entry);
            if (failure is not null)
                continue;
            try
            {
                restore(entry);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        }

        if (Manifest is { TellsJournals: true } manifest)
            new JournalCheck(pipeline, operatorName, Epoch, Store).Check(manifest.Operators[operatorName].Journal ?? [], manifest.Shards,
                shards, found);
        failure?.Throw();
        return found;
    }

    /// <summary>Whether the last committed epoch knows nothing of the operator; what the store may hold of an older one of that name is not
    /// its state.</summary>
    public bool IsNew(string operatorName) => Manifest?.Operators.ContainsKey(operatorName) != true;

    public long Watermark(string operatorName) =>
        Manifest is not null && Manifest.Operators.TryGetValue(operatorName, out OperatorManifest? found) ? found.Watermark
            : EventTime.MinValue;

    /// <summary>A counter's last committed value; given to one region only, so that the sum over the regions stays right.</summary>
    public long Counter(string operatorName, string counter) =>
        Manifest is not null && Manifest.Operators.TryGetValue(operatorName, out OperatorManifest? found)
            ? found.Counters.GetValueOrDefault(counter) : 0;

    public Schema SchemaOf(string id, string pipeline, string operatorName) =>
        Manifest is not null && Manifest.Schemas.TryGetValue(id, out string? text)
            ? new Schema(text)
            : throw new StoreException(
                $"Pipeline '{pipeline}', operator '{operatorName}': its journal names schema {id}, which the manifest of epoch {Epoch} does not hold: the store is damaged.");
}
