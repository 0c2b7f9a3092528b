using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Rows that meet a table as it is when they come: SQL's FOR SYSTEM_TIME AS OF PROCTIME().</summary>
internal static class ArrivalJoinOperator
{
    /// <summary>Each left row, once, with the right rows that are there when it comes; later changes of these have no effect.</summary>
    /// <param name="left">Rows that come, by what they are joined on.</param>
    /// <param name="name">Stable and unique in the pipeline: the right rows are stored under it.</param>
    /// <param name="right">Rows that come and go, by the same type of key.</param>
    /// <param name="type">Inner or left.</param>
    /// <param name="where">Which rows of one key are partners; null: all are.</param>
    /// <remarks>Which right rows are there depends on when rows come, so a run that is repeated may give others. The watermark is that of
    /// the left rows. A left row cannot be taken back; it waits until the initial snapshots of right sources are in.</remarks>
    internal static Stream<Change<Joined<TLeft, TRight>>> JoinAtArrival<TKey, TLeft, TRight>(
        this KeyedStream<TKey, Change<TLeft>> left, string name, KeyedStream<TKey, Change<TRight>> right, JoinType type,
        Func<TLeft, TRight, bool>? where) =>
        TwoInputs.Add(left, right, name, (first, second) =>
            new ArrivalJoinNode<TKey, TLeft, TRight>(name, first, second, type, where) { WaitsForSnapshot = true });
}

internal sealed class ArrivalJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, Change<TLeft>> left, SideInput<TKey, Change<TRight>> right, JoinType type,
    Func<TLeft, TRight, bool>? where)
    : TwoInputNode<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(name, "arrival-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant();

    public override IReadOnlyList<StreamNode> EventTimesFrom => [Inputs[0]];

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>> Build(
        StageBuild build, TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site) =>
        new ArrivalJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), type, where);

    private static StoredEntities<TKey, List<JoinRow<TRight>>> EntitiesOf(ShardRange shards) => new(shards, "rows");
}
