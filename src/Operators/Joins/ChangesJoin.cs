using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Joins of rows that come and go, any number of them under a key: SQL's joins of two tables.</summary>
public static class ChangesJoinOperator
{
    /// <summary>Every left row with every right row of its key; changes as rows of either side come and go.</summary>
    /// <param name="left">The left rows, by what they are joined on.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows of both sides are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="type">Which rows come out that have no partner; or whether left rows come out alone, as for EXISTS.</param>
    /// <param name="where">Which rows of one key are partners; null: all are. It must always give the same answer.</param>
    /// <param name="errors">What becomes of a change on which <paramref name="where"/> throws; null: as the job's options say. It has then
    /// never come.</param>
    /// <returns>At all times, added up, what the join of the rows on both sides gives, each pair at the later event time of its two. A
    /// change of one row may give many.</returns>
    /// <remarks>
    /// Keeps every row of both sides, equal ones once with a count. A change costs a look at all rows of its key, on both sides; so many
    /// rows under one key are slow. A row may be taken away before it comes.
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the two belong to two pipelines.</exception>
    public static Stream<Change<Joined<TLeft, TRight>>> Join<TKey, TLeft, TRight>(
        this KeyedStream<TKey, Change<TLeft>> left, string name, KeyedStream<TKey, Change<TRight>> right, JoinType type = JoinType.Inner,
        Func<TLeft, TRight, bool>? where = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Joined(name, right, type, where, new ChangesJoinOptions(), errors);
    }

    /// <summary>The same, where more is known of the rows.</summary>
    internal static Stream<Change<Joined<TLeft, TRight>>> Joined<TKey, TLeft, TRight>(
        this KeyedStream<TKey, Change<TLeft>> left, string name, KeyedStream<TKey, Change<TRight>> right, JoinType type,
        Func<TLeft, TRight, bool>? where, ChangesJoinOptions options, ErrorPolicy? errors = null) =>
        TwoInputs.Add(left, right, name, (first, second) =>
            new ChangesJoinNode<TKey, TLeft, TRight>(name, first, second, type, where, options) { Errors = errors });
}

/// <summary>What is known of the rows of a join.</summary>
internal sealed record ChangesJoinOptions
{
    /// <summary>All rows of a key are of one window, and have its last instant as their event time: they are forgotten when the watermark
    /// has passed it, and what comes later is dropped.</summary>
    public bool Closes { get; init; }

    /// <summary>How far apart the event times of partners may be, in microseconds: the watermark of the pairs is so far behind that none of
    /// their times is below it. Zero: nothing is known of it.</summary>
    public long LongestWait { get; init; }

    /// <summary>No row of either side is ever taken back: then equal rows need not be found.</summary>
    public bool OnlyAdds { get; init; }

    /// <summary>What a left row with several partners is; null: it may have any number.</summary>
    public Func<Exception>? OnSeveral { get; init; }
}

internal sealed class ChangesJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, Change<TLeft>> left, SideInput<TKey, Change<TRight>> right, JoinType type,
    Func<TLeft, TRight, bool>? where, ChangesJoinOptions options)
    : TwoInputNode<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(name, "changes-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant() + (options.Closes ? " of windows" : "")
        + (options.LongestWait > 0 ? $" within {TimeSpan.FromMicroseconds(options.LongestWait)}" : "");

    public override long WatermarkGranularity => options.LongestWait;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left row");
        Require<TRight>(pipeline, "right row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>> Build(
        StageBuild build, TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site) =>
        new ChangesJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), type, where, options);

    private static StoredEntities<TKey, JoinRows<TLeft, TRight>> EntitiesOf(ShardRange shards) => new(shards, "rows");
}
