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

    /// <summary>What it puts out beside its results.</summary>
    public TaggedOutputs Outputs => field ??= new TaggedOutputs(this);

    public override long WatermarkGranularity => TimerGranularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        ProcessStates<TKey>.Check(create, pipeline, Name);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new ProcessStates<TKey>(create(), shards, undoes: false);

    protected override KeyedOperator<TKey, TIn> Build(StageBuild build, RegionSite<TKey, TIn> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        ProcessFunction<TKey, TIn, TOut> function = create();
        var states = new ProcessStates<TKey>(function, site.Shards, site.Errors.Skips);
        EventTimeLives.Check(build, this, states.Expiring?.NeedsEventTime);
        return new ProcessRegion<TKey, TIn, TOut>(
            site, function, states, output, Outputs.Open(build), ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}
