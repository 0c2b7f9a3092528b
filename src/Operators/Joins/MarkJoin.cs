using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Each left row with whether it has a partner: SQL's IN, ANY and EXISTS where their truth is a value.</summary>
internal static class MarkJoinOperator
{
    /// <summary>Each left row with a mark: true if a condition is true for a right row; null if it is true for none, but unknown for one;
    /// else false.</summary>
    /// <param name="left">The left rows, by what they are joined on.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows of both sides are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="where">Whether a right row of the same key is a partner; null: unknown. Null as a whole: every one is.</param>
    internal static Stream<Change<Joined<TLeft, Mark>>> JoinMarks<TKey, TLeft, TRight>(
        this KeyedStream<TKey, Change<TLeft>> left, string name, KeyedStream<TKey, Change<TRight>> right,
        Func<TLeft, TRight, bool?>? where) =>
        TwoInputs.Add(left, right, name, (first, second) => new MarkJoinNode<TKey, TLeft, TRight>(name, first, second, where));
}

/// <summary>Whether a row has a partner; null: unknown.</summary>
internal record struct Mark
{
    public bool? Value;
}

/// <summary>A row, how often it is there, and how many right rows are its partners, or may be.</summary>
internal record struct MarkedRow<T>(T Row, long Count, long Partners, long Unknown, long Time);

/// <summary>The rows of both sides under one key.</summary>
internal record struct MarkedRows<TLeft, TRight>(List<MarkedRow<TLeft>>? Left, List<JoinRow<TRight>>? Right)
{
    public readonly bool IsEmpty => Left is not { Count: > 0 } && Right is not { Count: > 0 };
}

internal sealed class MarkJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, Change<TLeft>> left, SideInput<TKey, Change<TRight>> right, Func<TLeft, TRight, bool?>? where)
    : TwoInputNode<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, Mark>>>(name, "mark-join", left, right)
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left row");
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, Mark>>> Build(
        StageBuild build, TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site) =>
        new MarkJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), where);

    private static StoredEntities<TKey, MarkedRows<TLeft, TRight>> EntitiesOf(ShardRange shards) => new(shards, "rows");
}
