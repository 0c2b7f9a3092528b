using ActorStreams.Core.Process;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams;

/// <summary>Folds upserts into a table.</summary>
public static class UpsertsToTableOperator
{
    /// <summary>The row that was put last for each key, until it is deleted or everything is.</summary>
    /// <param name="upserts">What happens to the keys: a captured table, for instance.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <returns>A table of rows; its changes tell the old row of an update and of a deletion, although the upserts do not.</returns>
    /// <remarks>Keeps the present row of every key. Upserts without a key (null) are ignored and counted as <c>null_keys</c>.</remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public static Table<TKey, T> ToTable<TKey, T>(this Stream<Upsert<TKey, T>> upserts, string name)
    {
        ArgumentNullException.ThrowIfNull(upserts);
        return new Table<TKey, T>(upserts.Add(new UpsertsToTableNode<TKey, T>(name, upserts.KeyBy(static upsert => upsert.Key!))));
    }
}

internal sealed class UpsertsToTableNode<TKey, T>(string name, KeyedStream<TKey, Upsert<TKey, T>> input)
    : KeyedNode<TKey, Upsert<TKey, T>, TableChange<TKey, T>>(name, "upserts-to-table", input)
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override (OutputPort Port, Receiver<Upsert<TKey, T>> Entry) Connect(
        StageBuild sender, IReadOnlyList<InputPort<Upsert<TKey, T>>> ports, IReadOnlyList<Inbox> inboxes)
    {
        var port = new UpsertExchange<TKey, T>(sender.Context, sender.Lanes(ports, inboxes), sender.PoolOf(this), sender.Shards);
        return (port, port.Entry);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new StoredEntities<TKey, T>(shards, "row");

    protected override KeyedOperator<TKey, Upsert<TKey, T>> Build(StageBuild build, RegionSite<TKey, Upsert<TKey, T>> site)
    {
        return new UpsertsToTable<TKey, T>(
            site, new StoredEntities<TKey, T>(site.Shards, "row"), build.Downstream(this));
    }
}

/// <summary>One region of a table made from upserts.</summary>
internal sealed class UpsertsToTable<TKey, T>(
    RegionSite<TKey, Upsert<TKey, T>> site, StoredEntities<TKey, T> entities,
    Receiver<TableChange<TKey, T>> output)
    : RowByRowOperator<TKey, Upsert<TKey, T>, TableChange<TKey, T>>(site, output)
{
    private readonly StoredMap<TKey, T> _rows = entities.States;
    private long _nullKeys;

    public override EntityStates<TKey> Entities => entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("null_keys", _nullKeys)];

    protected override void RestoreCounters(Func<string, long> counter) => _nullKeys = counter("null_keys");

    protected override void OnKeyed(in Chunk<Upsert<TKey, T>> chunk, TKey[] keys, ulong[] hashes)
    {
        if (_rows.Map.OutgrowsCache)
        {
            for (int row = 0; row < chunk.Count; row++)
                _rows.Map.Prefetch(hashes[row]);
        }

        base.OnKeyed(chunk, keys, hashes);
    }

    protected override void OnRow(in Upsert<TKey, T> row, TKey key, ulong hash, long time)
    {
        if (row.Kind == UpsertKind.Clear)
        {
            Clear(time);
            return;
        }

        if (key is null)
        {
            _nullKeys++;
            return;
        }

        bool had = _rows.TryGet(key, hash, out T before);
        if (row.Kind == UpsertKind.Put)
            _rows.Touch(key, hash) = row.Row!;
        else if (had)
            _rows.Remove(key, hash);
        if (had || row.Kind == UpsertKind.Put)
            Emit(new TableChange<TKey, T>(key, had, had ? before : default, row.Kind == UpsertKind.Put, row.Row), time);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // No user code runs here.
    }

    /// <summary>Deletes every key of the region; each has been told the same.</summary>
    private void Clear(long time)
    {
        StateMap<TKey, T> map = _rows.Map;
        var gone = new List<(TKey Key, T Row)>(map.Count);
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            ref StateMap<TKey, T>.Entry entry = ref map.At(slot);
            if (map.IsLive(entry))
                gone.Add((entry.Key, entry.State));
        }

        foreach ((TKey key, T row) in gone)
        {
            map.Remove(key, map.HashOf(key));
            Emit(new TableChange<TKey, T>(key, true, row, false, default), time);
        }
    }
}
