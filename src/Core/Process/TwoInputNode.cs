using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>Which of an operator's actors a row goes to.</summary>
internal enum SideRouting
{
    /// <summary>The one that hosts its key's shard.</summary>
    ByKey,

    /// <summary>Each sender to one of them.</summary>
    ToOne,

    /// <summary>Every one.</summary>
    ToAll,
}

/// <summary>One input of an operator with two: in the stage of that operator, exchanged by the same hash of the same type of key.</summary>
internal sealed class SideInput<TKey,
    T>(string name, string kind, KeyedStream<TKey, T> input, StreamNode? mate, SideRouting routing = SideRouting.ByKey)
    : OperatorNode<T, T>(name, kind, input.Stream.Node)
{
    private Func<StageBuild, Receiver<T>>? _attach;

    public override bool IsKeyed => true;

    public override string Detail => routing switch
    {
        SideRouting.ToAll => "to every actor",
        SideRouting.ToOne => "as it comes",
        _ => "",
    };

    public override bool StartsStage => true;

    public override StreamNode? StageMate => mate;

    public override int MaxParallelism => Owner.MaxParallelism;

    public Func<T, TKey> KeyOf { get; } = input.KeyOf;

    /// <summary>The operator.</summary>
    public StreamNode Owner { get; private set; } = null!;

    /// <summary>Says whose input it is.</summary>
    public void BelongTo(StreamNode owner, Func<StageBuild, Receiver<T>> attach) => (Owner, _attach) = (owner, attach);

    public override Receiver<T> Attach(StageBuild build) => _attach!(build);

    public override (OutputPort Port, Receiver<T> Entry) Connect(StageBuild sender, IReadOnlyList<InputPort<T>> ports,
        IReadOnlyList<Inbox> inboxes)
    {
        if (routing == SideRouting.ToOne || ports.Count == 1)
            return sender.Forward(this, ports, inboxes);
        IReadOnlyList<Outlet> lanes = sender.Lanes(ports, inboxes);
        if (routing == SideRouting.ToAll)
        {
            var all = new ToAll<T>(sender.Context, lanes, sender.PoolOf(this));
            return (all, all.Entry);
        }

        OperatorErrors errors = sender.ErrorsOf(Owner);
        sender.Host(new SenderErrors(Owner.Name, errors));
        var port = new Exchange<TKey, T>(sender.Context, lanes, sender.PoolOf(this), KeyOf, sender.Shards, errors);
        return (port, port.Entry);
    }
}

/// <summary>A keyed operator with two inputs: one region per actor, which hosts the same shards of both.</summary>
/// <remarks>
/// In the graph it is three nodes of one stage, so that both inputs may carry the same type, or be the same stream. Barriers align over the
/// lanes of both, because an actor aligns over all of its lanes; the watermark is the least of both.
/// </remarks>
internal abstract class TwoInputNode<TKey, TLeft, TRight, TOut> : StreamNode<TOut>, IEntityNode<TKey>
{
    private readonly SideInput<TKey, TLeft> _left;
    private readonly SideInput<TKey, TRight> _right;

    protected TwoInputNode(string name, string kind, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right)
        : base(name, kind, left, right)
    {
        (_left, _right) = (left, right);
        left.BelongTo(this, build => RegionOf(build).Left);
        right.BelongTo(this, build => RegionOf(build).Right);
    }

    /// <summary>Left rows wait until the initial snapshots of right sources are in.</summary>
    public bool WaitsForSnapshot { get; init; }

    public override (StreamNode Waiting, StreamNode For)? SnapshotWait => WaitsForSnapshot ? (_left, _right) : null;

    public override void Validate(string pipeline) => Require<TKey>(pipeline, "key");

    public sealed override IReadOnlyList<string>? StatesOf(Type key) => EntityNodes.StatesOf(this, key);

    public abstract EntityStates<TKey> CreateEntities(ShardRange shards);

    /// <summary>Builds one region, behind what it sends to.</summary>
    protected abstract TwoInputOperator<TKey, TLeft, TRight, TOut> Build(StageBuild build, TwoInputSite<TKey, TLeft, TRight> site);

    private TwoInputOperator<TKey, TLeft, TRight, TOut> RegionOf(StageBuild build) =>
        build.SharedOf(this, () => Build(
            build, new TwoInputSite<TKey, TLeft, TRight>(
                Name, build.Context, build.HostedShards, _left.KeyOf, _right.KeyOf, build.ErrorsOf(this))));
}

/// <summary>Adds operators with two inputs to a pipeline.</summary>
internal static class TwoInputs
{
    /// <param name="left">The left rows, by key.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="name">The operator's name.</param>
    /// <param name="make">Makes its node from the two inputs.</param>
    /// <param name="leftRouting">Where left rows go.</param>
    /// <param name="rightRouting">Where right rows go.</param>
    public static Stream<TOut> Add<TKey, TLeft, TRight, TOut>(
        KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> right, string name,
        Func<SideInput<TKey, TLeft>, SideInput<TKey, TRight>, TwoInputNode<TKey, TLeft, TRight, TOut>> make,
        SideRouting leftRouting = SideRouting.ByKey, SideRouting rightRouting = SideRouting.ByKey)
    {
        Pipeline pipeline = left.Stream.Pipeline;
        if (right.Stream.Pipeline != pipeline)
        {
            throw new PipelineException(
                $"Pipeline '{pipeline.Name}', operator '{name}': its right input '{right.Stream.Node.Name}' belongs to pipeline " +
                $"'{right.Stream.Pipeline.Name}'. Build both in one pipeline, or write one to a topic that the other reads.");
        }

        var first = new SideInput<TKey, TLeft>(pipeline.NameFor("left"), "left input", left, null, leftRouting);
        var second = new SideInput<TKey, TRight>(pipeline.NameFor("right"), "right input", right, first, rightRouting);
        TwoInputNode<TKey, TLeft, TRight, TOut> node = make(first, second);
        pipeline.Add(first);
        pipeline.Add(second);
        return left.Stream.Add(node);
    }
}
