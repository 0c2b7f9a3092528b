using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>How a pattern is to be matched.</summary>
internal sealed record MatchSettings<TKey, T>
{
    public LateRows<T> Late { get; init; }

    public bool IsProcessingTime { get; init; }

    public ISideOutput<TimedOutMatch<TKey, T>>? TimedOut { get; init; }

    public ErrorPolicy? Errors { get; init; }
}

/// <summary>What pattern operators in the graph share.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row that is matched.</typeparam>
/// <typeparam name="TRow">What comes in: such rows, or changes of them.</typeparam>
/// <typeparam name="TOut">What comes out.</typeparam>
internal abstract class PatternNode<TKey, T, TRow, TOut>(
    string name, string kind, KeyedStream<TKey, TRow> input, PatternShape<T> shape, LateRows<TRow> late)
    : KeyedNode<TKey, TRow, TOut>(name, kind, input)
{
    public LateSide<TRow> Late { get; } = new(late);

    public override bool NeedsDeadLetters => Late.NeedsDeadLetters;

    public override long WatermarkGranularity => Step;

    protected Automaton<T> Automaton { get; } = PatternCompiler<T>.Compile(shape);

    protected long Step { get; } = TimeStep.Of(shape);

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards, withPositions: false);

    protected MatchEntities<TKey, T, TRow> EntitiesOf(ShardRange shards, bool withPositions) =>
        new(Automaton, shards, KeyOf, Step, withPositions);
}

/// <summary>A pattern operator in the graph.</summary>
internal sealed class MatchNode<TKey, T, TOut>(
    string name, KeyedStream<TKey, T> input, PatternShape<T> shape, MatchSettings<TKey, T> settings,
    Func<Match<TKey, T>, TOut>? one, Func<Match<TKey, T>, IEnumerable<TOut>>? many)
    : PatternNode<TKey, T, T, TOut>(name, "match", input, shape, settings.Late)
{
    public override string Detail =>
        $"{string.Join(", ", Automaton.Stages)}, {(settings.IsProcessingTime ? "processing time" : "event time")}, {Automaton.Skip}";

    public override bool NeedsDeadLetters => base.NeedsDeadLetters && !settings.IsProcessingTime;

    public override long WatermarkGranularity => settings.IsProcessingTime ? 0 : Step;

    public override EventTimeNeed? EventTimeNeed => settings.IsProcessingTime
        ? null
        : new("rows are matched in the order of their event times, once the watermark has passed them",
            "match rows as they come, by the clock: .Match(…).InProcessingTime()");

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        var matches = new MatchSink<Match<TKey, T>, TOut>(one, many, new RowOutput<TOut>(build.Context, build.Downstream(this)));
        var outputs = new MatchOutputs<T, Match<TKey, T>, TimedOutMatch<TKey, T>>(
            Late.Output(build, site.Errors), matches, settings.TimedOut?.Sink(build));
        MatchEntities<TKey, T, T> entities = EntitiesOf(site.Shards, site.WithPositions);
        return settings.IsProcessingTime
            ? new ArrivalMatchRegion<TKey, T>(site, entities, outputs, Step)
            : new MatchRegion<TKey, T>(site, entities, outputs, Step);
    }
}

/// <summary>The steps in which an operator looks at event time: a tenth of its shortest bound at most, from 1 ms to 1 s.</summary>
internal static class TimeStep
{
    private const long Longest = 1_000_000;
    private const long Shortest = 1_000;

    public static long Of<T>(PatternShape<T> shape)
    {
        long bound = Math.Min(shape.Within ?? long.MaxValue, ShortestGap(shape.Elements));
        long step = Longest;
        while (step > Shortest && step > bound / 10)
            step /= 10;
        return step;
    }

    private static long ShortestGap<T>(Element<T>[] elements)
    {
        long shortest = long.MaxValue;
        foreach (Element<T> element in elements)
        {
            if (element.WithinPrevious > 0)
                shortest = Math.Min(shortest, element.WithinPrevious);
            if (element.WithinLoop > 0)
                shortest = Math.Min(shortest, element.WithinLoop);
            if (element.Within > 0)
                shortest = Math.Min(shortest, element.Within);
            if (element.Group is not null)
                shortest = Math.Min(shortest, ShortestGap(element.Group));
        }

        return shortest;
    }
}
