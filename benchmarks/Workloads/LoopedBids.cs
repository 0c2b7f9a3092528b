using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>
/// Two sources that never end: each loops over its own pre-generated rows, and each pass moves event time on by the length of the loop.
/// Together they make a million rows to the event second, like every other input here.
/// </summary>
public sealed class LoopedBids
{
    public const int Sources = 2;
    private const int RowsPerWindow = Bids.RowsPerEventSecond / Sources;
    private const int MostWindowsPerPass = 16;                              // 256 MB a source: cold

    private static LoopedBids? _last;
    private readonly Bid[][] _loops;

    private LoopedBids(int windowsPerPass, long keys)
    {
        Keys = keys;
        MicrosPerPass = windowsPerPass * Bids.MicrosPerSecond;
        _loops = [.. Enumerable.Range(0, Sources).Select(source =>
            Bids.Generate(windowsPerPass * RowsPerWindow, keys, seed: (ulong)source + 1, RowsPerWindow))];
    }

    public long Keys { get; }

    /// <summary>How far event time has moved when a loop starts again.</summary>
    public long MicrosPerPass { get; }

    public int RowsPerPass => _loops[0].Length;

    /// <summary>The rows of one pass of one source; in pass p its times are p x <see cref="MicrosPerPass"/> later than written
    /// here.</summary>
    public Bid[] Loop(int source) => _loops[source];

    /// <summary>Whole windows only, so that the last one is like the others.</summary>
    public static long WholeWindows(long rows) => rows >= Bids.RowsPerEventSecond
        ? rows - (rows % Bids.RowsPerEventSecond)
        : throw new ArgumentOutOfRangeException(nameof(rows), rows,
            $"This benchmark needs a window of rows at least: --rows {Bids.RowsPerEventSecond} or more.");

    public static LoopedBids Of(long rows, long keys)
    {
        int windowsPerPass = (int)Math.Min(MostWindowsPerPass, WholeWindows(rows) / Bids.RowsPerEventSecond);
        if (_last?.Keys != keys || _last.MicrosPerPass != windowsPerPass * Bids.MicrosPerSecond)
        {
            _last = null;
            _last = new LoopedBids(windowsPerPass, keys);
        }
        return _last;
    }

    /// <summary>
    /// Fills <paramref name="batch"/> with the rows of <paramref name="source"/> from <paramref name="position"/> on, its times moved;
    /// stops early where the loop ends. This is all a source has to do.
    /// </summary>
    public int Read(int source, long position, Span<Bid> batch)
    {
        (long pass, long offset) = Math.DivRem(position, RowsPerPass);
        ReadOnlySpan<Bid> rows = _loops[source].AsSpan((int)offset);
        int count = Math.Min(rows.Length, batch.Length);
        rows[..count].CopyTo(batch);
        long moved = pass * MicrosPerPass;
        if (moved != 0)
            foreach (ref Bid bid in batch[..count]) bid.Time += moved;
        return count;
    }

    /// <summary>The tumbling counts of the first <paramref name="rows"/> rows of both sources together.</summary>
    public Outcome ExpectTumblingCounts(long rows)
    {
        SortedDictionary<long, int[]> pass = Model.CountsByWindow(_loops, Keys);
        var digest = new ResultDigest();
        long windows = WholeWindows(rows) / Bids.RowsPerEventSecond;
        for (long moved = 0; windows > 0; moved += MicrosPerPass)
        {
            foreach ((long window, int[] counts) in pass.Take((int)Math.Min(windows, pass.Count)))
                Model.AddTo(digest, window + moved, counts);
            windows -= pass.Count;
        }
        return digest.Outcome;
    }
}
