using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorStreams.Benchmarks.Harness;

/// <summary>The medians of a comparison: one line of output.</summary>
/// <param name="CpuSeconds">Of one run, all threads of the process.</param>
public sealed record BenchmarkResult(string Name, long Rows, double RowsPerSecond, double CpuSeconds, double AllocatedBytesPerRow)
{
    /// <summary>The baseline's rows a second; absent where only the baseline was run.</summary>
    public double? Baseline { get; init; }

    public string? BaselineName { get; init; }

    /// <summary>Ours / baseline: the median over the pairs, not the quotient of the medians.</summary>
    public double? Ratio { get; init; }

    public LatencyMs? LatencyMs { get; init; }
    public LatencyMs? BaselineLatencyMs { get; init; }

    /// <summary>Rows a second of other ways to write the baseline.</summary>
    public IReadOnlyDictionary<string, double>? Variants { get; init; }

    public IReadOnlyDictionary<string, double>? Notes { get; init; }

    public static BenchmarkResult Of(string name, IReadOnlyList<Measurement> runs) => new(
        name,
        runs[0].Rows,
        Comparison.Median(runs.Select(run => run.RowsPerSecond)),
        Comparison.Median(runs.Select(run => run.Cpu.TotalSeconds)),
        Comparison.Median(runs.Select(run => run.AllocatedBytesPerRow)))
    {
        LatencyMs = LatencyMs.OfMedian(runs),
        Notes = runs[0].Notes.Count == 0 ? null : runs.SelectMany(run => run.Notes)
            .GroupBy(note => note.Key, note => note.Value)
            .ToDictionary(notes => notes.Key, Comparison.Median),
    };

    public string ToJson() => JsonSerializer.Serialize(Rounded(), ResultJson.Default.BenchmarkResult);

    public static string TableHeader =>
        $"{"benchmark",-24}{"rows",15}{"M rows/s",11}{"CPU s",9}{"B/row",9}{"baseline M/s",14}{"ratio",8}";

    public string ToTableRow()
    {
        var text = new StringBuilder(Invariant(
            $"{Name,-24}{Rows,15:N0}{RowsPerSecond / 1e6,11:F2}{CpuSeconds,9:F2}{AllocatedBytesPerRow,9:F2}"));
        if (Baseline is not null) text.Append(Invariant($"{Baseline / 1e6,14:F2}{Ratio,8:F2}"));
        foreach ((string variant, double rate) in Variants ?? new Dictionary<string, double>(0))
            text.AppendLine().Append(Invariant($"    {variant}: {rate / 1e6:F2} M rows/s"));
        if (LatencyMs is not null) text.AppendLine().Append($"    latency: {LatencyMs}");
        if (BaselineLatencyMs is not null) text.AppendLine().Append($"    baseline latency: {BaselineLatencyMs}");
        if (Notes is not null)
            text.AppendLine().Append("    ").AppendJoin(", ", Notes.Select(note => Invariant($"{note.Key} {note.Value:0.##}")));
        return text.ToString();
    }

    private BenchmarkResult Rounded() => this with
    {
        RowsPerSecond = Math.Round(RowsPerSecond),
        CpuSeconds = Math.Round(CpuSeconds, 4),
        AllocatedBytesPerRow = Math.Round(AllocatedBytesPerRow, 4),
        Baseline = Baseline is { } baseline ? Math.Round(baseline) : null,
        Ratio = Ratio is { } ratio ? Math.Round(ratio, 4) : null,
        Variants = Variants?.ToDictionary(variant => variant.Key, variant => Math.Round(variant.Value)),
        Notes = Notes?.ToDictionary(note => note.Key, note => Math.Round(note.Value, 3)),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Latency percentiles of a run, in milliseconds.</summary>
public sealed record LatencyMs(double P50, double P99, double P9999)
{
    /// <summary>Each percentile is the median over the runs: one hiccup of the machine does not decide the tail.</summary>
    public static LatencyMs? OfMedian(IEnumerable<Measurement> runs)
    {
        List<LatencyHistogram> histograms = [.. runs.Select(run => run.Latency).OfType<LatencyHistogram>()];
        if (histograms.Count == 0) return null;
        double At(double share) => Math.Round(Comparison.Median(histograms.Select(h => h.Percentile(share).TotalMilliseconds)), 3);
        return new(At(0.50), At(0.99), At(0.9999));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {P50} ms, p99 {P99} ms, p99.99 {P9999} ms");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BenchmarkResult))]
internal sealed partial class ResultJson : JsonSerializerContext;
