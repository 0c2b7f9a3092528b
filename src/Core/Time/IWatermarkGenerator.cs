namespace ActorStreams.Authoring;

/// <summary>How a partition's watermark follows from its rows, written by you; see <see cref="Watermarks.Of{T, TGenerator}"/>.</summary>
/// <remarks>
/// The contract: what is answered depends on the rows so far, in their order, and on nothing else (no clock, no randomness, no static
/// state), so that a partition read again gives the same panes and the same late rows. Implement it as a struct: each partition has a copy
/// of its own, its fields are committed with the partition's offset and are there again after a restart, and the call is compiled into the
/// loop over the rows.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
public interface IWatermarkGenerator<T>
{
    /// <summary>Called with every row of the partition, in order.</summary>
    /// <param name="row">The row.</param>
    /// <param name="time">Its event time, in microseconds.</param>
    /// <returns>The watermark after the row, in microseconds: no row with a smaller event time is expected any more. One below the present
    /// watermark changes nothing; <see cref="EventTime.MinValue"/> while nothing is known. If it throws, the row is a bad row of the
    /// source.</returns>
    long OnRow(in T row, long time);
}
