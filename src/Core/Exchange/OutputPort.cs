using ActorStreams.Core.Records;

namespace ActorStreams.Core.Exchange;

/// <summary>The way out of an actor to the lanes of the next stage.</summary>
internal abstract class OutputPort
{
    /// <summary>Whether full batches wait for credit.</summary>
    public abstract bool HasPending { get; }

    /// <summary>Whether rows wait for their batch to fill.</summary>
    public abstract bool HasPartial { get; }

    /// <summary>Sends batches that are not full: the linger time is over, or nothing more is coming for now.</summary>
    public abstract void FlushPartial();

    /// <summary>Sends to every lane, after all rows so far.</summary>
    public abstract void SendToAll(in LaneMessage message);

    /// <summary>Waits until everything pending is sent.</summary>
    public abstract ValueTask FlushPendingAsync(CancellationToken cancellation);
}

/// <summary>Fills one batch per lane; subclasses say which row goes where.</summary>
internal abstract class OutputPort<T> : OutputPort
{
    private readonly StageContext _context;
    private readonly Target[] _targets;
    private readonly BatchPool<T> _pool;
    private long _sourceWatermark = EventTime.MinValue;
    private int _pending;

    protected OutputPort(StageContext context, IReadOnlyList<Outlet> outlets, BatchPool<T> pool)
    {
        _context = context;
        _pool = pool;
        _targets = new Target[outlets.Count];
        Batches = new Batch<T>[outlets.Count];
        for (int i = 0; i < outlets.Count; i++)
        {
            _targets[i] = new Target(outlets[i]);
            Batches[i] = pool.Rent();
        }
    }

    /// <summary>The batch being filled for each lane.</summary>
    protected Batch<T>[] Batches { get; }

    public override bool HasPending => _pending > 0;

