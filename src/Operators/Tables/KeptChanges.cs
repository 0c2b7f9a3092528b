using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Tables;

/// <summary>Keeps the rows of changes where they can be asked, by how often each is there: a materialised view of SQL.</summary>
internal static class KeptChanges
{
    /// <param name="changes">The changes.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored, and found, under it.</param>
    public static void Keep<T>(this Stream<Change<T>> changes, string name) =>
        changes.Add(new KeptChangesNode<T>(name, changes.KeyBy(static change => change.Row)));
}

internal sealed class KeptChangesNode<T>(string name, KeyedStream<T, Change<T>> input)
    : KeyedNode<T, Change<T>, Change<T>>(name, "keep", input), ISinkNode, IViewNode
{
    public override EntityStates<T> CreateEntities(ShardRange shards) => new StoredEntities<T, long>(shards, "rows");

    public IViewCopy NewCopy(TimeProvider clock) => new ViewCopy<T, long>(clock);

    protected override KeyedOperator<T, Change<T>> Build(StageBuild build, RegionSite<T, Change<T>> site)
    {
        ViewHub<T, long> hub = build.Views.GetOrAdd(Name, () => new ViewHub<T, long>(build.Options.Clock));
        hub.Attach(build.Run, build.InstancesHere);
        return new KeptChangesOperator<T>(site, new StoredEntities<T, long>(site.Shards, "rows"), hub, build.Run, build.InstancesHere,
            build.Downstream(this));
    }
}

/// <summary>One region of the rows: those of its shards, handed to the readers' side when their epoch is committed.</summary>
internal sealed class KeptChangesOperator<T>(
    RegionSite<T, Change<T>> site, StoredEntities<T, long> entities, ViewHub<T, long> hub, object run, int regions,
    Receiver<Change<T>> output) : KeyedOperator<T, Change<T>>(site)
{
    private readonly StateMap<T, long> _map = entities.States.Map;

    public override EntityStates<T> Entities => entities;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        hub.Load(run, opening.Epoch, ViewDelta<T, long>.OfLive(_map), regions);
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        var delta = ViewDelta<T, long>.OfDirty(_map);
        long epoch = report.Epoch;
        report.Committed.Add(_ =>
        {
            hub.Apply(run, epoch, delta, regions);
            return ValueTask.CompletedTask;
        });
        return base.OnBarrierAsync(report, cancellation);
    }

    protected override void OnKeyed(in Chunk<Change<T>> chunk, T[] keys, ulong[] hashes)
    {
        _map.Reserve(chunk.Count);
        _map.Prefetch(hashes.AsSpan(0, chunk.Count));
        for (int row = 0; row < chunk.Count; row++)
        {
            ref long count = ref _map.Touch(keys[row], hashes[row]);
            count += chunk.Rows[row].Weight;
            if (count == 0)
                _map.Remove(keys[row], hashes[row]);
        }

        output.OnChunk(chunk);
    }

    protected override void Advance(long watermark) => output.OnWatermark(watermark);
}
