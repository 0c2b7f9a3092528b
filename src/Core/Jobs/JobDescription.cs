using System.Globalization;
using System.Text;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Jobs;

/// <summary>Tells people how a job stands.</summary>
internal static class JobDescription
{
    public static string Of(Pipeline pipeline, JobRun run, IReadOnlyList<JobCondition> conditions, Task completion, int restarts,
        TimeProvider clock)
    {
        long now = SourceClockwork.Now(clock);
        var text = new StringBuilder();
        string state = completion.IsCompletedSuccessfully ? "has ended" : completion.IsCompleted
            ? $"has failed: {completion.Exception?.InnerException?.Message ?? "it was disposed of"}" : "runs";
        text.Append(CultureInfo.InvariantCulture,
            $"pipeline {pipeline.Name} {state}, epoch {run.Epoch} is committed{(restarts > 0 ? $", {restarts} restarts" : "")}\n");
        foreach (JobCondition condition in conditions)
            text.Append(CultureInfo.InvariantCulture, $"! {condition.Message}\n");
        text.Append("source partitions\n");
        JobMetrics metrics = run.Metrics(restarts);
        foreach (SourcePosition position in run.Positions().OrderBy(position => position.Name, StringComparer.Ordinal))
        {
            long rows = metrics.Partitions.TryGetValue(position.Name, out PartitionMetrics known) ? known.Rows : 0;
            text.Append(CultureInfo.InvariantCulture,
                $"  {position.Name}: {rows:N0} rows, {WatermarkText(position)}{StateText(position, now)}\n");
        }

        text.Append("operators\n");
        foreach ((string name, KeptBack kept, long watermark) in JobWatch.KeptBackBy(run))
            text.Append(CultureInfo.InvariantCulture,
                $"  {name}: watermark {TimeText(watermark)}{(kept.Count > 0 ? $", keeps back {kept}" : "")}\n");
        if (run.EpochBegan is var began && began != EventTime.MaxValue && !completion.IsCompleted)
        {
            text.Append(CultureInfo.InvariantCulture, $"epoch {run.Epoch + 1} has been ending for {(now - began) / 1000:N0} ms\n");
            foreach ((string name, string what, long since) in run.Holders())
                text.Append(CultureInfo.InvariantCulture, $"  {name} {what} for {(now - since) / 1000:N0} ms\n");
        }

        return text.ToString();
    }

    private static string WatermarkText(in SourcePosition position) => position.HasEventTime ? $"watermark {TimeText(position.Watermark)}"
        : "no event time";

    private static string TimeText(long watermark) => watermark switch
    {
        EventTime.MinValue => "none yet",
        EventTime.MaxValue => "at the end of time",
        _ => EventTime.Format(watermark),
    };

    private static string StateText(in SourcePosition position, long now)
    {
        string quiet = position.WaitsSince == EventTime.MaxValue ? "" : $", no row for {(now - position.WaitsSince) / 1_000_000:N0} s";
        return position.State switch
        {
            PartitionState.Ended => ", ended",
            PartitionState.Idle => $"{quiet}, nobody waits for it",
            PartitionState.GoesOn => $"{quiet}, goes on with the clock",
            PartitionState.IsAhead => $"{quiet}, ahead of the clock",
            PartitionState.IsCutOff => $"{quiet}, waits for its connection",
            _ => quiet,
        };
    }
}