    public override bool HasPartial
    {
        get
        {
            foreach (Batch<T> batch in Batches)
            {
                if (batch.Count > 0)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Sends the lane's batch and starts the next one.</summary>
    protected Batch<T> Send(int lane)
    {
        Batch<T> batch = Batches[lane];
        Post(lane, new LaneMessage(MessageKind.Batch, batch, 0));
        Batch<T> next = _pool.Rent();
        next.SourceWatermarks?.Begin(0, _sourceWatermark);
        return Batches[lane] = next;
    }

    /// <summary>The rows of a chunk come: they have its source watermark.</summary>
    protected void Begin(in Chunk<T> chunk)
    {
        if (chunk.SourceWatermark == _sourceWatermark)
            return;
        _sourceWatermark = chunk.SourceWatermark;
        foreach (Batch<T> batch in Batches)
            batch.SourceWatermarks?.Begin(batch.Count, _sourceWatermark);
    }

    public override void FlushPartial()
    {
        for (int lane = 0; lane < Batches.Length; lane++)
        {
            if (Batches[lane].Count > 0)
                Send(lane);
        }
    }

    public override void SendToAll(in LaneMessage message)
    {
        FlushPartial();
        for (int lane = 0; lane < Batches.Length; lane++)
            Post(lane, message);
    }

    public override async ValueTask FlushPendingAsync(CancellationToken cancellation)
    {
        foreach (Target target in _targets)
        {
            while (target.Pending.TryPeek(out LaneMessage message))
            {
                cancellation.ThrowIfCancellationRequested();
                if (target.Outlet.TrySend(message))
                {
                    target.Pending.Dequeue();
                    _pending--;
                }
                else
                {
                    await target.Outlet.WaitAsync();
                }
            }
        }
    }

    /// <summary>Adds all rows to one lane's batches.</summary>
    protected void AddAll(int lane, in Chunk<T> chunk)
    {
        Begin(chunk);
        int done = 0;
        while (done < chunk.Count)
        {
            Batch<T> batch = Batches[lane];
            int count = Math.Min(chunk.Count - done, batch.Rows.Length - batch.Count);
            chunk.Rows.Slice(done, count).CopyTo(batch.Rows.AsSpan(batch.Count));
            chunk.Times.Slice(done, count).CopyTo(batch.Times.AsSpan(batch.Count));
            if (batch.Positions is not null)
                CopyPositions(chunk.Positions, done, batch.Positions.AsSpan(batch.Count, count));
            batch.Count += count;
            done += count;
            if (batch.Count == batch.Rows.Length)
                Send(lane);
        }
    }

    /// <summary>Rows that come without positions must not inherit those of the batch's last use.</summary>
    private static void CopyPositions(ReadOnlySpan<long> positions, int from, Span<long> target)
    {
        if (positions.IsEmpty)
            target.Fill(Position.None);
        else
            positions.Slice(from, target.Length).CopyTo(target);
    }

    private void Post(int lane, in LaneMessage message)
    {
        Target target = _targets[lane];
        if (target.Pending.Count == 0 && target.Outlet.TrySend(message))
            return;
        target.Pending.Enqueue(message);
        _pending++;
        _context.Yield();
    }

    private sealed class Target(Outlet outlet)
    {
        public Outlet Outlet { get; } = outlet;

        public Queue<LaneMessage> Pending { get; } = new();
    }
}

/// <summary>Every row to the same lane: a gather, or a one-to-one forward.</summary>
internal sealed class Forward<T>(StageContext context, Outlet outlet, BatchPool<T> pool) : OutputPort<T>(context, [outlet], pool)
{
    public Receiver<T> Entry => field ??= new ForwardEntry(this);

    private sealed class ForwardEntry(Forward<T> port) : Receiver<T>
    {
        public override void OnChunk(in Chunk<T> chunk) => port.AddAll(0, chunk);

        public override void OnWatermark(long watermark) => port.SendToAll(LaneMessage.Watermark(watermark));
    }
}

/// <summary>Every row to every lane, in a batch of its own: receivers give batches back.</summary>
internal sealed class ToAll<T>(StageContext context, IReadOnlyList<Outlet> lanes, BatchPool<T> pool)
    : OutputPort<T>(context, lanes, pool)
{
    public Receiver<T> Entry => field ??= new ToAllEntry(this);

    private void Add(in Chunk<T> chunk)
    {
        for (int lane = 0; lane < Batches.Length; lane++)
            AddAll(lane, chunk);
    }

    private sealed class ToAllEntry(ToAll<T> port) : Receiver<T>
    {
        public override void OnChunk(in Chunk<T> chunk) => port.Add(chunk);

        public override void OnWatermark(long watermark) => port.SendToAll(LaneMessage.Watermark(watermark));
    }
}

/// <summary>Rows to the lane of the region that hosts their key's shard.</summary>
internal sealed class Exchange<TKey, T>(
    StageContext context, IReadOnlyList<Outlet> lanes, BatchPool<T> pool, Func<T, TKey> keyOf, ShardMap shards, OperatorErrors errors)
    : OutputPort<T>(context, lanes, pool)
{
    private readonly ulong[] _hashes = new ulong[Chunk<T>.Size];
    private readonly int[] _regionOfShard = shards.RegionOfShard(lanes.Count);
    private readonly int _shift = shards.HashShift;
    private readonly ulong _seed = shards.Seed;

    public Receiver<T> Entry => field ??= new ExchangeEntry(this);

    private void Add(in Chunk<T> chunk)
    {
        int hashed = 0;
        try
        {
            for (; hashed < chunk.Count; hashed++)
                _hashes[hashed] = KeyHash<TKey>.Of(keyOf(chunk.Rows[hashed]), _seed);
        }
        catch (Exception error)
        {
            Copy(chunk.Slice(0, hashed));
            errors.OnRow(error, chunk.Rows[hashed], chunk.Times[hashed], chunk.PositionOf(hashed));
            Add(chunk.Slice(hashed + 1, chunk.Count - hashed - 1));
            return;
        }

        Copy(chunk);
    }

    private void Copy(in Chunk<T> chunk)
    {
        Begin(chunk);
        Batch<T>[] batches = Batches;
        int[] regions = _regionOfShard;
        bool withPositions = batches[0].Positions is not null;
        for (int row = 0; row < chunk.Count; row++)
        {
            int lane = regions[(int)(_hashes[row] >> _shift)];
            Batch<T> batch = batches[lane];
            int at = batch.Count;
            batch.Rows[at] = chunk.Rows[row];
            batch.Times[at] = chunk.Times[row];
            if (withPositions)
                batch.Positions![at] = chunk.PositionOf(row);
            batch.Count = ++at;
            if (at == batch.Rows.Length)
                Send(lane);
        }
    }

    private sealed class ExchangeEntry(Exchange<TKey, T> port) : Receiver<T>
    {
        public override void OnChunk(in Chunk<T> chunk) => port.Add(chunk);

        public override void OnWatermark(long watermark) => port.SendToAll(LaneMessage.Watermark(watermark));
    }
}
