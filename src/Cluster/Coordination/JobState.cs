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

/// <summary>A node asks the coordinator how the job stands. It is answered by <see cref="JobState"/>, and then by figures and the notices
/// that it has not heard yet.</summary>
/// <param name="Node">Who asks.</param>
/// <param name="NoticesOf">The coordinator whose notices it has heard; 0: it has heard none.</param>
/// <param name="Notices">The last of those.</param>
internal sealed record JobAsked(IActorRef Node, long NoticesOf = 0, long Notices = 0);

/// <summary>The answer.</summary>
/// <param name="Phase">How it stands.</param>
/// <param name="Epoch">The last committed epoch.</param>
/// <param name="Attempt">The attempt that runs; 0: none does.</param>
/// <param name="Restarts">How often it was restarted after a failure, since this coordinator is there.</param>
/// <param name="Text">Why it has failed, or cannot begin; else nothing.</param>
/// <param name="Coordinator">The node of the coordinator.</param>
/// <param name="Instances">Of each instance its name, and the node that runs it; empty before the nodes are known.</param>
/// <param name="IsRunning">Whether an attempt runs.</param>
internal sealed record JobState(JobPhase Phase, long Epoch, long Attempt, int Restarts, string Text, string Coordinator,
    IReadOnlyList<(string Name, string Node)> Instances, bool IsRunning = false)
{
    /// <summary>Whether nothing follows any more.</summary>
    public bool IsEnd => Phase is JobPhase.Completed or JobPhase.Stopped or JobPhase.Failed;
}

/// <summary>To the coordinator: the job is to commit a last epoch, and to end.</summary>
internal sealed class StopJob
{
    public static readonly StopJob Now = new();
}

/// <summary>To the coordinator: sources are to end, and everything that follows from them is to come out.</summary>
internal sealed class DrainJob
{
    public static readonly DrainJob Now = new();
}

/// <summary>To the coordinator: ends an epoch now.</summary>
/// <param name="Request">The request, by a number that no other has.</param>
internal sealed record CommitJob(long Request);

/// <summary>The answer.</summary>
/// <param name="Request">The request.</param>
/// <param name="Epoch">The epoch that was committed; 0: none was.</param>
/// <param name="IsThere">Whether the coordinator could ask for an epoch at all; false: ask again, it has not begun.</param>
/// <param name="Text">Why there is no epoch.</param>
internal sealed record JobCommitted(long Request, long Epoch, bool IsThere, string Text);

/// <summary>To the coordinator: another node takes over.</summary>
internal sealed class HandOver
{
    public static readonly HandOver Now = new();
}
