using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>What is kept of one key's running window, and how slices come into it and go. A struct, so that the loops are compiled for each kind by itself.</summary>
/// <remarks>When a merge throws, the run stays marked as broken, and the window is computed from its slices until that works again.</remarks>
internal interface IRunningWindow<TAcc, TRun>
{
    void Enter(ref TRun run, long slice, in TAcc accumulator);

    /// <summary>The oldest slice goes.</summary>
    /// <returns>Whether it was the last one.</returns>
    bool Leave(ref TRun run, in TAcc accumulator);

    /// <summary>A row came late to a slice that is in already.</summary>
    void Replace(ref TRun run, long slice, in TAcc before, in TAcc after);

    bool IsBroken(in TRun run);

    void Repair(ref TRun run, in TAcc accumulator);

    /// <summary>Everything in the window that begins at <paramref name="window"/>.</summary>
    TAcc Current(ref TRun run, long window);
}

/// <summary>The running window of each key of a region: what the next window to fire holds already.</summary>
/// <remarks>
/// Derived from the slices, so neither journaled nor in snapshots. All maps are ordered by hash: a shard's part of a slice goes through the same part of
/// this map from one end to the other, so no step is a random access.
/// </remarks>
internal abstract class RunningWindows<TKey, TAcc, TOut>
{
    /// <summary>Takes a shard's part of a slice in.</summary>
    public abstract void Enter(OpenSlice<TKey, TAcc> slice, int shard);

    /// <summary>Takes a shard's part of a slice out.</summary>
    public abstract void Leave(OpenSlice<TKey, TAcc> slice, int shard);

    /// <summary>A key's accumulator in a slice that is in already has changed.</summary>
    public abstract void Replace(TKey key, ulong hash, long slice, bool isNew, in TAcc before, in TAcc after);

    /// <summary>Puts out the results of a shard's keys from <paramref name="slot"/> on (below zero: from its first), until there is no room for more.</summary>
    /// <returns>The slot to go on with, or -1 if all are out.</returns>
    public abstract int Collect(int shard, Window window, int slot, WindowOutput<TKey, TOut> output, OperatorErrors errors);
}

internal sealed class RunningWindows<TKey, T, TAgg, TAcc, TOut, TRun, TWindow>(ShardRange shards, SliceStore<TKey, TAcc> slices, TAgg aggregator, TWindow running)
    : RunningWindows<TKey, TAcc, TOut>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TWindow : struct, IRunningWindow<TAcc, TRun>
{
    private readonly StateMap<TKey, TRun> _runs = new(shards);
    private int _slot;

    public override void Enter(OpenSlice<TKey, TAcc> slice, int shard)
    {
        (_slot, int end) = slice.Map.SlotsOf(shard);
        int home = _slot + slice.Map.SlotsPerShard;
        while (_slot < end)
        {
            try
            {
                EnterFrom(slice, shard, end, home);
            }
            catch (Exception)
            {
                // The run is marked as broken: the error is told when the window's result is asked for, if it is one then.
                _slot++;
            }
        }
    }

    public override void Leave(OpenSlice<TKey, TAcc> slice, int shard)
    {
        (_slot, int end) = slice.Map.SlotsOf(shard);
        int home = _slot + slice.Map.SlotsPerShard;
        while (_slot < end)
        {
            try
            {
                LeaveFrom(slice, shard, end, home);
            }
            catch (Exception)
            {
                _slot++;
            }
        }
    }

    public override void Replace(TKey key, ulong hash, long slice, bool isNew, in TAcc before, in TAcc after)
    {
        ref TRun run = ref _runs.Restore(key, hash);
        try
        {
            if (isNew)
                running.Enter(ref run, slice, after);
            else
                running.Replace(ref run, slice, before, after);
        }
        catch (Exception)
        {
            // Broken, as above.
        }
    }

    public override int Collect(int shard, Window window, int slot, WindowOutput<TKey, TOut> output, OperatorErrors errors)
    {
        (int start, int end) = _runs.SlotsOf(shard);
        _slot = slot < 0 ? start : slot;
        while (_slot < end && !output.IsFull)
        {
            try
            {
                CollectFrom(shard, window, end, start + _runs.SlotsPerShard, output);
            }
            catch (Exception error)
            {
                errors.OnWindow(error, _runs.At(_slot++).Key, window);
            }
        }

        return _slot < end ? _slot : -1;
    }

    private void EnterFrom(OpenSlice<TKey, TAcc> slice, int shard, int end, int home)
    {
        StateMap<TKey, TAcc> map = slice.Map;
        StateMap<TKey, TRun> runs = _runs;
        for (; _slot < end; _slot++)
        {
            ref StateMap<TKey, TAcc>.Entry entry = ref map.At(_slot);
            if (!map.IsLive(entry) || (map.MayHoldOthers(shard, _slot, home) && map.ShardOf(entry) != shard))
                continue;
            running.Enter(ref runs.Restore(entry.Key, KeyHash<TKey>.Of(entry.Key)), slice.Start, entry.State);
        }
    }

    private void LeaveFrom(OpenSlice<TKey, TAcc> slice, int shard, int end, int home)
    {
        StateMap<TKey, TAcc> map = slice.Map;
        StateMap<TKey, TRun> runs = _runs;
        for (; _slot < end; _slot++)
        {
            ref StateMap<TKey, TAcc>.Entry entry = ref map.At(_slot);
            if (!map.IsLive(entry) || (map.MayHoldOthers(shard, _slot, home) && map.ShardOf(entry) != shard))
                continue;
            ulong hash = KeyHash<TKey>.Of(entry.Key);
            int slot = runs.Find(entry.Key, hash);
            if (slot >= 0 && running.Leave(ref runs.At(slot).State, entry.State))
                runs.RestoreRemoved(entry.Key, hash);
        }
    }

    private void CollectFrom(int shard, Window window, int end, int home, WindowOutput<TKey, TOut> output)
    {
        StateMap<TKey, TRun> runs = _runs;
        for (; _slot < end && !output.IsFull; _slot++)
        {
            ref StateMap<TKey, TRun>.Entry entry = ref runs.At(_slot);
            if (!runs.IsLive(entry) || (runs.MayHoldOthers(shard, _slot, home) && runs.ShardOf(entry) != shard))
                continue;
            TAcc accumulator = running.IsBroken(entry.State) ? FromSlices(entry.Key, shard, ref entry.State) : running.Current(ref entry.State, window.Start);
            output.Add(entry.Key, window, aggregator.Result(accumulator));
        }
    }

    private TAcc FromSlices(TKey key, int shard, ref TRun run)
    {
        TAcc accumulator = default!;
        ulong hash = KeyHash<TKey>.Of(key);
        foreach (OpenSlice<TKey, TAcc> slice in slices.Slices)
        {
            if (!slice.Entered[shard - shards.First] || slices.IsGone(slice, shard - shards.First))
                continue;
            int slot = slice.Map.Find(key, hash);
            if (slot >= 0)
                aggregator.Merge(ref accumulator, slice.Map.At(slot).State);
        }

        running.Repair(ref run, accumulator);
        return accumulator;
    }
}
