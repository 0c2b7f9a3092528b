using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Operators.Windows.General;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>What is kept of one key's running window, and how slices come into it and go. A struct, so that the loops are compiled for each
/// kind by itself.</summary>
/// <remarks>When a merge throws, the run stays marked as broken, and the window is computed from its slices until that works
/// again.</remarks>
internal interface IRunningWindow<TAcc, TOut, TRun>
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

    /// <summary>Adds what a slice holds to what other slices hold.</summary>
    void Merge(ref TAcc accumulator, in TAcc slice);

    /// <summary>The result of what a window holds.</summary>
    TOut Result(in TAcc accumulator);
}

/// <summary>The running window of each key of a region: what the next window to fire holds already.</summary>
/// <remarks>
/// Derived from the slices, so neither journaled nor in snapshots. A shard's keys are in the order of their hashes, in the slices and here:
/// a slice that comes or goes is walked beside them, from one end to the other, so no step is a random access.
/// </remarks>
internal abstract class RunningWindows<TKey, TAcc, TOut>
{
    /// <summary>A window begins to fire in a shard: to be called before slices enter.</summary>
    public abstract void Begin(int shard);

    /// <summary>Takes a shard's part of a slice in.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="entries">What the slice holds in that shard, in the order of hashes.</param>
    /// <param name="slice">Where the slice starts.</param>
    public abstract void Enter(int shard, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice);

    /// <summary>Takes a shard's part of the oldest slice out.</summary>
    public abstract void Leave(int shard, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries);

    /// <summary>A key's accumulator in a slice that is in already has changed.</summary>
    public abstract void Replace(TKey key, ulong hash, long slice, bool isNew, in TAcc before, in TAcc after);

    /// <summary>Puts out the results of a shard's keys from the one at <paramref name="from"/> on (below zero: from its first), until there
    /// is no room for more.</summary>
    /// <returns>Where to go on, or -1 if all are out.</returns>
    public abstract int Collect(int shard, Window window, int from, WindowOutput<TKey, TOut> output, OperatorErrors errors);
}

