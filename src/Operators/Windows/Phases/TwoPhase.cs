using ActorStreams.Operators.Windows.General;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.Phases;

/// <summary>Aggregation in two phases: where the rows come from, then in the region of their key.</summary>
internal static class TwoPhase
{
    public static Stream<WindowResult<TKey, TOut>> Add<TKey, T, TAgg, TAcc, TOut>(
        KeyedStream<TKey, T> source, string name, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        SliceGrid grid = options switch
        {
            { FiresOnceOnTime: true, Windows: TumblingWindows tumbling } => new SliceGrid(tumbling.Size, tumbling.Size, tumbling.Offset),
            { FiresOnceOnTime: true, Windows: HoppingWindows hopping } => new SliceGrid(hopping.Size, hopping.Slide, hopping.Offset),
            _ => throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': {options.Definition} cannot be aggregated in two phases. " +
                "Use tumbling or hopping windows with the default trigger and no allowed lateness, or leave TwoPhase() out."),
        };
        if (!aggregate.CanMerge)
            throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': {aggregate.WhyNotMerge}. Leave TwoPhase() out.");

        var local = new LocalNode<TKey, T, TAgg, TAcc, TOut>($"{name}-local", source, grid,
            aggregate.Aggregator)
        { Errors = options.Errors };
        Stream<Partial<TKey, T, TAcc>>? late = null;
        var windows = new WindowedStream<TKey, Partial<TKey, T, TAcc>>(source.Stream.Add(local).KeyBy(partial => partial.Key), name,
            new WindowOptions<Partial<TKey, T, TAcc>> { Windows = options.Windows, Errors = options.Errors });
        if (options.Late.AreDropped)
            windows = windows.DropLate();
        else if (options.Late.Stream is not null)
            windows = windows.LateTo(out late);
        Stream<WindowResult<TKey, TOut>> results = windows.AddPlain(
            new Aggregate<Partial<TKey, T, TAcc>, PartialAggregator<TKey, T, TAgg, TAcc, TOut>, TAcc, TOut>(new(aggregate.Aggregator),
                aggregate.Description));
        if (late is not null)
            options.Late.Stream!.Open(late.Map(partial => partial.Row, $"{name}-late-rows").Node);
        return results;
    }
}

/// <summary>The first phase in the graph: in the actors of the stage before, without state.</summary>
internal sealed class LocalNode<TKey, T, TAgg, TAcc, TOut>(string name, KeyedStream<TKey, T> input, SliceGrid grid, TAgg aggregator)
    : OperatorNode<T, Partial<TKey, T, TAcc>>(name, "local aggregate", input.Stream.Node)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly Func<T, TKey> _keyOf = input.KeyOf;

    public override Receiver<T> Attach(StageBuild build)
    {
        Receiver<Partial<TKey, T, TAcc>> output = build.Downstream(this);
        return new LocalAggregate<TKey, T, TAgg, TAcc, TOut>(_keyOf, build.Shards.Seed, grid, aggregator, build.ErrorsOf(this), output);
    }
}
