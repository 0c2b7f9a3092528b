using System.Diagnostics;

namespace ActorStreams.Benchmarks.Harness;

/// <summary>What one run did and what it took.</summary>
/// <param name="Rows">Input rows really processed.</param>
/// <param name="Cpu">Processor time of the whole process while measured, all threads.</param>
/// <param name="AllocatedBytesPerRow">Managed bytes, over the steady part of the run.</param>
public sealed record Measurement(long Rows, TimeSpan Elapsed, TimeSpan Cpu, double AllocatedBytesPerRow, Outcome Outcome)
{
    public double RowsPerSecond => Rows / Elapsed.TotalSeconds;

    /// <summary>Set by runs that measure when each row was done, not only how many were.</summary>
    public LatencyHistogram? Latency { get; init; }

    /// <summary>Figures that help to judge the run (commits, pauses), by name with unit.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Notes { get; init; } = [];
}

/// <summary>What a run computed, independent of the order in which it did: equal outcomes are equal results.</summary>
/// <param name="Count">Rows or results that came out.</param>
/// <param name="Sum">A sum over them with a meaning (of counts, of prices).</param>
/// <param name="Checksum">A sum of hashes over all their fields.</param>
public readonly record struct Outcome(long Count, long Sum, long Checksum)
{
    public static Outcome operator +(Outcome left, Outcome right) =>
        unchecked(new(left.Count + right.Count, left.Sum + right.Sum, left.Checksum + right.Checksum));
}

/// <summary>Takes time, processor time and allocation of the measured part of a run.</summary>
/// <remarks>Start, (Steady), Stop, then Result; checks of the result belong after Stop.</remarks>
public sealed class Meter
{
    private readonly long _started;
    private readonly TimeSpan _cpuBefore;
    private long _allocatedBefore, _rowsBefore, _allocatedAfter;
    private TimeSpan _elapsed, _cpu;

    private Meter()
    {
        _allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        _cpuBefore = Environment.CpuUsage.TotalTime;
        _started = Stopwatch.GetTimestamp();
    }

    public static Meter Start() => new();

    /// <summary>From here on the run allocates what it allocates per row: start-up is left out of that figure (of no other).</summary>
    public void Steady(long rowsSoFar)
    {
        _allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        _rowsBefore = rowsSoFar;
    }

    public void Stop()
    {
        _elapsed = Stopwatch.GetElapsedTime(_started);
        _cpu = Environment.CpuUsage.TotalTime - _cpuBefore;
        _allocatedAfter = GC.GetTotalAllocatedBytes(precise: true);
    }

    public Measurement Result(long rows, Outcome outcome) =>
        new(rows, _elapsed, _cpu, (double)(_allocatedAfter - _allocatedBefore) / Math.Max(1, rows - _rowsBefore), outcome);
}