internal sealed class RunningWindows<TKey, TAcc, TOut, TRun, TWindow>(ShardRange shards, SliceStore<TKey, TAcc> slices, TWindow running)
    : RunningWindows<TKey, TAcc, TOut>
    where TWindow : struct, IRunningWindow<TAcc, TOut, TRun>
{
    private readonly SortedRuns<TKey, TRun>[] _shards = [.. Enumerable.Range(0, shards.Count).Select(_ => new SortedRuns<TKey, TRun>())];

    /// <summary>Keys whose first row came late, since their shard fired last.</summary>
    private readonly StateMap<TKey, TRun> _late = new(shards);
    private readonly List<int> _gone = [];
    private ulong[] _hashes = [];
    private int[] _found = [];
    private SortedRuns<TKey, TRun>.Entry[] _new = [];
    private int[] _places = [];
    private int _at;

    public override void Begin(int shard)
    {
        if (_late.Count == 0)
            return;
        SortedRuns<TKey, TRun> runs = RunsOf(shard);
        var late = new List<SortedRuns<TKey, TRun>.Entry>();
        foreach (int slot in _late.LiveOf(shard))
            late.Add(new(shards.HashOf(_late.At(slot).Key), _late.At(slot).Key, _late.At(slot).State));
        late.Sort((one, other) => one.Hash.CompareTo(other.Hash));
        runs.Insert(CollectionsMarshal.AsSpan(late), [.. late.Select(entry => ~runs.Find(entry.Key, entry.Hash))]);
        foreach (SortedRuns<TKey, TRun>.Entry entry in late)
            _late.RestoreRemoved(entry.Key, entry.Hash);
    }

    public override void Enter(int shard, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice)
    {
        SortedRuns<TKey, TRun> runs = RunsOf(shard);
        Hash(entries);
        (int missing, bool areAlike) = runs.Locate(entries, _hashes, _found);
        if (missing > 0)
        {
            Add(runs, entries, missing);
            if (areAlike)
                runs.Locate(entries, _hashes, _found);
        }

        for (_at = 0; _at < entries.Length; _at++)
        {
            try
            {
                EnterFrom(runs.Entries, entries, slice);
            }
            catch (Exception)
            {
                // The run is marked as broken: the error is told when the window's result is asked for, if it is one then.
            }
        }
    }

    public override void Leave(int shard, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries)
    {
        SortedRuns<TKey, TRun> runs = RunsOf(shard);
        Hash(entries);
        (_, bool areAlike) = runs.Locate(entries, _hashes, _found);
        for (_at = 0; _at < entries.Length; _at++)
        {
            try
            {
                LeaveFrom(runs.Entries, entries);
            }
            catch (Exception)
            {
                // As above.
            }
        }

        if (_gone.Count == 0)
            return;
        if (areAlike)
            _gone.Sort();
        runs.Remove(CollectionsMarshal.AsSpan(_gone));
        _gone.Clear();
    }

    public override void Replace(TKey key, ulong hash, long slice, bool isNew, in TAcc before, in TAcc after)
    {
        SortedRuns<TKey, TRun> runs = RunsOf(shards.Map.ShardOf(hash));
        int at = runs.Find(key, hash);
        ref TRun run = ref at >= 0 ? ref runs.Entries[at].Run : ref _late.Restore(key, hash);
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

    public override int Collect(int shard, Window window, int from, WindowOutput<TKey, TOut> output, OperatorErrors errors)
    {
        Span<SortedRuns<TKey, TRun>.Entry> runs = RunsOf(shard).Entries;
        _at = Math.Max(from, 0);
        while (_at < runs.Length && !output.IsFull)
        {
            from = _at;
            try
            {
                CollectFrom(shard, window, runs[..Math.Min(runs.Length, from + output.Room)], output.Free);
                output.Added(_at - from, window);
            }
            catch (Exception error)
            {
                output.Added(_at - from, window);
                errors.OnWindow(error, runs[_at++].Key, window);
            }
        }

        return _at < runs.Length ? _at : -1;
    }

    private SortedRuns<TKey, TRun> RunsOf(int shard) => _shards[shard - shards.First];

    private void Hash(ReadOnlySpan<PaneEntry<TKey, TAcc>> entries)
    {
        if (_hashes.Length < entries.Length)
            (_hashes, _found) = (new ulong[entries.Length + (entries.Length / 4)], new int[entries.Length + (entries.Length / 4)]);
        Span<ulong> hashes = _hashes.AsSpan(0, entries.Length);
        for (int at = 0; at < entries.Length; at++)
            hashes[at] = shards.HashOf(entries[at].Key);
    }

    /// <summary>Adds the keys that were not found, and says where all of them are now.</summary>
    private void Add(SortedRuns<TKey, TRun> runs, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, int missing)
    {
        if (_places.Length < missing)
            (_new, _places) = (new SortedRuns<TKey, TRun>.Entry[missing + (missing / 4)], new int[missing + (missing / 4)]);
        int added = 0;
        for (int at = 0; at < entries.Length; at++)
        {
            int place = _found[at];
            if (place < 0)
            {
                place = ~place;
                _new[added] = new(_hashes[at], entries[at].Key, default!);
                _places[added] = place;
                _found[at] = place + added++;
            }
            else
            {
                _found[at] = place + added;
            }
        }

        runs.Insert(_new.AsSpan(0, missing), _places.AsSpan(0, missing));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TKey>())
            _new.AsSpan(0, missing).Clear();
    }

    // The loops are outside of the try, so that their variables stay in registers.

    private void EnterFrom(Span<SortedRuns<TKey, TRun>.Entry> runs, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, long slice)
    {
        ReadOnlySpan<int> found = _found.AsSpan(0, entries.Length);
        for (int at = _at; at < entries.Length; at++)
        {
            _at = at;
            running.Enter(ref runs[found[at]].Run, slice, entries[at].Accumulator);
        }

        _at = entries.Length;
    }

    private void LeaveFrom(Span<SortedRuns<TKey, TRun>.Entry> runs, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries)
    {
        ReadOnlySpan<int> found = _found.AsSpan(0, entries.Length);
        for (int at = _at; at < entries.Length; at++)
        {
            _at = at;
            int run = found[at];
            if (run >= 0 && running.Leave(ref runs[run].Run, entries[at].Accumulator))
                _gone.Add(run);
        }

        _at = entries.Length;
    }

    private void CollectFrom(int shard, Window window, Span<SortedRuns<TKey, TRun>.Entry> runs, Span<WindowResult<TKey, TOut>> results)
    {
        int from = _at;
        for (int at = from; at < runs.Length; at++)
        {
            _at = at;
            ref SortedRuns<TKey, TRun>.Entry entry = ref runs[at];
            TAcc accumulator = running.IsBroken(entry.Run) ? FromSlices(entry, shard, ref entry.Run)
                : running.Current(ref entry.Run, window.Start);
            results[at - from] = new WindowResult<TKey, TOut>(entry.Key, window, running.Result(accumulator));
        }

        _at = runs.Length;
    }

    private TAcc FromSlices(in SortedRuns<TKey, TRun>.Entry entry, int shard, ref TRun run)
    {
        TAcc accumulator = default!;
        foreach (OpenSlice<TKey, TAcc> slice in slices.Slices)
        {
            if (!slice.Entered[shard - shards.First] || slices.IsGone(slice, shard - shards.First))
                continue;
            if (slice.TryFind(entry.Key, entry.Hash, out TAcc part))
                running.Merge(ref accumulator, part);
        }

        running.Repair(ref run, accumulator);
        return accumulator;
    }
}
