using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
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
/// Derived from the slices, so neither journaled nor in snapshots. Slices and this map are ordered by hash: a shard's part of a slice goes through the same
/// part of this map from one end to the other, so no step is a random access.
/// </remarks>
internal abstract class RunningWindows<TKey, TAcc, TOut>
{
    /// <summary>Takes a shard's part of a slice in.</summary>
    /// <param name="entries">What the slice holds in that shard.</param>
    /// <param name="slice">Where the slice starts.</param>
    /// <param name="keys">The keys of the whole slice.</param>
    public abstract void Enter(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice, int keys);

    /// <summary>Takes a shard's part of the oldest slice out.</summary>
    public abstract void Leave(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries);

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
    private readonly int[] _live = new int[Chunk<TKey>.Size];
    private int _at;

    public override void Enter(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice, int keys)
    {
        _runs.EnsureCapacity(keys);
        for (_at = 0; _at < entries.Length; _at++)
        {
            try
            {
                EnterFrom(entries, slice);
            }
            catch (Exception)
            {
                // The run is marked as broken: the error is told when the window's result is asked for, if it is one then.
            }
        }
    }

    public override void Leave(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries)
    {
        for (_at = 0; _at < entries.Length; _at++)
        {
            try
            {
                LeaveFrom(entries);
            }
            catch (Exception)
            {
                // As above.
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
        slot = slot < 0 ? start : slot;
        while (!output.IsFull)
        {
            int count = _runs.ListShard(shard, ref slot, end, _live.AsSpan(0, output.Room));
            if (count == 0)
                return -1;
            for (_at = 0; _at < count; _at++)
            {
                int from = _at;
                try
                {
                    CollectFrom(shard, window, _live.AsSpan(0, count), output.Free);
                    output.Added(_at - from, window);
                }
                catch (Exception error)
                {
                    output.Added(_at - from, window);
                    errors.OnWindow(error, _runs.At(_live[_at]).Key, window);
                }
            }
        }

        return slot;
    }

    // The loops are outside of the try, so that their variables stay in registers.

    private void EnterFrom(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice)
    {
        StateMap<TKey, TRun> runs = _runs;
        for (int at = _at; at < entries.Length; at++)
        {
            _at = at;
            ref readonly PaneEntry<TKey, TAcc> entry = ref entries[at];
            running.Enter(ref runs.Restore(entry.Key, KeyHash<TKey>.Of(entry.Key)), slice, entry.Accumulator);
        }

        _at = entries.Length;
    }

    private void LeaveFrom(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries)
    {
        StateMap<TKey, TRun> runs = _runs;
        for (int at = _at; at < entries.Length; at++)
        {
            _at = at;
            ref readonly PaneEntry<TKey, TAcc> entry = ref entries[at];
            ulong hash = KeyHash<TKey>.Of(entry.Key);
            int slot = runs.Find(entry.Key, hash);
            if (slot >= 0 && running.Leave(ref runs.At(slot).State, entry.Accumulator))
                runs.RestoreRemoved(entry.Key, hash);
        }

        _at = entries.Length;
    }

    private void CollectFrom(int shard, Window window, ReadOnlySpan<int> slots, Span<WindowResult<TKey, TOut>> results)
    {
        StateMap<TKey, TRun> runs = _runs;
        int from = _at;
        for (int at = from; at < slots.Length; at++)
        {
            _at = at;
            ref StateMap<TKey, TRun>.Entry entry = ref runs.At(slots[at]);
            TAcc accumulator = running.IsBroken(entry.State) ? FromSlices(entry.Key, shard, ref entry.State) : running.Current(ref entry.State, window.Start);
            results[at - from] = new WindowResult<TKey, TOut>(entry.Key, window, aggregator.Result(accumulator));
        }

        _at = slots.Length;
    }

    private TAcc FromSlices(TKey key, int shard, ref TRun run)
    {
        TAcc accumulator = default!;
        ulong hash = KeyHash<TKey>.Of(key);
        foreach (OpenSlice<TKey, TAcc> slice in slices.Slices)
        {
            if (!slice.Entered[shard - shards.First] || slices.IsGone(slice, shard - shards.First))
                continue;
            if (slice.TryFind(key, hash, out TAcc part))
                aggregator.Merge(ref accumulator, part);
        }

        running.Repair(ref run, accumulator);
        return accumulator;
    }
}
