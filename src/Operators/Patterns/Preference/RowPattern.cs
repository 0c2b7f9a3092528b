using ActorStreams.Core.Journal;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>Patterns over rows in their order, with SQL's order of preference.</summary>
internal static class RowPatternOperator
{
    /// <summary>The matches of a pattern in the rows of each partition.</summary>
    /// <param name="source">The rows, by partition.</param>
    /// <param name="name">Stable and unique in the pipeline: rows that a match may still need are stored under it.</param>
    /// <param name="plan">The pattern, and what comes out.</param>
    /// <returns>Rows that only come. A match comes when no later row could change it, at the event time of its last row.</returns>
    /// <remarks>A row is taken when the watermark has passed its time; one that comes later is dropped, and counted as
    /// <c>late_dropped</c>, as is a row without a time.</remarks>
    public static Stream<Change<TOut>> Match<TKey, TRow, TDefine, TMeasure, TOut>(
        this KeyedStream<TKey, Change<TRow>> source, string name, RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan) =>
        source.Stream.Add(new RowPatternNode<TKey, TRow, TDefine, TMeasure, TOut>(name, source, plan));
}

internal sealed class RowPatternNode<TKey, TRow, TDefine, TMeasure, TOut>(
    string name, KeyedStream<TKey, Change<TRow>> input, RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan)
    : KeyedNode<TKey, Change<TRow>, Change<TOut>>(name, "match", input)
{
    public override string Detail => $"{plan.Program.Steps.Length} steps over {plan.Names.Length} variables";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TRow>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new RowPatternStates<TKey, TRow>(shards, plan.Order);

    protected override KeyedOperator<TKey, Change<TRow>> Build(StageBuild build, RegionSite<TKey, Change<TRow>> site) =>
        new RowPatternRegion<TKey, TRow, TDefine, TMeasure, TOut>(
            site, new RowPatternStates<TKey, TRow>(site.Shards, plan.Order), plan, build.Downstream(this));
}

/// <summary>How far the search in a partition has come.</summary>
/// <param name="First">How many rows came before the first one that is kept.</param>
/// <param name="Start">The row that the search goes on with.</param>
/// <param name="Number">How many matches there were.</param>
/// <param name="Covered">Rows before this one that are part of no match have been given as such.</param>
internal record struct RowPatternProgress(long First, long Start, long Number, long Covered);

/// <summary>What is kept for a partition: rows that a match may still need, and how far the search has come.</summary>
internal sealed class RowPatternStates<TKey, TRow>(ShardRange shards, IComparer<TRow> order) : EntityStates<TKey>
{
    public GroupRows<TKey, TRow> Rows { get; } = new(new ContentOrder<TRow>(order), shards);

    public StoredMap<TKey, RowPatternProgress> Progress { get; } = new("progress", shards);

    public override IReadOnlyList<IShardedState> Journaled => [Rows, Progress];

    public override IReadOnlyList<string> Names => ["rows"];

    public override object? Read(TKey key, string name) =>
        Rows.Find(key, Rows.Map.HashOf(key)) is { Count: > 0 } rows ? rows.All.ToArray() : null;
}
