using System.Globalization;
using System.Text;
using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Jobs;

/// <summary>Tells people how a job stands.</summary>
internal static class JobDescription
{
    /// <param name="head">What goes before: the pipeline, and what state it is in.</param>
    /// <param name="standing">How it stands.</param>
    /// <param name="now">The moment (<see cref="SourceClockwork.Now"/>).</param>
    public static string Of(string head, JobStanding standing, long now)
    {
        var text = new StringBuilder(head);
        foreach (JobCondition condition in standing.Conditions)
            text.Append(CultureInfo.InvariantCulture, $"! {condition.Message}\n");
        text.Append("source partitions\n");
        foreach (PartitionFigures partition in standing.Figures.Partitions.OrderBy(static one => one.Position.Name, StringComparer.Ordinal))
        {
            SourcePosition position = partition.Position;
            text.Append(CultureInfo.InvariantCulture,
                $"  {position.Name}: {partition.Metrics.Rows:N0} rows, {WatermarkText(position)}{StateText(position, now)}\n");
        }

        text.Append("operators\n");
        foreach (OperatorFigures one in standing.Figures.Operators.Where(static one => one.HasRegions))
        {
            string kept = one.KeptBack.Count > 0 ? $", keeps back {one.KeptBack}" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {one.Name}: watermark {TimeText(one.Watermark)}{kept}\n");
        }

        if (standing.EpochBegan != EventTime.MaxValue)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"epoch {standing.Epoch + 1} has been ending for {(now - standing.EpochBegan) / 1000:N0} ms\n");
            foreach (HolderFigures holder in standing.Figures.Holders)
            {
                string who = holder.Node.Length == 0 ? holder.Name : holder.ToString();
                text.Append(CultureInfo.InvariantCulture, $"  {who} {holder.What} for {(now - holder.Since) / 1000:N0} ms\n");
            }
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

/// <summary>How a job stands.</summary>
/// <param name="Epoch">The last committed epoch.</param>
/// <param name="Conditions">What holds it up.</param>
/// <param name="Figures">What its instances show.</param>
/// <param name="EpochBegan">When the epoch that is ending was asked to (<see cref="SourceClockwork.Now"/>); the largest value: none
/// is.</param>
internal sealed record JobStanding(long Epoch, IReadOnlyList<JobCondition> Conditions, InstanceFigures Figures, long EpochBegan);
