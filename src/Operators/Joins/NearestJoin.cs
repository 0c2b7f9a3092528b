using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Each left row with one right row of its key, the nearest: SQL's ASOF JOIN, and FOR SYSTEM_TIME AS OF a time.</summary>
internal static class NearestJoinOperator
{
    /// <summary>Each left row with the first of the right rows that it may meet, by an order.</summary>
    /// <param name="left">The left rows, by what they are joined on.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows of both sides are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="plan">Which right row is the nearest, and when that is said.</param>
    /// <returns>At all times, added up, each left row with its nearest; in a left join, alone if it has none.</returns>
    internal static Stream<Change<Joined<TLeft, TRight>>> JoinNearest<TKey, TLeft, TRight>(
        this KeyedStream<TKey, Change<TLeft>> left, string name, KeyedStream<TKey, Change<TRight>> right,
        NearestPlan<TLeft, TRight> plan) =>
        TwoInputs.Add(left, right, name, (first, second) => new NearestJoinNode<TKey, TLeft, TRight>(name, first, second, plan));
}

/// <summary>How the nearest is found.</summary>
/// <param name="Type">Inner or left.</param>
/// <param name="MayMeet">Which right rows of its key a left row may meet.</param>
/// <param name="Order">The nearest first. Of rows that are equal by it the one that came last is the nearest.</param>
/// <param name="Where">Whether the nearest is a partner at all; null: it is.</param>
internal sealed record NearestPlan<TLeft, TRight>(
    JoinType Type, Func<TLeft, TRight, bool> MayMeet, IComparer<TRight> Order, Func<TLeft, TRight, bool>? Where)
{
    /// <summary>Right rows are versions: each is valid from its event time on, and a row that is taken away was valid before. Left rows
    /// come once, when the watermark has passed their event time; versions that no left row can meet any more are forgotten.</summary>
    public bool IsByTime { get; init; }
}

internal sealed class NearestJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, Change<TLeft>> left, SideInput<TKey, Change<TRight>> right, NearestPlan<TLeft, TRight> plan)
    : TwoInputNode<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(name, "nearest-join", left, right)
{
    public override string Detail => plan.Type.ToString().ToLowerInvariant() + (plan.IsByTime ? " as of the event time" : "");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left row");
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>> Build(
        StageBuild build, TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site) => plan.IsByTime
        ? new VersionJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), plan)
        : new NearestJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), plan);

    private static StoredEntities<TKey, JoinRows<TLeft, TRight>> EntitiesOf(ShardRange shards) => new(shards, "rows");
}
