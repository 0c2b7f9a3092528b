using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Collects what happens to each key and puts it out when the epoch ends, a chunk at a time; the watermark waits for it.</summary>
/// <remarks>At a barrier nothing is left, so nothing is stored.</remarks>
internal abstract class EpochEndOperator<TKey, TIn, TOut, TPending>(
    RegionSite<TKey, TIn> site, Receiver<TOut> output)
    : KeyedOperator<TKey, TIn>(site), IRowBuffer
    where TPending : struct
{
    private readonly StateMap<TKey, TPending> _pending = new(site.Shards);
    private readonly TOut[] _rows = new TOut[Chunk<TOut>.Size];
    private readonly long[] _times = new long[Chunk<TOut>.Size];
    private long _heldWatermark = EventTime.MinValue;
    private int _pass;
    private int _next;

    public override EntityStates<TKey> Entities { get; } = new NothingStored<TKey>();

    public bool HoldsUntilBarrier => _pending.Count > 0;

    /// <summary>How often what is pending is gone through, each time for other rows.</summary>
    protected virtual int Passes => 1;

    public bool Flush() => false;

    public bool FlushAtBarrier()
    {
        if (_pending.Count == 0)
            return false;
        int count = 0;
        ReadOnlySpan<int> slots = _pending.Dirty;
        while (_pass < Passes && count < _rows.Length)
        {
            if (_next == slots.Length)
            {
                (_pass, _next) = (_pass + 1, 0);
                continue;
            }

            ref StateMap<TKey, TPending>.Entry entry = ref _pending.At(slots[_next++]);
            if (TryEmit(_pass, entry.Key, entry.State, out _rows[count], out _times[count]))
                count++;
        }

        if (count > 0)
            output.OnChunk(new Chunk<TOut>(_rows.AsSpan(0, count), _times.AsSpan(0, count)));
        if (_pass < Passes)
            return true;
        _pending.Clear();
        _pending.ClearDirty();
        (_pass, _next) = (0, 0);
        if (_heldWatermark != EventTime.MinValue)
            output.OnWatermark(_heldWatermark);
        _heldWatermark = EventTime.MinValue;
        return true;
    }

    public override ValueTask CloseAsync()
    {
        _pending.Dispose();
        return base.CloseAsync();
    }

    /// <summary>Takes a row of a key; what is pending is default if the epoch has not seen the key yet.</summary>
    protected abstract void Take(ref TPending pending, in TIn row, long time);

    /// <summary>The row that a key puts out in a pass, if there is one.</summary>
    protected abstract bool TryEmit(int pass, TKey key, in TPending pending, out TOut row, out long time);

    protected override void OnKeyed(in Chunk<TIn> chunk, TKey[] keys, ulong[] hashes)
    {
        _pending.Reserve(chunk.Count);
        for (int row = 0; row < chunk.Count; row++)
            Take(ref _pending.Touch(keys[row], hashes[row]), chunk.Rows[row], chunk.Times[row]);
    }

    protected override void Advance(long watermark)
    {
        if (_pending.Count == 0)
            output.OnWatermark(watermark);
        else
            _heldWatermark = watermark;
    }
}

/// <summary>The entities of an operator that keeps nothing from epoch to epoch.</summary>
internal sealed class NothingStored<TKey> : EntityStates<TKey>
{
    public override IReadOnlyList<IShardedState> Journaled => [];

    public override IReadOnlyList<string> Names => ["(none)"];

    public override object? Read(TKey key, string name) => null;
}
