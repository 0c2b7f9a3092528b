using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>The partial matches of one rule and key.</summary>
internal struct RuleCell : ICell
{
    /// <summary>The rule's number.</summary>
    public int Rule;

    /// <summary>The key's next cell, of a rule with a larger number; -1: none.</summary>
    public int Next;

    public KeyRuns Runs;

    /// <summary>Its changes are still to be journaled.</summary>
    public bool IsDirty;

    /// <summary>The journal knows of it.</summary>
    public bool IsStored;

    /// <summary>Every row of the key may change it.</summary>
    public bool SeesEveryRow;

    public int NextFree
    {
        readonly get => Next;
        set => Next = value;
    }
}

/// <summary>A cell that was touched since the last barrier, or is gone since.</summary>
internal readonly record struct TouchedCell<TKey>(TKey Key, ulong Hash, int Rule, bool WasStored);

/// <summary>The partial matches of a region: for each key a chain of cells, one for each rule that has some, in the order of
/// rules.</summary>
internal sealed class RuleCells<TKey, T>(ShardRange shards, bool withPositions)
{
    private const int PresenceBits = 16;

    private readonly StateMap<TKey, int> _first = new(shards);
    private readonly ushort[] _keys = new ushort[1 << PresenceBits];
    private readonly ushort[] _everyRow = new ushort[1 << PresenceBits];
    private readonly List<TouchedCell<TKey>>?[] _touched = new List<TouchedCell<TKey>>?[shards.Count];
    private Slab<RuleCell> _cells = new(64);

    public MatchBuffer<T> Buffer { get; } = new(withPositions);

    public StateMap<TKey, int> Keys => _first;

    public IReadOnlyList<TouchedCell<TKey>> Touched(int shard) => _touched[shard - shards.First] ?? (IReadOnlyList<TouchedCell<TKey>>)[];

    public ref RuleCell At(int cell) => ref _cells.At(cell);

    /// <summary>Whether the key may have cells; false is certain.</summary>
    public bool MayHave(ulong hash) => _keys[Presence(hash)] != 0;

    /// <summary>Whether the key may have cells that every row may change; false is certain.</summary>
    public bool MayNeedEveryRow(ulong hash) => _everyRow[Presence(hash)] != 0;

    /// <summary>The key's first cell; -1: none.</summary>
    public int First(TKey key, ulong hash)
    {
        int slot = _first.Find(key, hash);
        return slot < 0 ? -1 : _first.At(slot).State;
    }

    /// <summary>The key's cell of a rule; -1: none.</summary>
    public int Find(TKey key, ulong hash, int rule)
    {
        int at = First(key, hash);
        while (at >= 0 && _cells.At(at).Rule < rule)
            at = _cells.At(at).Next;
        return at >= 0 && _cells.At(at).Rule == rule ? at : -1;
    }

    /// <summary>A cell behind <paramref name="previous"/> (-1: the key's first).</summary>
    public int Insert(TKey key, ulong hash, int previous, int rule, in KeyRuns runs, bool seesEveryRow)
    {
        int at = _cells.Take(), next;
        if (previous >= 0)
        {
            (next, _cells.At(previous).Next) = (_cells.At(previous).Next, at);
        }
        else
        {
            next = First(key, hash);
            if (next < 0)
                Count(_keys, hash, 1);
            _first.Restore(key, hash) = at;
        }

        _cells.At(at) = new RuleCell { Rule = rule, Next = next, Runs = runs };
        SeesEveryRow(hash, at, seesEveryRow);
        return at;
    }

    /// <summary>Says of a cell whether every row may change it.</summary>
    public void SeesEveryRow(ulong hash, int at, bool value)
    {
        ref RuleCell cell = ref _cells.At(at);
        if (cell.SeesEveryRow == value)
            return;
        cell.SeesEveryRow = value;
        Count(_everyRow, hash, value ? 1 : -1);
    }

    /// <summary>Takes a cell without runs out of its key's chain.</summary>
    /// <returns>The next cell.</returns>
    public int Remove(TKey key, ulong hash, int previous, int at)
    {
        int next = _cells.At(at).Next;
        SeesEveryRow(hash, at, value: false);
        if (previous >= 0)
        {
            _cells.At(previous).Next = next;
        }
        else if (next >= 0)
        {
            _first.Restore(key, hash) = next;
        }
        else
        {
            _first.RestoreRemoved(key, hash);
            Count(_keys, hash, -1);
        }

        _cells.Give(at);
        return next;
    }

    /// <summary>The cell has changed, or is about to go.</summary>
    public void Touch(TKey key, ulong hash, int at)
    {
        ref RuleCell cell = ref _cells.At(at);
        if (cell.IsDirty)
            return;
        cell.IsDirty = true;
        (_touched[shards.Map.ShardOf(hash) - shards.First] ??= []).Add(new TouchedCell<TKey>(key, hash, cell.Rule, cell.IsStored));
    }

    /// <summary>Lets go of what runs hold.</summary>
    /// <returns>The number of runs.</returns>
    public int Release(in KeyRuns runs) => Release(runs.First) + Release(runs.FirstComplete);

    /// <summary>The journal has everything.</summary>
    public void EndJournal()
    {
        foreach (List<TouchedCell<TKey>>? touched in _touched)
        {
            foreach (TouchedCell<TKey> one in touched ?? [])
            {
                int at = Find(one.Key, one.Hash, one.Rule);
                if (at >= 0)
                    (_cells.At(at).IsDirty, _cells.At(at).IsStored) = (false, true);
            }

            touched?.Clear();
        }
    }

    private int Release(int first)
    {
        int count = 0;
        for (int at = first; at >= 0; count++)
        {
            Run run = Buffer.Run(at);
            Buffer.Release(run.Node);
            Buffer.FreeRun(at);
            at = run.Next;
        }

        return count;
    }

    private static int Presence(ulong hash) => (int)(hash >> 24) & ((1 << PresenceBits) - 1);

    private static void Count(ushort[] presence, ulong hash, int change)
    {
        ref ushort count = ref presence[Presence(hash)];
        count = (ushort)(count == ushort.MaxValue ? count : count + change);
    }
}
