using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Joins of two streams whose rows meet within a time.</summary>
public static class IntervalJoinOperator
{
    /// <summary>Pairs left and right rows of one key whose event times are no further apart than <paramref name="within"/> allows, each
    /// pair once.</summary>
    /// <param name="left">The left rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the waiting rows are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key; may be the same stream.</param>
    /// <param name="within">The distance right − left.</param>
    /// <param name="type">Which rows come out.</param>
    /// <param name="options">How long rows wait, and what late ones still find; null: a join of rows that are not late.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TKey, TLeft) × (TKey, TRight) → pairs at the later event time of the two, rows without partner at their own; no order
    /// promised.</returns>
    /// <remarks>
    /// <para>Pairs come at once. A row without partner comes once the watermark (the least of both inputs') has passed its last possible
    /// partner by <see cref="StreamJoinOptions.AllowedLateness"/>; so that it is not late downstream, joins that put out such rows hold the
    /// watermark back by that time.</para>
    /// <para>Keeps each row until the watermark has passed its last possible partner by the greater of that and
    /// <see cref="StreamJoinOptions.RetainFor"/>: about rate × (upper − lower) rows. The metric <c>buffered</c> counts them.</para>
    /// <para>A row without a key (null) has no partner. A late row is not dropped: it is joined with what is still kept, and counted as
    /// <c>late</c>.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the streams belong to two pipelines.</exception>
    /// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/joining/#interval-join">Flink's
    /// interval join, which drops late rows; the treatment of late and unmatched rows is that of Kafka Streams.</seealso>
    public static Stream<Joined<TLeft, TRight>> IntervalJoin<TKey, TLeft, TRight>(
        this KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, Interval within, JoinType type = JoinType.Inner,
        StreamJoinOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        IntervalPartners partners = within.Partners;
        if (partners.Upper < partners.Lower)
            throw new ArgumentOutOfRangeException(nameof(within), within, "No distance is allowed: the bounds exclude each other.");
        long span = partners.Upper - partners.Lower;
        long step = Step(type is JoinType.Inner or JoinType.Semi ? span / 16 : span / 100_000);
        return Add(left, name, right, partners, type, options, errors, step, "interval-join",
            $"right - left in [{within.Lower}, {within.Upper}]");
    }

    /// <summary>Adds a join in which a row's partners follow from its event time.</summary>
    /// <param name="left">The left rows.</param>
    /// <param name="name">The operator's name.</param>
    /// <param name="right">The right rows.</param>
    /// <param name="partners">Whom a row can meet.</param>
    /// <param name="type">Which rows come out.</param>
    /// <param name="options">How long rows wait; null: the defaults.</param>
    /// <param name="errors">What becomes of a row on which user code throws.</param>
    /// <param name="step">How finely time matters, in microseconds.</param>
    /// <param name="kind">The kind of join, for plans.</param>
    /// <param name="detail">What it is given, for plans.</param>
    internal static Stream<Joined<TLeft, TRight>> Add<TKey, TLeft, TRight, TPartners>(
        KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, TPartners partners, JoinType type,
        StreamJoinOptions? options, ErrorPolicy? errors, long step, string kind, string detail)
        where TPartners : struct, IPartners<TPartners>
    {
        options ??= new StreamJoinOptions();
        options.Validate(left.Stream.Pipeline.Name, name);
        return TwoInputs.Add(left, right, name, (first, second) =>
            new IntervalJoinNode<TKey, TLeft, TRight, TPartners>(name, kind, first, second, partners, type, options, step, detail)
            {
                Errors = errors,
            });
    }

    /// <summary>How finely time matters: to 1/100,000 of the interval where rows come out by it, to a sixteenth where they are only
    /// dropped.</summary>
    private static long Step(long part)
    {
        long step = 1_000;
        while (step * 10 <= part)
            step *= 10;
        return step;
    }
}

/// <summary>How long a join of two streams waits for late rows, and how long it keeps what they may meet.</summary>
public sealed record StreamJoinOptions
{
    /// <summary>How long after the watermark has passed its last possible partner a row waits for a late one before it comes out alone.
    /// Default: zero.</summary>
    public TimeSpan AllowedLateness { get; init; } = TimeSpan.Zero;

    /// <summary>How long after the watermark has passed its last possible partner a row is kept for late ones. Default: zero, which means
    /// <see cref="AllowedLateness"/>.</summary>
    public TimeSpan RetainFor { get; init; } = TimeSpan.Zero;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new StreamJoinOptions());

    internal void Validate(string pipeline, string name)
    {
        if (AllowedLateness < TimeSpan.Zero || RetainFor < TimeSpan.Zero)
        {
            throw new PipelineException(
                $"Pipeline '{pipeline}', operator '{name}': {nameof(AllowedLateness)} is {AllowedLateness} and {nameof(RetainFor)} is " +
                $"{RetainFor}; neither may be negative.");
        }
    }
}

internal sealed class IntervalJoinNode<TKey, TLeft, TRight, TPartners>(
    string name, string kind, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, TPartners partners, JoinType type,
    StreamJoinOptions options, long step, string detail)
    : TwoInputNode<TKey, TLeft, TRight, Joined<TLeft, TRight>>(name, kind, left, right)
    where TPartners : struct, IPartners<TPartners>
{
    public override string Detail => $"{type.ToString().ToLowerInvariant()}, {detail}";

    public override string? Definition => $"{type.ToString().ToLowerInvariant()} {Kind}";

    public override long WatermarkGranularity => step;

    public override EventTimeNeed EventTimeNeed => new(
        "which rows are partners follows from their event times, and the watermark says when one waits for none any more");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left row");
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new WaitingEntities<TKey, TLeft, TRight>(shards, type);

    protected override TwoInputOperator<TKey, TLeft, TRight, Joined<TLeft, TRight>> Build(
        StageBuild build, TwoInputSite<TKey, TLeft, TRight> site) =>
        new IntervalJoin<TKey, TLeft, TRight, TPartners>(site, build.Downstream(this),
            new WaitingEntities<TKey, TLeft, TRight>(site.Shards, type), partners, type, options);
}
