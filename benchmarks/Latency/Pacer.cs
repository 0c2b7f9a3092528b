using System.Diagnostics;

namespace ActorStreams.Benchmarks.Latency;

/// <summary>
/// Says which rows are due, at a fixed rate from a fixed start. A row's latency counts from the moment it was due, not from when a late
/// producer got round to it, so a stall is paid by every row it delayed (no coordinated omission).
/// </summary>
internal sealed class Pacer(long rowsPerSecond)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Nanoseconds since the start.</summary>
    public long Now => (long)((Stopwatch.GetTimestamp() - _started) * (1e9 / Stopwatch.Frequency));

    public long DueAt(long row) => row * 1_000_000_000 / rowsPerSecond;

    /// <summary>How many rows are due by now.</summary>
    public long RowsDue => (Now * rowsPerSecond / 1_000_000_000) + 1;

    /// <summary>How many rows are due by now; sleeps a millisecond at a time, never spins, until it is more than
    /// <paramref name="sent"/>.</summary>
    public long WaitForRowsAfter(long sent)
    {
        long due;
        while ((due = RowsDue) <= sent) Thread.Sleep(1);
        return due;
    }
}
