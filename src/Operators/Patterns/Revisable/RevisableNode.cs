using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Revisable;

/// <summary>How a pattern is to be matched before the watermark.</summary>
internal sealed record RevisableSettings<TKey, T>
{
    public LateRows<Change<T>> Late { get; init; }

    public int MaxRows { get; init; } = 10_000;

    public ISideOutput<TimedOutMatch<TKey, T>>? TimedOut { get; init; }

    public ISideOutput<Match<TKey, T>>? Confirmed { get; init; }

    public ErrorPolicy? Errors { get; init; }
}

/// <summary>A match that comes (+1) or is taken back (-1).</summary>
internal readonly record struct RevisedMatch<TKey, T>(Match<TKey, T> Match, int Weight);

/// <summary>A revisable pattern operator in the graph.</summary>
internal sealed class RevisableNode<TKey, T, TOut>(
    string name, KeyedStream<TKey, Change<T>> input, PatternShape<T> shape, RevisableSettings<TKey, T> settings,
    Func<RevisedMatch<TKey, T>, Change<TOut>>? one, Func<RevisedMatch<TKey, T>, IEnumerable<Change<TOut>>>? many)
    : PatternNode<TKey, T, Change<T>, Change<TOut>>(name, "revisable match", input, shape, settings.Late)
{
    public override string Detail => $"{string.Join(", ", Automaton.Stages)}, {Automaton.Skip}";

    public override EventTimeNeed EventTimeNeed => new(
        "rows are matched in the order of their event times, and a match is certain once the watermark has passed it");

    protected override KeyedOperator<TKey, Change<T>> Build(StageBuild build, RegionSite<TKey, Change<T>> site)
    {
        var matches = new MatchSink<RevisedMatch<TKey, T>, Change<TOut>>(
            one, many, new RowOutput<Change<TOut>>(build.Context, build.Downstream(this)));
        var outputs = new RevisableOutputs<TKey, T>(
            Late.Output(build, site.Errors), matches, settings.TimedOut?.Sink(build), settings.Confirmed?.Sink(build));
        return new RevisableRegion<TKey, T>(site, EntitiesOf(site.Shards, site.WithPositions), outputs, Step, settings.MaxRows);
    }
}
