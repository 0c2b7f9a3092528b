using ActorStreams.Core.Time;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>One region of windows that cut time into pieces and fire once, when they are complete.</summary>
/// <remarks>
/// Rows of a chunk mostly fall into one window: then the whole chunk is one loop over one map. A window fires shard by shard, 256 results
/// at a time, stopping whenever output is full; a barrier may cut in between two shards.
/// </remarks>
internal sealed class TumblingAggregate<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site,
    IPartitionOfTime windows, TAgg aggregator, WindowEntities<TKey, T, TAgg, TAcc, TOut> entities,
    WindowOutput<TKey, TOut> output, LateOutput<T> late)
    : OnTimeRegion<TKey, T, TOut>(site, output, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly PaneStore<TKey, TAcc> _panes = entities.Panes;
    private readonly Accumulators<TKey, T, TAgg, TAcc, TOut> _accumulators = new(aggregator, site.Errors);
    private readonly int[] _live = new int[Chunk<T>.Size];
    private Pane<TKey, TAcc>? _current;
    private int _firingSlot = -1;
    private int _at;

    public override EntityStates<TKey> Entities => entities;

    /// <summary>How much of a shard has fired is no state.</summary>
    public override bool CanCut => _firingSlot < 0 && base.CanCut;

    public override KeptBack KeptBack => KeptBack.Of("open windows", () => _panes.Panes.Sum(static pane => (long)pane.Map.Count));

    public override Fired Fire()
    {
        while (_panes.Panes.Count > 0 && _panes.Panes[0] is { } pane && pane.End <= Watermark)
        {
            if (ReferenceEquals(pane, _current))
                _current = null;
            while (pane.FiredShards < Shards.Count)
            {
                if (!FireShard(pane))
                    return Fired.Stopped;
                _panes.OnFired(pane, pane.FiredShards);
                if (Loop.MustStop)
                    return Fired.Some;
            }

            _panes.CloseOldest();
        }

        return Fired.All;
    }

    protected override bool TryTake(in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        if (_current is not { Map.IsSettled: true } current
            || Errors.Skips || current.End <= Late.WatermarkOf(chunk, Watermark)
                || !TimeColumn.IsWithin(chunk.Times, current.Start, current.End))
            return false;
        current.Map.Reserve(chunk.Count);
        _accumulators.Add(current.Map, chunk, keyOf);
        return true;
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        if (_current is { } current && current.End > Late.WatermarkOf(chunk, Watermark)
            && TimeColumn.IsWithin(chunk.Times, current.Start, current.End))
            Add(current, chunk, keys, hashes, 0, chunk.Count);
        else
            OnMixed(chunk, keys, hashes);
    }

    private void OnMixed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        long watermark = Late.WatermarkOf(chunk, Watermark);
        int row = 0;
        while (row < chunk.Count)
        {
            long time = chunk.Times[row];
            long start = windows.StartOf(time);
            long end = windows.EndOf(start);
            int next = row + 1;
            while (next < chunk.Count && chunk.Times[next] >= start && chunk.Times[next] < end)
                next++;
            if (end <= watermark)
            {
                Late.OnLate(chunk.Slice(row, next - row), watermark);
            }
            else
            {
                if (_current?.Start != start)
                    _current = _panes.GetOrOpen(start);
                Add(_current, chunk, keys, hashes, row, next);
            }

            row = next;
        }
    }

    private void Add(Pane<TKey, TAcc> pane, in Chunk<T> chunk, TKey[] keys, ulong[] hashes, int start, int end)
    {
        StateMap<TKey, TAcc> map = pane.Map;
        map.Reserve(end - start);
        if (!Errors.Skips)
        {
            _accumulators.Add(map, chunk, keys, hashes, start, end);
            return;
        }

        for (int row = start; row < end; row++)
        {
            int slot = map.Find(keys[row], hashes[row]);
            TAcc accumulator = slot < 0 ? default! : map.At(slot).State;
            if (_accumulators.TryAdd(ref accumulator, chunk, row))
                map.Touch(keys[row], hashes[row]) = accumulator;
        }
    }

    /// <summary>Fires one shard of a window from where it was left.</summary>
    /// <returns>Whether the shard is done; false if output is full.</returns>
    private bool FireShard(Pane<TKey, TAcc> pane)
    {
        int shard = Shards.First + pane.FiredShards;
        (int start, int end) = pane.Map.SlotsOf(shard);
        _firingSlot = _firingSlot < 0 ? start : _firingSlot;
        do
        {
            _firingSlot = Collect(pane.Map, shard, new Window(pane.Start, pane.End), _firingSlot, end);
            if ((Output.IsFull && !Output.Send()) || Context.MustYield)
                return _firingSlot < 0;
        }
        while (_firingSlot >= 0);

        return true;
    }

    /// <summary>Puts out the results of a shard's keys from <paramref name="slot"/> on, until there is no room for more.</summary>
    /// <returns>The slot to go on with, or -1 if all are out.</returns>
    private int Collect(StateMap<TKey, TAcc> map, int shard, Window window, int slot, int end)
    {
        while (!Output.IsFull)
        {
            int count = map.ListShard(shard, ref slot, end, _live.AsSpan(0, Output.Room));
            if (count == 0)
                return -1;
            for (_at = 0; _at < count; _at++)
            {
                int from = _at;
                try
                {
                    CollectFrom(map, window, _live.AsSpan(0, count), Output.Free);
                    Output.Added(_at - from, window);
                }
                catch (Exception error)
                {
                    Output.Added(_at - from, window);
                    Errors.OnWindow(error, map.At(_live[_at]).Key, window);
                }
            }
        }

        return slot;
    }

    /// <summary>The loop, outside of the try so that its variables stay in registers.</summary>
    private void CollectFrom(StateMap<TKey, TAcc> map, Window window, ReadOnlySpan<int> slots, Span<WindowResult<TKey, TOut>> results)
    {
        int from = _at;
        for (int at = from; at < slots.Length; at++)
        {
            _at = at;
            ref StateMap<TKey, TAcc>.Entry entry = ref map.At(slots[at]);
            results[at - from] = new WindowResult<TKey, TOut>(entry.Key, window, aggregator.Result(entry.State));
        }

        _at = slots.Length;
    }
}
