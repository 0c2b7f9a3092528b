using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>User code on one stream, in the graph.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="kind">What the plan calls it.</param>
/// <param name="input">The rows, by key.</param>
/// <param name="create">Makes an instance.</param>
/// <param name="region">Makes the region that runs it.</param>
internal sealed class UserCodeNode<TKey, TIn, TOut, TFunction>(
    string name, string kind, KeyedStream<TKey, TIn> input, Func<TFunction> create,
    Func<RegionSite<TKey, TIn>, Receiver<TOut>, TFunction, UserCodeInstance<TKey>, KeyedOperator<TKey, TIn>> region)
    : KeyedNode<TKey, TIn, TOut>(name, kind, input)
    where TFunction : KeyedFunction<TKey>
{
    /// <summary>What it puts out beside its results.</summary>
    public TaggedOutputs Outputs => Code.Outputs;

    public override long WatermarkGranularity => UserCode<TKey, TFunction>.TimerGranularity;

    private UserCode<TKey, TFunction> Code => field ??= new(this, create);

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Code.Check(pipeline);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Code.CreateEntities(shards);

    protected override KeyedOperator<TKey, TIn> Build(StageBuild build, RegionSite<TKey, TIn> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        (TFunction function, UserCodeInstance<TKey> code) = Code.Open(build, site.Shards, site.Errors);
        return region(site, output, function, code);
    }
}
