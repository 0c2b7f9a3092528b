using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>What one region changed in one epoch: the value of each key at its end.</summary>
internal sealed class ViewDelta<TKey, TValue>(int capacity)
{
    public List<(TKey Key, ulong Hash, bool HasValue, TValue? Value)> Keys { get; } = new(capacity);

    /// <summary>All rows of a region.</summary>
    public static ViewDelta<TKey, TValue> OfLive(StateMap<TKey, TValue> map)
    {
        var rows = new ViewDelta<TKey, TValue>(map.Count);
        foreach (int slot in map.Live)
        {
            ref StateMap<TKey, TValue>.Entry entry = ref map.At(slot);
            rows.Keys.Add((entry.Key, KeyHash<TKey>.Stable(entry.Key), true, entry.State));
        }

        return rows;
    }

    /// <summary>Those that have changed since the last epoch.</summary>
    public static ViewDelta<TKey, TValue> OfDirty(StateMap<TKey, TValue> map)
    {
        ReadOnlySpan<int> dirty = map.Dirty;
        var delta = new ViewDelta<TKey, TValue>(dirty.Length);
        foreach (int slot in dirty)
        {
            ref StateMap<TKey, TValue>.Entry entry = ref map.At(slot);
            bool isLive = map.IsLive(entry);
            delta.Keys.Add((entry.Key, KeyHash<TKey>.Stable(entry.Key), isLive, isLive ? entry.State : default));
        }

        return delta;
    }
}

/// <summary>The readers' side of a materialised table: its rows as of the last committed epoch, and the changes that led there.</summary>
/// <remarks>
/// Written by the coordinator after each commit, read by any thread. An entry keeps its last two values with their epochs: while the next
/// epoch is being entered, readers still find the values of the present one, and the step to the next is one write. Scans hold that step
/// off, single reads do not.
/// </remarks>
internal sealed class ViewHub<TKey, TValue> : ISharedView
{
    private const int Parts = 64;
    private const int PartShift = 58;

    private readonly Lock _writing = new();
    private readonly ViewHistory<TKey, TValue> _history;
    private readonly List<(int Part, TKey Key)> _gone = [];
    private Part[] _parts = NewParts();
    private Part[]? _loading;
    private object? _run;
    private int _missing;
    private readonly List<ViewDelta<TKey, TValue>> _pending = [];
    private long _epoch;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="clock">The job's clock, by which the history grows old.</param>
    public ViewHub(TimeProvider clock) => _history = new ViewHistory<TKey, TValue>(clock);

    /// <summary>The epoch that readers see.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>A run of the job begins, with so many regions: each loads what it restored.</summary>
    public void Attach(object run, int regions)
    {
        lock (_writing)
        {
            if (_run == run)
                return;
            (_run, _missing, _loading) = (run, regions, NewParts());
            _pending.Clear();
        }
    }

    /// <summary>A region's rows as of the epoch at which the run begins.</summary>
    public void Load(object run, long epoch, ViewDelta<TKey, TValue> rows, int regions)
    {
        lock (_writing)
        {
            if (_run != run)
                return;
            foreach ((TKey key, ulong hash, _, TValue? value) in rows.Keys)
                _loading![PartOf(hash)].Set(key, true, value, epoch);
            if (--_missing > 0)
                return;
            List<Change<TableRow<TKey, TValue>>>? changes = epoch == _epoch ? [] : epoch > _epoch && _epoch > 0
                ? Difference(_parts, _loading!) : null;
            (_parts, _loading, _missing) = (_loading!, null, regions);
            _gone.Clear();
            Publish(epoch, changes);
        }
    }

    /// <summary>A region's part of an epoch that is committed; with the last region's part readers see the epoch.</summary>
    public void Apply(object run, long epoch, ViewDelta<TKey, TValue> delta, int regions)
    {
        lock (_writing)
        {
            if (_run != run)
                return;
            _pending.Add(delta);
            if (_pending.Count < regions)
                return;
            foreach ((int part, TKey key) in _gone)
                _parts[part].Forget(key);
            _gone.Clear();
            bool isUnchanged = _pending.TrueForAll(static delta => delta.Keys.Count == 0);
            List<Change<TableRow<TKey, TValue>>>? changes = isUnchanged || _history.IsKept ? [] : null;
            foreach (ViewDelta<TKey, TValue> one in _pending)
                Enter(one, epoch, changes);
            _pending.Clear();
            Publish(epoch, changes);
        }
    }

