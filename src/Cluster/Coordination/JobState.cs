using Akka.Actor;

namespace ActorStreams.Cluster.Coordination;

/// <summary>How a job on many nodes stands.</summary>
internal enum JobPhase
{
    /// <summary>Its first attempt is not open yet, or a coordinator has just taken over.</summary>
    Starting,

    /// <summary>It has begun.</summary>
    Running,

    /// <summary>Every source has ended, and everything is committed.</summary>
    Completed,

    /// <summary>It was stopped; a later start goes on.</summary>
    Stopped,

    /// <summary>It has failed for good.</summary>
    Failed,
}

/// <summary>A node asks the coordinator how the job stands.</summary>
/// <param name="Node">Who asks.</param>
internal sealed record JobAsked(IActorRef Node);

/// <summary>The answer.</summary>
/// <param name="Phase">How it stands.</param>
/// <param name="Epoch">The last committed epoch.</param>
/// <param name="Attempt">The attempt that runs; 0: none does.</param>
/// <param name="Restarts">How often it was restarted after a failure, since this coordinator is there.</param>
/// <param name="Text">Why it has failed; else what the coordinator says of it.</param>
/// <param name="Coordinator">The node of the coordinator.</param>
/// <param name="Instances">Of each instance its name, and the node that runs it; empty before the nodes are known.</param>
internal sealed record JobState(JobPhase Phase, long Epoch, long Attempt, int Restarts, string Text, string Coordinator,
    IReadOnlyList<(string Name, string Node)> Instances)
{
    /// <summary>Whether nothing follows any more.</summary>
    public bool IsEnd => Phase is JobPhase.Completed or JobPhase.Stopped or JobPhase.Failed;
}

/// <summary>To the coordinator: the job is to commit a last epoch, and to end.</summary>
internal sealed class StopJob
{
    public static readonly StopJob Now = new();
}

/// <summary>To the coordinator: another node takes over.</summary>
internal sealed class HandOver
{
    public static readonly HandOver Now = new();
}
