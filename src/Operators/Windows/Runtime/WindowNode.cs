using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>A window operator of any kind in the graph.</summary>
internal sealed class WindowNode<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, TRow>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut, TRow>
{
    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{options.Definition}, {aggregate.Description}, late rows {options.LateText(LateNode)}";

    public override string Definition => options.Definition;

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => throw new NotSupportedException();

    protected override KeyedOperator<TKey, T> Build(ActorBuild build, ShardRange shards) => throw new NotSupportedException();
}
