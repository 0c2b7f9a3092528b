using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

/// <summary>The row of the benchmarks between two processes: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LinkRow(long Key, long Value, long Price, long Quantity, long Time);

/// <summary>The rows that are sent: a cycle of 65,536, so that what is measured is the way and not the memory they come from.</summary>
internal static class LinkRows
{
    public const int FrameRows = 1024;
    public const int CycleRows = 64 * FrameRows;

    public static LinkRow[] Cycle { get; } =
        [.. Enumerable.Range(0, CycleRows).Select(row => new LinkRow(row * 7919L % 10_007, row, row % 101, row % 13, 1_000_000 + row))];

    public static long[] Times { get; } = [.. Cycle.Select(row => row.Time)];

    /// <summary>Whole frames, so that all sides send the same.</summary>
    public static long WholeFrames(long rows) => Math.Max(1, rows / FrameRows) * FrameRows;

    /// <summary>The outcome of so many rows, by a model that adds up frame by frame.</summary>
    public static Outcome Expect(long rows)
    {
        Outcome outcome = default;
        for (long at = 0; at < rows; at += FrameRows)
            outcome += Digest(Cycle.AsSpan((int)(at % CycleRows), FrameRows));
        return outcome;
    }

    /// <summary>What a receiver does to each row: reads all of its fields.</summary>
    public static Outcome Digest(ReadOnlySpan<LinkRow> rows)
    {
        long sum = 0, checksum = 0;
        foreach (ref readonly LinkRow row in rows)
        {
            sum += row.Value;
            checksum += row.Key + (row.Value * 3) + (row.Price * 5) + (row.Quantity * 7) + (row.Time * 11);
        }

        return new Outcome(rows.Length, sum, checksum);
    }
}
