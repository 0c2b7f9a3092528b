using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Core.Pipelines;

internal interface ISinkNode;

internal class SinkNode<T>(string name, StreamNode<T> input, Sink<T> sink) : OperatorNode<T, T>(name, "sink", input), ISinkNode
{
    public override int MaxParallelism => sink.MaxParallelism;

    public override string Detail => $"{sink.Description}, {sink.Guarantee switch
    {
        SinkGuarantee.Transactional => "transactional",
        SinkGuarantee.TwoPhase => "two-phase",
        SinkGuarantee.Idempotent => "idempotent",
        _ => "at least once",
    }}";

    public override Receiver<T> Attach(StageBuild build) =>
        new SinkPart<T>(Name, SinkFor(build, sink), build.Context, build.Instances, build.ErrorsOf(this));

    /// <summary>The sink as this actor writes it.</summary>
    protected virtual Sink<T> SinkFor(StageBuild build, Sink<T> sink) => sink;
}
