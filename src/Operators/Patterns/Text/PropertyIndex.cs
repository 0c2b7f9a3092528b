using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>The rules that have a condition, or the part of it that a row alone decides.</summary>
internal sealed class ConditionGroup<T>(string key, Func<T, bool>? test)
{
    public string Key { get; } = key;

    /// <summary>What a row of the group's value satisfies besides; null: nothing.</summary>
    public Func<T, bool>? Test { get; } = test;

    /// <summary>Rules of which a row that passes may begin a match, by number.</summary>
    public List<int> Starts { get; } = [];

    /// <summary>Rules of which it may change partial matches.</summary>
    public List<int> Others { get; } = [];

    public bool IsEmpty => Starts.Count == 0 && Others.Count == 0;

    /// <summary>Whether a row may pass; if the test throws, that is for the row's turn to tell.</summary>
    public bool MayPass(in T row)
    {
        try
        {
            return Test is null || Test(row);
        }
        catch (Exception)
        {
            return true;
        }
    }
}

/// <summary>A group, with its test beside it: most rows pass the tests of few groups.</summary>
internal readonly record struct GroupEntry<T>(Func<T, bool>? Test, ConditionGroup<T> Group);

/// <summary>Which groups the rows of a chunk hit: a chain for each row.</summary>
internal sealed class RowHits<T>(int rows)
{
    private const int Throws = -2;

    private readonly int[] _first = new int[rows];
    private (ConditionGroup<T> Group, int Next)[] _hits = new (ConditionGroup<T>, int)[rows];
    private int _count;

    /// <summary>The first hit of a row; negative if it has none.</summary>
    public int First(int row) => _first[row];

    public (ConditionGroup<T> Group, int Next) At(int hit) => _hits[hit];

    /// <summary>A property of the row threw.</summary>
    public bool HasThrown(int row) => _first[row] == Throws;

    public void Clear(int count)
    {
        _first.AsSpan(0, count).Fill(-1);
        _count = 0;
    }

    public void Add(int row, ConditionGroup<T> group)
    {
        if (_first[row] == Throws)
            return;
        if (_count == _hits.Length)
            Array.Resize(ref _hits, _count * 2);
        _hits[_count] = (group, _first[row]);
        _first[row] = _count++;
    }

    public void AddThrown(int row) => _first[row] = Throws;
}

/// <summary>Condition groups by the value of a property.</summary>
internal abstract class PropertyIndex<T>
{
    public abstract bool IsEmpty { get; }

    /// <summary>The groups of an equality, to be changed.</summary>
    public abstract List<GroupEntry<T>> GroupsOf(PropertyCondition<T> equality);

    /// <summary>The equality has no groups any more.</summary>
    public abstract void Remove(PropertyCondition<T> equality);

    /// <summary>Adds the groups that rows hit.</summary>
    public abstract void Find(ReadOnlySpan<T> rows, RowHits<T> hits);

    /// <summary>Reads the property, to see it throw.</summary>
    public abstract void Touch(in T row);
}

internal sealed class PropertyIndex<T, TValue>(Func<T, TValue?> valueOf) : PropertyIndex<T>
    where TValue : IParsable<TValue>
{
    // The comparer is left out: the dictionary knows the default one's calls.
    private readonly Dictionary<TValue, List<GroupEntry<T>>> _groups = [];

    public override bool IsEmpty => _groups.Count == 0;

    public override List<GroupEntry<T>> GroupsOf(PropertyCondition<T> equality)
    {
        ref List<GroupEntry<T>>? groups = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups,
            ((PropertyCondition<T, TValue>)equality).Value, out _);
        return groups ??= [];
    }

    public override void Remove(PropertyCondition<T> equality) => _groups.Remove(((PropertyCondition<T, TValue>)equality).Value);

    public override void Touch(in T row) => valueOf(row);

    public override void Find(ReadOnlySpan<T> rows, RowHits<T> hits)
    {
        int row = 0;
        while (row < rows.Length)
        {
            try
            {
                Find(rows, hits, ref row);
            }
            catch (Exception)
            {
                FindOne(rows[row], row, hits);
                row++;
            }
        }
    }

    /// <summary>A row on which something throws: the property, which is an error of the row, or tests, which is for the row's turn to
    /// tell.</summary>
    private void FindOne(in T row, int at, RowHits<T> hits)
    {
        TValue? value;
        try
        {
            value = valueOf(row);
        }
        catch (Exception)
        {
            hits.AddThrown(at);
            return;
        }

        if (value is null || !_groups.TryGetValue(value, out List<GroupEntry<T>>? groups))
            return;
        foreach (GroupEntry<T> entry in groups)
        {
            if (entry.Group.MayPass(row))
                hits.Add(at, entry.Group);
        }
    }

    /// <summary>The inner loop, outside of the try so that its variables stay in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Find(ReadOnlySpan<T> rows, RowHits<T> hits, ref int at)
    {
        for (int row = at; row < rows.Length; row++)
        {
            at = row;
            if (valueOf(rows[row]) is not { } value || !_groups.TryGetValue(value, out List<GroupEntry<T>>? groups))
                continue;
            foreach (ref readonly GroupEntry<T> entry in CollectionsMarshal.AsSpan(groups))
            {
                if (entry.Test is null || entry.Test(rows[row]))
                    hits.Add(row, entry.Group);
            }
        }

        at = rows.Length;
    }
}
