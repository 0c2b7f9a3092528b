using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>User code on two streams, in the graph.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="kind">What the plan calls it.</param>
/// <param name="left">The left rows.</param>
/// <param name="right">The right rows.</param>
/// <param name="create">Makes an instance.</param>
/// <param name="region">Makes the region that runs it.</param>
internal sealed class TwoInputUserCodeNode<TKey, TLeft, TRight, TOut, TFunction>(
    string name, string kind, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, Func<TFunction> create,
    Func<TwoInputSite<TKey, TLeft, TRight>, Receiver<TOut>, TFunction, UserCodeInstance<TKey>,
        TwoInputOperator<TKey, TLeft, TRight, TOut>> region)
    : TwoInputNode<TKey, TLeft, TRight, TOut>(name, kind, left, right)
    where TFunction : KeyedFunction<TKey>
{
    /// <inheritdoc cref="UserCodeNode{TKey, TIn, TOut, TFunction}.Outputs"/>
    public TaggedOutputs Outputs => Code.Outputs;

    public override long WatermarkGranularity => UserCode<TKey, TFunction>.TimerGranularity;

    private UserCode<TKey, TFunction> Code => field ??= new(this, create);

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Code.Check(pipeline);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Code.CreateEntities(shards);

    protected override TwoInputOperator<TKey, TLeft, TRight, TOut> Build(StageBuild build, TwoInputSite<TKey, TLeft, TRight> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        (TFunction function, UserCodeInstance<TKey> code) = Code.Open(build, site.Shards, site.Errors);
        return region(site, output, function, code);
    }
}
