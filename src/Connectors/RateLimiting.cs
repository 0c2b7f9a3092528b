using ActorStreams.Connectors.Pacing;

namespace ActorStreams;

/// <summary>Reads sources no faster than a given rate.</summary>
public static class RateLimiting
{
    /// <summary>The same rows at the same offsets, but at most so many a second, over all partitions together.</summary>
    /// <param name="source">The source; its guarantee stays what it is.</param>
    /// <param name="rowsPerSecond">At least 1. Records that cannot be read count as rows.</param>
    /// <remarks>Rows come in pieces of about 20 milliseconds' worth. Time is that of the job's clock; time that passed unused is not made
    /// up for.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rowsPerSecond"/> is not positive.</exception>
    public static Source<T> RateLimit<T>(this Source<T> source, int rowsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowsPerSecond);
        return new RateLimitedSource<T>(source, rowsPerSecond);
    }
}
