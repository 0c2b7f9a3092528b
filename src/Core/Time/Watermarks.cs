using ActorStreams.Core.Time.Runtime;

namespace ActorStreams;

/// <summary>The watermark strategies: how far the data of a source partition is complete, as a function of its rows alone.</summary>
/// <remarks>
/// What each costs and when to take which: <see cref="Monotonic"/> and <see cref="BoundedOutOfOrderness"/> where the disorder is known,
/// <see cref="FromSource"/> and <see cref="Punctuated{T}(Func{T, DateTimeOffset?})"/> where the data says itself how far it is complete,
/// <see cref="Adaptive"/> where it must be learned. The terms follow Akidau et al., "The Dataflow Model", VLDB 2015, and Begoli et al.,
/// "Watermarks in Stream Processing Systems", VLDB 2021.
/// </remarks>
public static class Watermarks
{
    /// <summary>Event times never go back within a partition: the watermark is the largest event time so far.</summary>
    public static WatermarkStrategy Monotonic() => new BoundedOutOfOrderness(TimeSpan.Zero);

    /// <summary>Rows come at most <paramref name="bound"/> behind the largest event time so far: the watermark is that time minus the
    /// bound, after every row.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is negative.</exception>
    public static WatermarkStrategy BoundedOutOfOrderness(TimeSpan bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        return new BoundedOutOfOrderness(bound);
    }

    /// <summary>Marker rows say how far the data is complete: after a row for which <paramref name="watermarkOf"/> gives an instant the
    /// watermark is that instant.</summary>
    /// <remarks>A watermark only advances; an instant behind the present watermark changes nothing. A row on which the function throws is a
    /// bad row of the source.</remarks>
    /// <param name="watermarkOf">No row with an event time before this instant comes after the row; null for rows that say nothing.</param>
    public static WatermarkStrategy Punctuated<T>(Func<T, DateTimeOffset?> watermarkOf)
    {
        ArgumentNullException.ThrowIfNull(watermarkOf);
        return new PunctuatedByInstant<T>(watermarkOf);
    }

    /// <summary>The same, for rows that carry microseconds since the Unix epoch (UTC).</summary>
    /// <param name="watermarkOf">No row with a smaller event time (microseconds) comes after the row; null for rows that say
    /// nothing.</param>
    public static WatermarkStrategy Punctuated<T>(Func<T, long?> watermarkOf)
    {
        ArgumentNullException.ThrowIfNull(watermarkOf);
        return new PunctuatedByMicros<T>(watermarkOf);
    }

    /// <summary>The source knows how far it is complete and says so (<see cref="SourceBuffer{T}.DeclareWatermark(long)"/>): a perfect
    /// watermark if what it says is true.</summary>
    /// <remarks>With a source that never says anything the watermark stands still until the source ends.</remarks>
    public static WatermarkStrategy FromSource() => new DeclaredBySource();

    /// <summary>Learns how late rows are, per partition, and stands so far back that the stated share of rows is on time.</summary>
    /// <remarks>
    /// <para>A row's lateness is the largest event time before it minus its own. A sketch with logarithmic buckets (relative error at most
    /// 1/32, on the safe side) counts latenesses, older rows weighing less and less; the watermark is the largest event time minus the
    /// lateness that all but the permitted share of rows keep. Of what has been too late recently more than permitted the next rows make
    /// good: the share aimed at shrinks by it, down to an eighth of the permitted one. All of that is a function of the rows and their
    /// order; the sketch is committed with the source's offsets.</para>
    /// <para>Warm-up: until <see cref="AdaptiveOptions.WarmUpRows"/> rows of a partition have come, the watermark stands
    /// <see cref="AdaptiveOptions.MaximumDelay"/> behind. A partition with fewer rows is as if it had that bound.</para>
    /// <para>What was achieved: <see cref="JobMetrics.Partitions"/>.</para>
    /// <para>The sketch is that of Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
    /// guarantees", VLDB 2019, with the bucket borders of Tene's HdrHistogram, which need no logarithm; the aim follows Awad, Traub and
    /// Sakr, "Adaptive Watermarks", EDBT 2019, but learns a quantile instead of detecting drift.</para>
    /// </remarks>
    /// <param name="completeness">The share of rows that should not come behind the watermark, above 0 and below 1, such as 0.999.</param>
    /// <param name="options">Bounds, warm-up and memory; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="completeness"/> or an option is out of its range.</exception>
    public static WatermarkStrategy Adaptive(double completeness = 0.999, AdaptiveOptions? options = null)
    {
        if (!(completeness > 0 && completeness < 1))
            throw new ArgumentOutOfRangeException(nameof(completeness), completeness,
                "The completeness aimed at must be above 0 and below 1, such as 0.999.");
        return new Adaptive(AdaptiveSettings.Of(completeness, options ?? new AdaptiveOptions()));
    }

    /// <summary>A strategy of your own.</summary>
    /// <typeparam name="T">The row.</typeparam>
    /// <typeparam name="TGenerator">The generator: its fields are its state, stored with the offsets, so each needs a codec.</typeparam>
    /// <param name="start">What each partition begins with.</param>
    /// <param name="description">What it does, for plans; null: the type's name.</param>
    /// <example><code>
    /// public record struct EndOfDay(long Closed) : IWatermarkGenerator&lt;Trade&gt;
    /// {
    ///     public long OnRow(in Trade trade, long time) => trade.IsClosing ? Closed = time : Closed;
    /// }
    ///
    /// .WithEventTime(trade => trade.Time, Watermarks.Of&lt;Trade, EndOfDay&gt;(new EndOfDay(EventTime.MinValue)))
    /// </code></example>
    /// <exception cref="PipelineException">The generator's fields cannot be stored.</exception>
    public static WatermarkStrategy Of<T, TGenerator>(TGenerator start, string? description = null)
        where TGenerator : struct, IWatermarkGenerator<T> =>
            new UserWatermarks<T, TGenerator>(start, description ?? typeof(TGenerator).Name);
}
