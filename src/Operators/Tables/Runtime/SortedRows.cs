namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Rows in order, each as often as it was added: found, added and removed by their place in a list of short runs.</summary>
/// <remarks>A run is an array that neighbours are moved in; a full one is halved. At a few hundred rows a run that beats trees, which miss the cache at each level.</remarks>
internal sealed class SortedRows<T>(IComparer<T> order)
{
    private const int RunRows = 256;

    private readonly List<List<T>> _runs = [];

    public int Count { get; private set; }

    public IEnumerable<T> All => _runs.SelectMany(static run => run);

    /// <summary>The row at a place; the first is 0.</summary>
    public T this[int place]
    {
        get
        {
            int run = 0;
            while (place >= _runs[run].Count)
                place -= _runs[run++].Count;
            return _runs[run][place];
        }
    }

    /// <summary>Adds a row behind its equals.</summary>
    /// <param name="row">The row.</param>
    /// <param name="limit">Places from here on need not be told apart.</param>
    /// <returns>Its place, or anything from <paramref name="limit"/> on.</returns>
    public int Add(T row, int limit)
    {
        Count++;
        if (_runs.Count == 0)
        {
            _runs.Add([row]);
            return 0;
        }

        int run = RunOf(row);
        List<T> rows = _runs[run];
        int at = UpperBound(rows, row);
        rows.Insert(at, row);
        int place = PlaceOf(run, at, limit);
        if (rows.Count > RunRows)
        {
            _runs.Insert(run + 1, rows.GetRange(RunRows / 2, rows.Count - (RunRows / 2)));
            rows.RemoveRange(RunRows / 2, rows.Count - (RunRows / 2));
        }

        return place;
    }

    /// <summary>Removes a row that compares equal.</summary>
    /// <returns>Its place, anything from <paramref name="limit"/> on, or -1 if there is none.</returns>
    public int Remove(T row, int limit)
    {
        if (_runs.Count == 0)
            return -1;
        int run = RunOf(row);
        int at = UpperBound(_runs[run], row) - 1;
        if (at < 0 && --run >= 0)
            at = _runs[run].Count - 1;
        if (at < 0 || order.Compare(_runs[run][at], row) != 0)
            return -1;
        int place = PlaceOf(run, at, limit);
        _runs[run].RemoveAt(at);
        if (_runs[run].Count == 0)
            _runs.RemoveAt(run);
        Count--;
        return place;
    }

    private int PlaceOf(int run, int at, int limit)
    {
        int place = at;
        for (int before = 0; before < run && place < limit; before++)
            place += _runs[before].Count;
        return place;
    }

    /// <summary>The last run whose first row is not behind <paramref name="row"/>.</summary>
    private int RunOf(T row)
    {
        int low = 0, high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (order.Compare(_runs[middle][0], row) <= 0)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private int UpperBound(List<T> rows, T row)
    {
        int low = 0, high = rows.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (order.Compare(rows[middle], row) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
