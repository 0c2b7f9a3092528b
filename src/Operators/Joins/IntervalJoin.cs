using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams.Operators.Joins;

/// <summary>Joins of two streams whose rows meet within a time.</summary>
public static class IntervalJoinOperator
{
    /// <summary>Pairs left and right rows of one key whose event times are no further apart than <paramref name="within"/> allows, each pair once.</summary>
    /// <param name="left">The left rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the waiting rows are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key; may be the same stream.</param>
    /// <param name="within">The distance right − left.</param>
    /// <param name="options">Which rows come out, and what late rows still find; null: an inner join of rows that are not late.</param>
    /// <returns>(TKey, TLeft) × (TKey, TRight) → pairs at the later event time of the two, rows without partner at their own; no order promised.</returns>
    /// <remarks>
    /// <para>Pairs come at once. A row without partner comes once the watermark (the least of both inputs') has passed its last possible partner by
    /// <see cref="StreamJoinOptions.Grace"/>; so that it is not late downstream, joins that put out such rows hold the watermark back by that time.</para>
    /// <para>Keeps each row until the watermark has passed its last possible partner by the greater of grace and <see cref="StreamJoinOptions.Retention"/>:
    /// about rate × (upper − lower) rows. The metric <c>buffered</c> counts them.</para>
    /// <para>A row without a key (null) has no partner. A late row is not dropped: it is joined with what is still kept, and counted as <c>late</c>.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the streams belong to two pipelines.</exception>
    /// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/joining/#interval-join">Flink's interval join, which
    /// drops late rows; the treatment of late and unmatched rows is that of Kafka Streams.</seealso>
    public static Stream<Joined<TLeft, TRight>> IntervalJoin<TKey, TLeft, TRight>(
        this KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, Interval within, StreamJoinOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        IntervalPartners partners = within.Partners;
        if (partners.Upper < partners.Lower)
            throw new ArgumentOutOfRangeException(nameof(within), within, "No distance is allowed: the bounds exclude each other.");
        long span = partners.Upper - partners.Lower;
        return Add(left, name, right, partners, options ?? new StreamJoinOptions(), options is { Type: not (JoinType.Inner or JoinType.Semi) } ? Step(span / 100_000) : Step(span / 16), "interval-join", $"right - left in [{within.Lower}, {within.Upper}]");
    }

    /// <summary>Pairs left and right rows of one key that fall into the same window, each pair once.</summary>
    /// <param name="left">The left rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the waiting rows are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="windows">Tumbling windows.</param>
    /// <param name="options">Which rows come out, and what late rows still find; null: an inner join of rows that are not late.</param>
    /// <returns>As <see cref="IntervalJoin"/>: pairs come at once, not when the window is complete.</returns>
    /// <remarks>Keeps each row until its window is complete. All else is as in <see cref="IntervalJoin"/>.</remarks>
    public static Stream<Joined<TLeft, TRight>> WindowJoin<TKey, TLeft, TRight>(
        this KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, Windows.TumblingWindows windows, StreamJoinOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(windows);
        var partners = new WindowPartners(windows.Size, windows.Offset);
        return Add(left, name, right, partners, options ?? new StreamJoinOptions(), EventTime.GreatestCommonDivisor(partners.Size, partners.Offset), "window-join", windows.ToString());
    }

    private static Stream<Joined<TLeft, TRight>> Add<TKey, TLeft, TRight, TPartners>(
        KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, TPartners partners, StreamJoinOptions options, long step, string kind, string detail)
        where TPartners : struct, IPartners<TPartners>
    {
        if (options.Grace < TimeSpan.Zero || options.Retention < TimeSpan.Zero)
            throw new PipelineException($"Pipeline '{left.Stream.Pipeline.Name}', operator '{name}': grace and retention must not be negative.");
        return TwoInputs.Add(left, right, name, (first, second) =>
            new IntervalJoinNode<TKey, TLeft, TRight, TPartners>(name, kind, first, second, partners, options, step, detail));
    }

    /// <summary>How finely time matters: to 1/100,000 of the interval where rows come out by it, to a sixteenth where they are only dropped.</summary>
    private static long Step(long part)
    {
        long step = 1_000;
        while (step * 10 <= part)
            step *= 10;
        return step;
    }
}

/// <summary>Which rows a join of two streams puts out, and how long it waits for late ones.</summary>
public sealed record StreamJoinOptions
{
    /// <summary>Which rows come out. Default: <see cref="JoinType.Inner"/>.</summary>
    public JoinType Type { get; init; } = JoinType.Inner;

    /// <summary>How long after the watermark has passed its last possible partner a row waits for a late one before it comes out alone. Default: zero.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.Zero;

    /// <summary>How long after the watermark has passed its last possible partner a row is kept for late ones. Default: zero, which means <see cref="Grace"/>.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.Zero;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => Core.SettingsText.Of(this, new StreamJoinOptions());
}

internal sealed class IntervalJoinNode<TKey, TLeft, TRight, TPartners>(
    string name, string kind, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, TPartners partners, StreamJoinOptions options, long step, string detail)
    : TwoInputNode<TKey, TLeft, TRight, Joined<TLeft, TRight>>(name, kind, left, right)
    where TPartners : struct, IPartners<TPartners>
{
    public override string Detail => $"{options.Type.ToString().ToLowerInvariant()}, {detail}";

    public override string? Definition => $"{options.Type.ToString().ToLowerInvariant()} {Kind}";

    public override long WatermarkGranularity => step;

    public override EventTimeNeed EventTimeNeed => new(
        "which rows are partners follows from their event times, and the watermark says when one waits for none any more");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left row");
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new WaitingEntities<TKey, TLeft, TRight>(shards, options.Type);

    protected override TwoInputOperator<TKey, TLeft, TRight, Joined<TLeft, TRight>> Build(ActorBuild build, ShardRange shards) =>
        new IntervalJoin<TKey, TLeft, TRight, TPartners>(Name, build.Context, shards, LeftKeyOf, RightKeyOf, build.ErrorsOf(this), build.Downstream(this),
            new WaitingEntities<TKey, TLeft, TRight>(shards, options.Type), partners, options);
}
