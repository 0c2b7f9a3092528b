using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams;

/// <summary>Keeps a table where it can be asked.</summary>
public static class MaterializeOperator
{
    /// <summary>Keeps the table's rows, durable, to be read by <c>job.Table&lt;TKey, TValue&gt;(name)</c>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored, and found, under it.</param>
    /// <returns>The same table, to go on with.</returns>
    /// <remarks>
    /// Keeps every row twice: the present ones, journaled, and those of the last committed epoch for readers. It counts as a sink: a
    /// pipeline may end here.
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public static Table<TKey, TValue> Materialize<TKey, TValue>(this Table<TKey, TValue> table, string name)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new Table<TKey, TValue>(table.Stream.Add(new MaterializeNode<TKey, TValue>(name, table.Keyed)));
    }
}

internal sealed class MaterializeNode<TKey, TValue>(string name, KeyedStream<TKey, TableChange<TKey, TValue>> input)
    : KeyedNode<TKey, TableChange<TKey, TValue>, TableChange<TKey, TValue>>(name, "materialize", input), ISinkNode, IViewNode
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TValue>(pipeline, "value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new StoredEntities<TKey, TValue>(shards, "row");

    public IViewCopy NewCopy(TimeProvider clock) => new ViewCopy<TKey, TValue>(clock);

    protected override KeyedOperator<TKey, TableChange<TKey, TValue>> Build(
        StageBuild build, RegionSite<TKey, TableChange<TKey, TValue>> site)
    {
        ViewHub<TKey, TValue> hub = build.Views.GetOrAdd(Name, () => new ViewHub<TKey, TValue>(build.Options.Clock));
        hub.Attach(build.Run, build.InstancesHere);
        return new Materialize<TKey, TValue>(site, new StoredEntities<TKey, TValue>(site.Shards, "row"),
            hub, build.Run, build.InstancesHere, build.Downstream(this));
    }
}

/// <summary>One region of a materialised table: the rows of its shards, handed to the readers' side when their epoch is
/// committed.</summary>
internal sealed class Materialize<TKey, TValue>(
    RegionSite<TKey, TableChange<TKey, TValue>> site, StoredEntities<TKey, TValue> entities,
    ViewHub<TKey, TValue> hub, object run, int regions, Receiver<TableChange<TKey, TValue>> output)
    : KeyedOperator<TKey, TableChange<TKey, TValue>>(site)
{
    private readonly StateMap<TKey, TValue> _map = entities.States.Map;

    public override EntityStates<TKey> Entities => entities;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        hub.Load(run, opening.Epoch, ViewDelta<TKey, TValue>.OfLive(_map), regions);
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        var delta = ViewDelta<TKey, TValue>.OfDirty(_map);
        long epoch = report.Epoch;
        report.Committed.Add(_ =>
        {
            hub.Apply(run, epoch, delta, regions);
            return ValueTask.CompletedTask;
        });
        return base.OnBarrierAsync(report, cancellation);
    }

    protected override void OnKeyed(in Chunk<TableChange<TKey, TValue>> chunk, TKey[] keys, ulong[] hashes)
    {
        _map.Reserve(chunk.Count);
        _map.Prefetch(hashes.AsSpan(0, chunk.Count));
        for (int row = 0; row < chunk.Count; row++)
        {
            if (chunk.Rows[row].HasAfter)
                _map.Touch(keys[row], hashes[row]) = chunk.Rows[row].After!;
            else
                _map.Remove(keys[row], hashes[row]);
        }

        output.OnChunk(chunk);
    }

    protected override void Advance(long watermark) => output.OnWatermark(watermark);
}
