using ActorStreams.Core.Storage;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;
using ActorStreams.Operators.Windows.Running;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>One region of a hopping aggregate by slices: a row is added once, to its slice; a window is put together from slices when it
/// fires.</summary>
/// <remarks>
/// <para>A window fires shard by shard: the slices that it is the first to hold enter the running windows, the results go out 256 at a
/// time, the slices that it is the last to hold leave. It stops whenever output is full; a barrier may cut in between two shards.</para>
/// <para>A key gives a result for each window in which it has a row, so what is done at a slide is a constant for each result and each pair
/// of key and slice, whatever the number of slices in a window. Windows without any row cost nothing, years of them neither.</para>
/// </remarks>
internal sealed class HoppingAggregate<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site,
    SliceGrid grid, TAgg aggregator, HoppingEntities<TKey, T, TAgg, TAcc, TOut> entities,
    WindowOutput<TKey, TOut> output, LateOutput<T> late)
    : OnTimeRegion<TKey, T, TOut>(site, output, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly SliceStore<TKey, TAcc> _slices = entities.Slices;
    private readonly RunningWindows<TKey, TAcc, TOut> _running = aggregator.CanUnmerge
        ? new RunningWindows<TKey, TAcc, TOut, Total<TAcc>, RunningTotal<T, TAgg, TAcc, TOut>>(
            site.Shards, entities.Slices, new(aggregator))
        : new RunningWindows<TKey, TAcc, TOut, Stacks<TAcc>?, RunningStacks<T, TAgg, TAcc, TOut>>(
            site.Shards, entities.Slices, new(aggregator, grid));

    private readonly Accumulators<TKey, T, TAgg, TAcc, TOut> _accumulators = new(aggregator, site.Errors);
    private readonly List<OpenSlice<TKey, TAcc>> _entering = [];
    private readonly List<OpenSlice<TKey, TAcc>> _leaving = [];
    private long _unassignedRows;
    private OpenSlice<TKey, TAcc>? _current;
    private long _window;
    private bool _isFiring;
    private int _shard;
    private int _place = -1;

    public override EntityStates<TKey> Entities => entities;

    /// <summary>How much of a shard has fired is no state.</summary>
    public override bool CanCut => _place < 0 && base.CanCut;

    public override KeptBack KeptBack => KeptBack.Of("slices of open windows", () => _slices.Slices.Count);

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [.. base.OwnCounters, ("unassigned", _unassignedRows)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _slices.EndRestore();
        foreach (OpenSlice<TKey, TAcc> slice in _slices.Slices)
            slice.HasEntered = IsPartlyComplete(new Slice(slice.Start, slice.End, slice.LastWindow));

        // What the last epoch left to fire goes first, before a row that came after it.
        if (Watermark != EventTime.MinValue)
            Loop.AdvanceLater();
    }

    public override Fired Fire()
    {
        while (_isFiring || BeginWindow())
        {
            while (_shard < Shards.Count)
            {
                if (!FireShard())
                    return Fired.Stopped;
                _shard++;
                if (Loop.MustStop)
                    return Fired.Some;
            }

            EndWindow();
        }

        return Fired.All;
    }

    protected override void RestoreCounters(Func<string, long> counter)
    {
        base.RestoreCounters(counter);
        _unassignedRows = counter("unassigned");
    }

    protected override bool TryTake(in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        if (_current is not { HasEntered: false, Map: { IsSettled: true } map } current
            || Errors.Skips || !TimeColumn.IsWithin(chunk.Times, current.Start, current.End))
            return false;
        map.Reserve(chunk.Count);
        _accumulators.Add(map, chunk, keyOf);
        return true;
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        if (_current is { HasEntered: false } current && TimeColumn.IsWithin(chunk.Times, current.Start, current.End))
        {
            Add(current, chunk, keys, hashes, 0, chunk.Count);
            return;
        }

        int row = 0;
        while (row < chunk.Count)
        {
            int end = EndOfRun(chunk.Times, row, out Slice slice, out bool isInWindow);
            if (isInWindow)
                OnRun(slice, chunk, keys, hashes, row, end);
            else
                _unassignedRows += end - row;
            row = end;
        }
    }

    /// <summary>Where the rows end that fall into one slice.</summary>
    private int EndOfRun(ReadOnlySpan<long> times, int row, out Slice slice, out bool isInWindow)
    {
        isInWindow = grid.TryFind(times[row], out slice);
        int end = row + 1;
        while (end < times.Length && times[end] >= slice.Start && times[end] < slice.End)
            end++;
        return end;
    }

    private void OnRun(in Slice slice, in Chunk<T> chunk, TKey[] keys, ulong[] hashes, int start, int end)
    {
        if (grid.EndOf(slice.LastWindow) <= Watermark)
        {
            Late.OnLate(chunk.Slice(start, end - start), Watermark);
            return;
        }

        if (_current?.Start != slice.Start)
            _current = Open(slice);
        Add(_current, chunk, keys, hashes, start, end);
    }

    private bool IsPartlyComplete(in Slice slice) => grid.EndOf(grid.FirstWindowOf(slice)) <= Watermark;

    private OpenSlice<TKey, TAcc> Open(in Slice slice)
    {
        OpenSlice<TKey, TAcc> opened = _slices.GetOrOpen(slice);

        // Some of its windows may be complete, without a slice then that they could have fired with.
        opened.HasEntered |= IsPartlyComplete(slice);
        return opened;
    }

    private void Add(OpenSlice<TKey, TAcc> slice, in Chunk<T> chunk, TKey[] keys, ulong[] hashes, int start, int end)
    {
        StateMap<TKey, TAcc> map = slice.HasEntered ? _slices.Unpack(slice) : slice.Map!;
        map.Reserve(end - start);
        if (Errors.Skips || slice.HasEntered)
            AddOneByOne(slice, map, chunk, keys, hashes, start, end);
        else
            _accumulators.Add(map, chunk, keys, hashes, start, end);
    }

    /// <summary>A row that throws must leave no trace, so it is added to a copy first; a row of a slice some of whose windows are complete
    /// changes the running window, and none of those.</summary>
    private void AddOneByOne(OpenSlice<TKey, TAcc> slice, StateMap<TKey, TAcc> map, in Chunk<T> chunk, TKey[] keys, ulong[] hashes,
        int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            int slot = map.Find(keys[row], hashes[row]);
            TAcc before = slot < 0 ? default! : map.At(slot).State;
            TAcc after = before;
            if (!_accumulators.TryAdd(ref after, chunk, row))
                continue;
            map.Touch(keys[row], hashes[row]) = after;
            if (!slice.HasEntered)
                continue;
            int index = Shards.Map.ShardOf(hashes[row]) - Shards.First;
            _slices.PassBy(grid.StartOf(EventTime.AddSaturated(Watermark, -grid.Size)), index);
            if (slice.Entered[index])
                _running.Replace(keys[row], hashes[row], slice.Start, slot < 0, before, after);
        }
    }

    private bool BeginWindow()
    {
        if (_slices.Slices.Count == 0 || grid.EndOf(_window = _slices.NextWindow) > Watermark)
            return false;
        long end = grid.EndOf(_window);
        foreach (OpenSlice<TKey, TAcc> slice in _slices.Slices)
        {
            if (slice.End > end)
                break;
            slice.HasEntered = true;
            if (Array.IndexOf(slice.Entered, false) >= 0)
                _entering.Add(slice);
            if (slice.LastWindow <= _window)
                _leaving.Add(slice);
        }

        (_isFiring, _shard) = (true, 0);
        return true;
    }

    private void EndWindow()
    {
        _isFiring = false;
        foreach (OpenSlice<TKey, TAcc> slice in _entering)
            _slices.OnEntered(slice);
        _entering.Clear();
        _leaving.Clear();
        if (_current is not null && _current.LastWindow <= _window)
            _current = null;
        _slices.Close(_window);
    }

    /// <returns>Whether the shard is done; false if output is full.</returns>
    private bool FireShard()
    {
        int shard = Shards.First + _shard;
        if (_slices.HasFired(_window, _shard))
            return true;
        if (_place < 0)
        {
            _running.Begin(shard);
            foreach (OpenSlice<TKey, TAcc> slice in _entering)
            {
                if (slice.Entered[_shard] || _slices.IsGone(slice, _shard))
                    continue;
                slice.Entered[_shard] = true;
                _running.Enter(shard, _slices.Pack(slice, shard), slice.Start);
            }
        }

        do
        {
            _place = _running.Collect(shard, new Window(_window, grid.EndOf(_window)), _place, Output, Errors);
            if ((Output.IsFull && !Output.Send()) || Context.MustYield)
            {
                if (_place >= 0)
                    return false;
                break;
            }
        }
        while (_place >= 0);

        foreach (OpenSlice<TKey, TAcc> slice in _leaving)
        {
            if (slice.Entered[_shard])
                _running.Leave(shard, _slices.Pack(slice, shard));
        }

        _slices.OnFired(_window, _shard);
        return true;
    }
}