    public bool TryGet(TKey key, out TValue? value, out long epoch) =>
        _parts[PartOf(KeyHash<TKey>.Stable(key))].TryGet(key, ref _epoch, out value, out epoch);

    /// <summary>Every row, all of one epoch.</summary>
    public (long Epoch, List<TableRow<TKey, TValue>> Rows) Scan(Func<TKey, bool>? takes)
    {
        var rows = new List<TableRow<TKey, TValue>>();
        lock (_writing)
        {
            foreach (Part part in _parts)
                part.CopyTo(rows, takes);
            return (_epoch, rows);
        }
    }

    public void AddObserver()
    {
        lock (_writing)
            _history.AddObserver();
    }

    public void RemoveObserver()
    {
        lock (_writing)
            _history.RemoveObserver();
    }

    /// <summary>Completes once readers see a later epoch than <paramref name="epoch"/>, or at <see cref="Wake"/>.</summary>
    public Task WaitAsync(long epoch)
    {
        lock (_writing)
            return _epoch > epoch ? Task.CompletedTask : _moved.Task;
    }

    public void Wake()
    {
        TaskCompletionSource moved;
        lock (_writing)
            (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        moved.TrySetResult();
    }

    /// <summary>The epochs after <paramref name="epoch"/> that changed anything, and the last epoch there is; null where not all of them
    /// are still there.</summary>
    public (List<EpochChanges<TKey, TValue>> Changed, long Epoch)? Since(long epoch)
    {
        lock (_writing)
            return _history.Since(epoch) is { } changed ? (changed, _epoch) : null;
    }

    public void Write(long after, BlobWriter writer)
    {
        if (after >= 0 && Since(after) is var (changed, last))
        {
            ViewPart<TKey, TValue>.WriteChanges(last, changed, writer);
            return;
        }

        (long epoch, List<TableRow<TKey, TValue>> rows) = Scan(null);
        ViewPart<TKey, TValue>.WriteAll(epoch, rows, writer);
    }

    /// <summary>What turns <paramref name="before"/> into the present rows.</summary>
    public EpochChanges<TKey, TValue> DifferenceTo(IEnumerable<TableRow<TKey, TValue>> before)
    {
        Part[] parts = NewParts();
        foreach (TableRow<TKey, TValue> row in before)
            parts[PartOf(KeyHash<TKey>.Stable(row.Key))].Set(row.Key, true, row.Value, 0);
        lock (_writing)
            return new EpochChanges<TKey, TValue>(_epoch, false, Difference(parts, _parts));
    }

    private static int PartOf(ulong hash) => (int)(hash >> PartShift);

    private static Part[] NewParts() => [.. Enumerable.Range(0, Parts).Select(static _ => new Part())];

    private static List<Change<TableRow<TKey, TValue>>> Difference(Part[] before, Part[] after)
    {
        var changes = new List<Change<TableRow<TKey, TValue>>>();
        var same = new RowEquality<TValue>();
        for (int part = 0; part < Parts; part++)
            before[part].AddDifference(after[part], same, changes);
        return changes;
    }

    private void Enter(ViewDelta<TKey, TValue> delta, long epoch, List<Change<TableRow<TKey, TValue>>>? changes)
    {
        foreach ((TKey key, ulong hash, bool hasValue, TValue? value) in delta.Keys)
        {
            int part = PartOf(hash);
            (bool had, TValue? before) = _parts[part].Set(key, hasValue, value, epoch);
            if (!hasValue)
                _gone.Add((part, key));
            if (changes is null || (had && hasValue && EqualityComparer<TValue>.Default.Equals(before, value)))
                continue;
            if (had)
                changes.Add(Change<TableRow<TKey, TValue>>.Retract(new TableRow<TKey, TValue>(key, before!)));
            if (hasValue)
                changes.Add(Change<TableRow<TKey, TValue>>.Insert(new TableRow<TKey, TValue>(key, value!)));
        }
    }

    /// <param name="epoch">The epoch that readers see from now on.</param>
    /// <param name="changes">What changed since the one they saw; null: not known.</param>
    /// <remarks>Called with the lock held.</remarks>
    private void Publish(long epoch, List<Change<TableRow<TKey, TValue>>>? changes)
    {
        _history.Add(epoch, changes);
        Volatile.Write(ref _epoch, epoch);
        TaskCompletionSource moved = _moved;
        _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        moved.TrySetResult();
    }

    /// <summary>A value with the epoch it is from, and the one before it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        public TValue? Value;
        public TValue? Before;
        public long Epoch;
        public bool HasValue;
        public bool HadBefore;
    }

