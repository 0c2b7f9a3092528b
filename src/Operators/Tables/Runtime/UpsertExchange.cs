using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Upserts to the region that hosts their key's shard; what clears the table to every region, in its place among the
/// others.</summary>
internal sealed class UpsertExchange<TKey,
    T>(StageContext context, IReadOnlyList<Outlet> lanes, BatchPool<Upsert<TKey, T>> pool, ShardMap shards)
    : OutputPort<Upsert<TKey, T>>(context, lanes, pool)
{
    private readonly int[] _regionOfShard = shards.RegionOfShard(lanes.Count);
    private readonly int _shift = shards.HashShift;

    public Receiver<Upsert<TKey, T>> Entry => field ??= new ExchangeEntry(this);

    private void Add(in Chunk<Upsert<TKey, T>> chunk)
    {
        for (int row = 0; row < chunk.Count; row++)
        {
            ref readonly Upsert<TKey, T> upsert = ref chunk.Rows[row];
            if (upsert.Kind != UpsertKind.Clear)
            {
                Add(_regionOfShard[(int)(shards.HashOf(upsert.Key!) >> _shift)], chunk, row);
                continue;
            }

            for (int lane = 0; lane < Batches.Length; lane++)
                Add(lane, chunk, row);
        }
    }

    private void Add(int lane, in Chunk<Upsert<TKey, T>> chunk, int row)
    {
        Batch<Upsert<TKey, T>> batch = Batches[lane];
        int at = batch.Count;
        batch.Rows[at] = chunk.Rows[row];
        batch.Times[at] = chunk.Times[row];
        if (batch.Positions is { } positions)
            positions[at] = chunk.PositionOf(row);
        batch.Count = ++at;
        if (at == batch.Rows.Length)
            Send(lane);
    }

    private sealed class ExchangeEntry(UpsertExchange<TKey, T> port) : Receiver<Upsert<TKey, T>>
    {
        public override void OnChunk(in Chunk<Upsert<TKey, T>> chunk) => port.Add(chunk);

        public override void OnWatermark(long watermark) => port.SendToAll(LaneMessage.Watermark(watermark));
    }
}
