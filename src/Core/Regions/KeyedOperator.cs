using ActorStreams.Core.Exchange;
using ActorStreams.Core.State;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Regions;

/// <summary>A region, as the job sees it.</summary>
internal interface IRegion
{
    string OperatorName { get; }

    ShardRange Shards { get; }

    StageContext Context { get; }

    /// <summary>No element with a smaller time is expected; may be asked from any thread.</summary>
    long Watermark { get; }

    /// <summary>What it keeps back until the watermark lets it go; may be asked from any thread, so it only reads counts.</summary>
    KeptBack KeptBack { get; }

    /// <summary>Whether rows that come too late are no part of the results, and counted as <c>late_dropped</c>.</summary>
    bool RefusesLateRows { get; }

    IReadOnlyDictionary<string, long> Counters();
}

/// <summary>A region that can be asked about a key, for those who do not know the type of its keys.</summary>
internal interface IEntityHost
{
    /// <summary>The present value of a state of a key; null if the key has none.</summary>
    /// <exception cref="JobException">The key is of another type, or there is no such state.</exception>
    object? Read(string operatorName, object key, string? state);
}

/// <summary>A region that can be asked about a key.</summary>
internal interface IEntityHost<TKey> : IEntityHost
{
    EntityStates<TKey> Entities { get; }

    object? IEntityHost.Read(string operatorName, object key, string? state) => Entities.ReadAny(operatorName, key, state);
}

/// <summary>A region whose entities take commands that did not come with a source.</summary>
internal interface ICommandHost
{
    /// <summary>Has an entity decide on a command: all of its events are applied and put out, or nothing is. Nothing of the region may be
    /// suspended.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="command">A row of the operator's input.</param>
    /// <exception cref="JobException">The key or the command is of another type, or they do not belong together.</exception>
    Decided Decide(object key, object command);
}

/// <summary>A shard region: hosts some of a keyed operator's shards, takes their rows, journals their changes.</summary>
internal abstract class KeyedOperator<TKey, TIn> : Receiver<TIn>, IEpochPart, IRegion, IEntityHost<TKey>
{
    private readonly TKey[] _keys = new TKey[Chunk<TIn>.Size];
    private readonly ulong[] _hashes = new ulong[Chunk<TIn>.Size];
    private readonly KeyLoop<TKey, TIn> _loop;
    private readonly RegionRecord _record;
    private long _rows;

    protected KeyedOperator(RegionSite<TKey, TIn> site)
    {
        (OperatorName, Context, Shards, KeyOf, Errors) = (site.Name, site.Context, site.Shards, site.KeyOf, site.Errors);
        _loop = KeyLoop<TKey, TIn>.Of(site.KeyOf, site.Shards.Map.Seed);
        _record = new RegionRecord(this, site.Errors);
    }

    public string OperatorName { get; }

    public StageContext Context { get; }

    public ShardRange Shards { get; }

    /// <summary>No element with a smaller time is expected.</summary>
    public long Watermark { get; private set; } = EventTime.MinValue;

    public virtual KeptBack KeptBack => KeptBack.Nothing;

    protected Func<TIn, TKey> KeyOf { get; }

    protected OperatorErrors Errors { get; }

    /// <summary>What it keeps per key; fixed once opened.</summary>
    public abstract EntityStates<TKey> Entities { get; }

    public virtual bool RefusesLateRows => false;

    /// <summary>Counts that survive restarts, besides rows, errors and late rows.</summary>
    protected virtual IEnumerable<(string Name, long Value)> OwnCounters => [];

    public IReadOnlyDictionary<string, long> Counters() => _record.Counters(_rows, OwnCounters);

    public sealed override void OnChunk(in Chunk<TIn> chunk)
    {
        if (TryTake(chunk, KeyOf))
        {
            _rows += chunk.Count;
            return;
        }

        ReadOnlySpan<TIn> rows = chunk.Rows;
        TKey[] keys = _keys;
        ulong[] hashes = _hashes;
        int row = 0;
        try
        {
            _loop.Find(rows, keys, hashes, ref row);
        }
        catch (Exception error)
        {
            // Rows before the bad one first, then the policy, then the rest.
            _rows += row;
            OnKeyed(chunk.Slice(0, row), keys, hashes);
            Errors.OnRow(error, rows[row], chunk.Times[row], chunk.PositionOf(row));
            OnChunk(chunk.Slice(row + 1, rows.Length - row - 1));
            return;
        }

        _rows += rows.Length;
        OnKeyed(chunk, keys, hashes);
    }

    public sealed override void OnWatermark(long watermark)
    {
        // After a restart with partitions that were idle before, the inputs may start behind: what was complete stays complete.
        Watermark = Math.Max(Watermark, watermark);
        Advance(Watermark);
    }

    public virtual async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation) =>
        Watermark = await _record.RestoreAsync(Entities.Journaled, opening, RestoreCounters, cancellation);

    public virtual ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        _record.Write(report, Watermark);
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Takes rows whose keys are still to be found, where that is faster than to find them first; a bad row is reported here
    /// then.</summary>
    /// <returns>False: not taken.</returns>
    protected virtual bool TryTake(in Chunk<TIn> chunk, Func<TIn, TKey> keyOf) => false;

    /// <summary>Takes rows with their keys and hashes (the first <c>chunk.Count</c> entries).</summary>
    protected abstract void OnKeyed(in Chunk<TIn> chunk, TKey[] keys, ulong[] hashes);

    /// <summary>A row, or several, came too late to count.</summary>
    protected void CountLate(int rows = 1) => _record.LateRows += rows;

    /// <summary>The watermark has advanced: fires what is due, then tells downstream.</summary>
    protected abstract void Advance(long watermark);

    protected virtual void RestoreCounters(Func<string, long> counter)
    {
    }
}
