using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Rows in order, each as often as it was added: found, added and removed by their place in a list of short runs.</summary>
/// <remarks>
/// A run is an array that neighbours are moved in; a full one is halved, a small one joins the next. In front of the runs stands an array
/// of fences, one row for each run that none of the run comes before and all of the runs before do not come after: finding a run touches
/// that array alone. Where a row would go is fetched from memory while other rows are worked on (<see cref="PrefetchFences"/>,
/// <see cref="PrefetchRun"/>); without that a change of one group among many mostly waits (benchmark <c>topn</c>).
/// </remarks>
internal sealed class SortedRows<T>(IComparer<T> order)
{
    private const int FirstRows = 4;
    private const int CacheLine = 64;
    private const int MostLines = 32;

    private T[] _fences = [];
    private Run[] _runs = [];
    private int _runCount;
    private SortedRows<T>? _owed;

    public int Count { get; private set; }

    /// <summary>Neither rows nor such as are owed.</summary>
    public bool IsEmpty => Count == 0 && _owed is not { Count: > 0 };

    /// <summary>Rows that were taken away before they came.</summary>
    public IEnumerable<T> Owed => _owed?.All ?? [];

    public IEnumerable<T> All => _runs.Take(_runCount).SelectMany(static run => run.Rows.Take(run.Count));

    /// <summary>Rows of a run before it is halved: more in larger groups, so that the fences stay few.</summary>
    private int RunRows => Count switch
    {
        < 1 << 14 => 64,
        < 1 << 20 => 256,
        _ => 1024,
    };

    /// <summary>The row at a place; the first is 0.</summary>
    public T this[int place]
    {
        get
        {
            int run = 0;
            while (place >= _runs[run].Count)
                place -= _runs[run++].Count;
            return _runs[run].Rows[place];
        }
    }

    /// <summary>The first rows, as many as there is room for; there must be so many.</summary>
    public void CopyTo(Span<T> rows)
    {
        for (int run = 0, done = 0; done < rows.Length; run++)
        {
            int count = Math.Min(_runs[run].Count, rows.Length - done);
            _runs[run].Rows.AsSpan(0, count).CopyTo(rows[done..]);
            done += count;
        }
    }

    /// <summary>Fetches what <see cref="PrefetchFences"/> looks at.</summary>
    public static void Prefetch(SortedRows<T>? rows) => Prefetch(rows, CacheLine);

    /// <summary>Fetches what <see cref="PrefetchRun"/> looks at.</summary>
    public void PrefetchFences()
    {
        Prefetch(_fences, _runCount * Unsafe.SizeOf<T>());
        Prefetch(_runs, _runCount * Unsafe.SizeOf<Run>());
    }

    /// <summary>Fetches what adding or removing a row looks at.</summary>
    public void PrefetchRun(T row)
    {
        if (_runCount == 0)
            return;
        ref Run run = ref _runs[RunOf(row)];
        Prefetch(run.Rows, run.Count * Unsafe.SizeOf<T>());
    }

    /// <summary>Adds a row behind its equals.</summary>
    /// <param name="row">The row.</param>
    /// <param name="limit">Places from here on need not be told apart.</param>
    /// <returns>Its place, or anything from <paramref name="limit"/> on.</returns>
    public int Add(T row, int limit)
    {
        if (_runCount == 0)
            InsertRun(0, new T[FirstRows], 0, row);
        int at = RunOf(row);
        ref Run run = ref _runs[at];
        if (run.Count == run.Rows.Length)
        {
            if (run.Count < RunRows)
            {
                Array.Resize(ref run.Rows, run.Count * 2);
            }
            else
            {
                Halve(at);
                at = RunOf(row);
                run = ref _runs[at];
            }
        }

        int place = UpperBound(run.Rows.AsSpan(0, run.Count), row);
        Array.Copy(run.Rows, place, run.Rows, place + 1, run.Count - place);
        run.Rows[place] = row;
        run.Count++;
        Count++;

        // The first run takes rows from before its fence.
        if (place == 0)
            _fences[at] = row;
        return PlaceOf(at, place, limit);
    }