    /// <summary>A key inside a dictionary, hashed as everywhere, so that null and classes will do.</summary>
    private sealed class SameKey : IEqualityComparer<InDictionary>
    {
        public bool Equals(InDictionary x, InDictionary y) => EqualityComparer<TKey>.Default.Equals(x.Key, y.Key);

        public int GetHashCode(InDictionary obj) => KeyComparer<TKey>.HashOf(obj.Key);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct InDictionary(TKey Key);

    private sealed class Part
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<InDictionary, Entry> _entries = new(new SameKey());

        public (bool Had, TValue? Before) Set(TKey key, bool hasValue, TValue? value, long epoch)
        {
            lock (_lock)
            {
                ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, new InDictionary(key), out _);
                (entry.HadBefore, entry.Before) = (entry.HasValue, entry.Value);
                (entry.HasValue, entry.Value, entry.Epoch) = (hasValue, value, epoch);
                return (entry.HadBefore, entry.Before);
            }
        }

        public void Forget(TKey key)
        {
            lock (_lock)
            {
                if (_entries.TryGetValue(new InDictionary(key), out Entry entry) && !entry.HasValue)
                    _entries.Remove(new InDictionary(key));
            }
        }

        public bool TryGet(TKey key, ref long published, out TValue? value, out long epoch)
        {
            lock (_lock)
            {
                // Read inside: the epoch after this one may be entered meanwhile, but not the one after that.
                epoch = Volatile.Read(ref published);
                ref readonly Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, new InDictionary(key));
                if (System.Runtime.CompilerServices.Unsafe.IsNullRef(in entry))
                {
                    value = default;
                    return false;
                }

                bool isEntered = entry.Epoch <= epoch;
                value = isEntered ? entry.Value : entry.Before;
                return isEntered ? entry.HasValue : entry.HadBefore;
            }
        }

        public void CopyTo(List<TableRow<TKey, TValue>> rows, Func<TKey, bool>? takes)
        {
            foreach ((InDictionary key, Entry entry) in _entries)
            {
                if (entry.HasValue && (takes is null || takes(key.Key)))
                    rows.Add(new TableRow<TKey, TValue>(key.Key, entry.Value!));
            }
        }

        public void AddDifference(Part after, RowEquality<TValue> same, List<Change<TableRow<TKey, TValue>>> changes)
        {
            foreach ((InDictionary key, Entry entry) in _entries)
            {
                bool has = after._entries.TryGetValue(key, out Entry now) && now.HasValue;
                if (!entry.HasValue || (has && same.AreSame(entry.Value!, now.Value!)))
                    continue;
                changes.Add(Change<TableRow<TKey, TValue>>.Retract(new TableRow<TKey, TValue>(key.Key, entry.Value!)));
                if (has)
                    changes.Add(Change<TableRow<TKey, TValue>>.Insert(new TableRow<TKey, TValue>(key.Key, now.Value!)));
            }

            foreach ((InDictionary key, Entry now) in after._entries)
            {
                if (now.HasValue && !(_entries.TryGetValue(key, out Entry entry) && entry.HasValue))
                    changes.Add(Change<TableRow<TKey, TValue>>.Insert(new TableRow<TKey, TValue>(key.Key, now.Value!)));
            }
        }
    }
}
