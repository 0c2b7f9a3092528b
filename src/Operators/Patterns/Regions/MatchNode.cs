using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;
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

/// <summary>A pattern operator in the graph.</summary>
internal sealed class MatchNode<TKey, T, TOut>(
    string name, KeyedStream<TKey, T> input, PatternShape<T> shape, MatchSettings<TKey, T> settings, Func<Match<TKey, T>, TOut>? one, Func<Match<TKey, T>, IEnumerable<TOut>>? many)
    : KeyedNode<TKey, T, TOut>(name, "match", input)
{
    private readonly Automaton<T> _automaton = PatternCompiler<T>.Compile(shape);
    private readonly long _step = TimeStep.Of(shape);

    public LateSide<T> Late { get; } = new(settings.Late);

    public override string Detail => $"{string.Join(", ", _automaton.Stages)}, {(settings.IsProcessingTime ? "processing time" : "event time")}, {_automaton.Skip}";

    public override bool NeedsDeadLetters => Late.NeedsDeadLetters && !settings.IsProcessingTime;

    public override long WatermarkGranularity => settings.IsProcessingTime ? 0 : _step;

    public override EventTimeNeed? EventTimeNeed => settings.IsProcessingTime
        ? null
        : new("rows are matched in the order of their event times, once the watermark has passed them",
            "match rows as they come, by the clock: .Match(…).InProcessingTime()");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new MatchEntities<TKey, T>(_automaton, shards, KeyOf, _step, withPositions: false);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        var matches = new MatchSink<Match<TKey, T>, TOut>(one, many, new RowOutput<TOut>(build.Context, build.Downstream(this)));
        var outputs = new PatternOutputs<TKey, T>(matches, settings.TimedOut?.Sink(build), Late.Output(build, site.Errors));
        var entities = new MatchEntities<TKey, T>(_automaton, site.Shards, KeyOf, _step, build.WithPositions);
        return settings.IsProcessingTime
            ? new ArrivalMatchRegion<TKey, T>(site, entities, outputs, _step)
            : new MatchRegion<TKey, T>(site, entities, outputs, _step);
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