    /// <summary>Removes a row that compares equal.</summary>
    /// <returns>Its place, anything from <paramref name="limit"/> on, or -1 if there is none.</returns>
    public int Remove(T row, int limit)
    {
        if (_runCount == 0)
            return -1;
        int at = RunOf(row);
        int place = UpperBound(_runs[at].Rows.AsSpan(0, _runs[at].Count), row) - 1;
        if (place < 0 && --at >= 0)
            place = _runs[at].Count - 1;
        if (place < 0 || order.Compare(_runs[at].Rows[place], row) != 0)
            return -1;
        int found = PlaceOf(at, place, limit);
        ref Run run = ref _runs[at];
        run.Count--;
        Count--;
        Array.Copy(run.Rows, place + 1, run.Rows, place, run.Count - place);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            run.Rows[run.Count] = default!;
        if (run.Count == 0)
            RemoveRun(at);
        else if (run.Count < RunRows / 4 && at + 1 < _runCount && run.Count + _runs[at + 1].Count <= RunRows / 2)
            JoinNext(at);
        return found;
    }

    /// <summary>Remembers that a row was taken away before it came.</summary>
    public void Owe(T row) => (_owed ??= new SortedRows<T>(order)).Add(row, 0);

    /// <summary>A row comes that was taken away before: neither is there.</summary>
    /// <returns>False: it was not.</returns>
    public bool TryPay(T row) => _owed is { Count: > 0 } && _owed.Remove(row, 0) >= 0;

    /// <summary>Fetches an object without looking at it: even the check that it is there would wait.</summary>
    private static unsafe void Prefetch(object? fetched, int bytes)
    {
        if (!Sse.IsSupported)
            return;
        var at = (byte*)Unsafe.As<object?, nint>(ref fetched);
        int lines = Math.Min(MostLines, (bytes / CacheLine) + 1);
        for (int line = 0; line < lines; line++)
            Sse.Prefetch0(at + (line * CacheLine));
    }

    private int PlaceOf(int run, int at, int limit)
    {
        int place = at;
        for (int before = 0; before < run && place < limit; before++)
            place += _runs[before].Count;
        return place;
    }

    /// <summary>The last run whose fence is not behind <paramref name="row"/>; the first if all are.</summary>
    private int RunOf(T row) => Math.Max(0, UpperBound(_fences.AsSpan(0, _runCount), row) - 1);

    private int UpperBound(ReadOnlySpan<T> rows, T row)
    {
        int low = 0, high = rows.Length;
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

    private void Halve(int at)
    {
        ref Run run = ref _runs[at];
        int kept = run.Count / 2, moved = run.Count - kept;
        var rows = new T[run.Rows.Length];
        Array.Copy(run.Rows, kept, rows, 0, moved);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(run.Rows, kept, moved);
        run.Count = kept;
        InsertRun(at + 1, rows, moved, rows[0]);
    }

    private void JoinNext(int at)
    {
        ref Run run = ref _runs[at];
        Run next = _runs[at + 1];
        if (run.Rows.Length < run.Count + next.Count)
            Array.Resize(ref run.Rows, RunRows);
        Array.Copy(next.Rows, 0, run.Rows, run.Count, next.Count);
        run.Count += next.Count;
        RemoveRun(at + 1);
    }

    private void InsertRun(int at, T[] rows, int count, T fence)
    {
        if (_runCount == _runs.Length)
        {
            int size = Math.Max(1, _runCount * 2);
            Array.Resize(ref _runs, size);
            Array.Resize(ref _fences, size);
        }

        Array.Copy(_runs, at, _runs, at + 1, _runCount - at);
        Array.Copy(_fences, at, _fences, at + 1, _runCount - at);
        _runs[at] = new Run { Rows = rows, Count = count };
        _fences[at] = fence;
        _runCount++;
    }

    private void RemoveRun(int at)
    {
        _runCount--;
        Array.Copy(_runs, at + 1, _runs, at, _runCount - at);
        Array.Copy(_fences, at + 1, _fences, at, _runCount - at);
        _runs[_runCount] = default;
        _fences[_runCount] = default!;
    }

    private struct Run
    {
        public T[] Rows;
        public int Count;
    }
}
