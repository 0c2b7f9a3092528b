using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>User code in the graph: how an instance of it is made, and what it puts out beside its results.</summary>
/// <param name="node">The operator.</param>
/// <param name="create">Makes an instance.</param>
internal sealed class UserCode<TKey, TFunction>(StreamNode node, Func<TFunction> create)
    where TFunction : KeyedFunction<TKey>
{
    /// <summary>Timers may be set for any microsecond; a watermark every millisecond of event time fires them soon enough.</summary>
    public const long TimerGranularity = 1_000;

    /// <summary>What it puts out beside its results.</summary>
    public TaggedOutputs Outputs { get; } = new(node);

    /// <summary>Makes it once, to see whether its states can be kept.</summary>
    public void Check(string pipeline) => ProcessStates<TKey>.Check(create, pipeline, node.Name);

    /// <summary>The states of an instance that is not run.</summary>
    public ProcessStates<TKey> CreateEntities(ShardRange shards) => new(create(), shards, undoes: false);

    /// <summary>An instance for one region, and what it needs there.</summary>
    public (TFunction Function, UserCodeInstance<TKey> Code) Open(StageBuild build, ShardRange shards, OperatorErrors errors)
    {
        TFunction function = create();
        var states = new ProcessStates<TKey>(function, shards, errors.Skips);
        EventTimeLives.Check(build, node, states.Expiring?.NeedsEventTime);
        return (function, new(states, Outputs.Open(build), UserTimers.WhyNone(build, node)));
    }
}

/// <summary>The surroundings of an instance of user code in its region.</summary>
/// <param name="States">Its states and timers.</param>
/// <param name="Sides">The outputs beside its results.</param>
/// <param name="NoEventTime">Why its rows have no event times, and what to do; null: they have.</param>
internal sealed record UserCodeInstance<TKey>(ProcessStates<TKey> States, SideOutputs Sides, string? NoEventTime)
{
    /// <summary>Its states, whose lives go by this clock where they go by any.</summary>
    public ProcessStates<TKey> UsingClock(TimeProvider clock)
    {
        States.Expiring?.Clock.Use(clock);
        return States;
    }
}

/// <summary>Timers that user code sets.</summary>
internal static class UserTimers
{
    /// <summary>Why timers of event time would not fire; null: they do.</summary>
    public static string? WhyNone(StageBuild build, StreamNode node)
    {
        if (node.Inputs.FirstOrDefault(input => !build.EventTimes.Has(input)) is not { } without)
            return null;
        return $"Operator '{node.Name}': a timer of event time is due when the watermark reaches it, and " +
            $"{build.EventTimes.Remedy(without)}; or set a timer of the clock: {nameof(ProcessContext<,>.SetProcessingTimer)}.";
    }
}
