using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>User code in the graph.</summary>
internal sealed class ProcessNode<TKey, TIn, TOut>(string name, KeyedStream<TKey, TIn> input, Func<ProcessFunction<TKey, TIn, TOut>> create)
    : KeyedNode<TKey, TIn, TOut>(name, "process", input)
{
    /// <summary>Timers may be set for any microsecond; a watermark every millisecond of event time fires them soon enough.</summary>
    private const long TimerGranularity = 1_000;

    public override long WatermarkGranularity => TimerGranularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        try
        {
            create();
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{pipeline}', operator '{Name}': {error.Message}", error);
        }
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new ProcessStates<TKey>(create(), shards, undoes: false);

    protected override KeyedOperator<TKey, TIn> Build(StageBuild build, ShardRange shards)
    {
        Receiver<TOut> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        ProcessFunction<TKey, TIn, TOut> function = create();
        var states = new ProcessStates<TKey>(function, shards, errors.Skips);
        return new ProcessRegion<TKey, TIn, TOut>(
            Name, build.Context, shards, KeyOf, errors, function, states, output, ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}
