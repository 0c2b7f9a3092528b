using System.Diagnostics;

namespace ActorStreams.Benchmarks.Harness;

/// <summary>A run computed something else than the model: its speed means nothing.</summary>
public sealed class WrongResultException(string benchmark, string side, Outcome expected, Outcome actual)
    : Exception($"Benchmark '{benchmark}', {side}: expected {expected}, got {actual}. No speed is reported for a wrong result.");

/// <summary>Runs both sides in one process, checks every run, and reduces the runs to one result.</summary>
public static class Comparison
{
    public const int FewestPairs = 5;
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1.5);

    /// <summary>Ours and baseline by turns, the first of a pair changing each time, so that a drift of the machine hits both
    /// alike.</summary>
    public static BenchmarkResult Run(IBenchmark benchmark, long rows, int pairs)
    {
        Outcome expected = benchmark.Expect(rows);
        WarmUp(() => Checked(benchmark, "baseline", benchmark.RunBaseline, rows, expected),
               () => Checked(benchmark, "ours", benchmark.RunOurs, rows, expected));

        var ours = new List<Measurement>();
        var baseline = new List<Measurement>();
        for (int pair = 0; pair < pairs; pair++)
        {
            if (pair % 2 == 0) ours.Add(Checked(benchmark, "ours", benchmark.RunOurs, rows, expected));
            baseline.Add(Checked(benchmark, "baseline", benchmark.RunBaseline, rows, expected));
            if (pair % 2 != 0) ours.Add(Checked(benchmark, "ours", benchmark.RunOurs, rows, expected));
        }

        double ratio = Median(ours.Zip(baseline, (mine, theirs) => mine.RowsPerSecond / theirs.RowsPerSecond));
        return BenchmarkResult.Of(benchmark.Name, ours) with
        {
            Baseline = Median(baseline.Select(run => run.RowsPerSecond)),
            BaselineName = benchmark.BaselineName,
            Ratio = ratio,
            BaselineLatencyMs = LatencyMs.OfMedian(baseline),
            Variants = RunVariants(benchmark, rows, expected),
        };
    }

    /// <summary>The baseline alone: the same checks and the same median, nothing to compare with.</summary>
    public static BenchmarkResult RunBaseline(IBaseline baseline, long rows, int runs)
    {
        Outcome expected = baseline.Expect(rows);
        Measurement Once() => Checked(baseline, "baseline", baseline.RunBaseline, rows, expected);
        WarmUp(Once);
        List<Measurement> measured = [.. Enumerable.Range(0, runs).Select(_ => Once())];
        return BenchmarkResult.Of(baseline.Name, measured) with
        {
            BaselineName = baseline.BaselineName,
            Variants = RunVariants(baseline, rows, expected),
        };
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static Dictionary<string, double>? RunVariants(IBaseline baseline, long rows, Outcome expected)
    {
        if (baseline.Variants.Count == 0) return null;
        var medians = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (Variant variant in baseline.Variants)
        {
            Measurement Once() => Checked(baseline, variant.Name, variant.Run, rows, expected);
            WarmUp(Once);
            medians[variant.Name] = Median(Enumerable.Range(0, FewestPairs).Select(_ => Once().RowsPerSecond));
        }
        return medians;
    }

    // Until the time is over, so that hot methods reach their last compilation; one run where a run is long.
    private static void WarmUp(params ReadOnlySpan<Func<Measurement>> sides)
    {
        long started = Stopwatch.GetTimestamp();
        do
        {
            foreach (Func<Measurement> side in sides) side();
        }
        while (Stopwatch.GetElapsedTime(started) < _warmUp);
    }

    private static Measurement Checked(IBaseline benchmark, string side, Func<long, Measurement> run, long rows, Outcome expected)
    {
        GC.Collect();                                   // one run's garbage is not the next one's cost
        GC.WaitForPendingFinalizers();
        Measurement measured = run(rows);
        return measured.Outcome == expected ? measured : throw new WrongResultException(benchmark.Name, side, expected, measured.Outcome);
    }
}
