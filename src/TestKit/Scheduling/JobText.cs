using System.Text;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Stages;

namespace ActorStreams.TestKit;

/// <summary>What every actor of a job is at, for a failure report.</summary>
internal static class JobText
{
    public static string Of(Job job)
    {
        var text = new StringBuilder($"Job at epoch {job.Epoch}:");
        foreach (StageLoop actor in job.Run.Actors)
        {
            text.AppendLine().Append("  ").Append(actor.Name).Append(": lanes");
            foreach (Lane lane in actor.Context.Inbox.Lanes)
                text.Append($" {lane.Count}{(lane.IsHeld ? " held" : "")}{(lane.IsIdle ? " idle" : "")}");
            if (actor.Context.Outputs.Any(output => output.HasPending))
                text.Append(", output pending");
            if (actor.Context.AnySuspended())
                text.Append(", suspended");
        }

        return text.ToString();
    }
}
