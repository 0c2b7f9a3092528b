namespace ActorStreams.Sql.Values;

/// <summary>Values in their order, equal ones as often as they are there. It is never changed: a value more or less copies the run that it
/// is in, and the list of the runs.</summary>
/// <param name="runs">Runs of values, none empty, each behind the one before it.</param>
/// <param name="count">Of all values.</param>
/// <param name="distinctCount">Of different values.</param>
/// <typeparam name="T">The value.</typeparam>
internal sealed class SortedValues<T>(T[][] runs, int count, int distinctCount) : IEquatable<SortedValues<T>>
{
    public static readonly SortedValues<T> Empty = new([], 0, 0);

    private const int MostInRun = 256;

    /// <summary>Runs of values, none empty, each behind the one before it.</summary>
    public T[][] Runs { get; } = runs;

    /// <summary>How many values there are.</summary>
    public int Count { get; } = count;

    /// <summary>How many of them are different.</summary>
    public int DistinctCount { get; } = distinctCount;

    [NotStored]
    public T First => Runs[0][0];

    [NotStored]
    public T Last => Runs[^1][^1];

    [NotStored]
    public IEnumerable<T> All => Runs.SelectMany(static run => run);

    /// <summary>The different values.</summary>
    [NotStored]
    public IEnumerable<T> Distinct
    {
        get
        {
            T? before = default;
            bool isFirst = true;
            foreach (T item in All)
            {
                if (isFirst || SqlOrder.Compare(before!, item) != 0)
                    yield return item;
                (before, isFirst) = (item, false);
            }
        }
    }

    /// <summary>The value at a place; the first is 0.</summary>
    public T At(int place)
    {
        int run = 0;
        while (place >= Runs[run].Length)
            place -= Runs[run++].Length;
        return Runs[run][place];
    }

    /// <param name="item">The value.</param>
    /// <param name="onlyNew">If there is an equal one, nothing is added.</param>
    public SortedValues<T> With(T item, bool onlyNew)
    {
        if (Count == 0)
            return new SortedValues<T>([[item]], 1, 1);
        (int run, int at) = Place(item);
        bool isKnown = Has(run, at, item);
        if (isKnown && onlyNew)
            return this;
        T[] before = Runs[run];
        T[] after = [.. before.AsSpan(0, at), item, .. before.AsSpan(at)];
        T[][] all = after.Length <= MostInRun ? Replaced(run, 1, after)
            : Replaced(run, 1, after[..(after.Length / 2)], after[(after.Length / 2)..]);
        return new SortedValues<T>(all, Count + 1, isKnown ? DistinctCount : DistinctCount + 1);
    }

    /// <summary>Without one that is equal; the same if there is none.</summary>
    public SortedValues<T> Without(T item)
    {
        if (Count == 0)
            return this;
        (int run, int at) = Place(item);
        if (!Has(run, at, item))
            return this;
        T[] before = Runs[run];
        bool isStillThere = at + 1 < before.Length ? Has(run, at + 1, item) : run + 1 < Runs.Length && Has(run + 1, 0, item);
        T[] after = [.. before.AsSpan(0, at), .. before.AsSpan(at + 1)];
        bool joinsNext = run + 1 < Runs.Length && after.Length + Runs[run + 1].Length <= MostInRun / 2;
        T[][] all = joinsNext ? Replaced(run, 2, [.. after, .. Runs[run + 1]])
            : after.Length == 0 ? Replaced(run, 1) : Replaced(run, 1, after);
        return new SortedValues<T>(all, Count - 1, isStillThere ? DistinctCount : DistinctCount - 1);
    }

    public bool Equals(SortedValues<T>? other) => other is not null && other.Count == Count
        && All.SequenceEqual(other.All, EqualityComparer<T>.Default);

    public override bool Equals(object? obj) => Equals(obj as SortedValues<T>);

    public override int GetHashCode() => HashCode.Combine(Count, DistinctCount);

    private bool Has(int run, int at, T item) => at < Runs[run].Length && SqlOrder.Compare(Runs[run][at], item) == 0;

    private T[][] Replaced(int run, int removed, params ReadOnlySpan<T[]> by) =>
        [.. Runs.AsSpan(0, run), .. by, .. Runs.AsSpan(run + removed)];

    /// <summary>Of the first value that is not less; behind the last if all are.</summary>
    private (int Run, int At) Place(T item)
    {
        int low = 0, high = Runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (SqlOrder.Compare(Runs[middle][^1], item) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        T[] run = Runs[low];
        int from = 0, to = run.Length;
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            if (SqlOrder.Compare(run[middle], item) < 0)
                from = middle + 1;
            else
                to = middle;
        }

        return (low, from);
    }
}
