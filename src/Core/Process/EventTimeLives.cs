using ActorStreams.Core.Pipelines;

namespace ActorStreams.Core.Process;

/// <summary>States that live for a time of event time need rows that have event times.</summary>
internal static class EventTimeLives
{
    /// <param name="build">Knows which rows have them.</param>
    /// <param name="node">The operator.</param>
    /// <param name="state">The state; null: no state of it needs any.</param>
    /// <exception cref="PipelineException">Rows of an input have none.</exception>
    public static void Check(StageBuild build, StreamNode node, string? state)
    {
        if (state is null || node.Inputs.FirstOrDefault(input => !build.EventTimes.Has(input)) is not { } without)
            return;
        throw new PipelineException(
            $"Operator '{node.Name}': state '{state}' has a time to live by event time, and {build.EventTimes.Remedy(without)}; " +
            $"or let it live by the clock: {nameof(TimeToLive)} with {nameof(TimeToLive.InProcessingTime)} = true.");
    }
}
