using ActorStreams.Core.Sources;
using Akka.Actor;

namespace ActorStreams.Cluster.Attempts;

/// <summary>To a node: takes part in an attempt.</summary>
/// <param name="Attempt">The attempt, by its fencing number.</param>
/// <param name="Coordinator">Who is told of it.</param>
/// <param name="Epoch">The last committed epoch: what to restore.</param>
/// <param name="Savepoint">The savepoint to restore instead, as the manifest of what follows it names it; empty: none.</param>
/// <param name="Parallelism">As the job's options say at the coordinator.</param>
/// <param name="Shards">How many shards keys have.</param>
/// <param name="KeySeed">The seed of their hashes.</param>
/// <param name="AreKeysByBytes">Whether what is stored may tell keys apart by their bytes.</param>
/// <param name="Partitions">Of each source its partitions.</param>
/// <param name="Instances">All instances in the order of the plan, and the node of each.</param>
/// <param name="Nodes">All nodes.</param>
internal sealed record OpenAttempt(long Attempt, IActorRef Coordinator, long Epoch, string Savepoint, int Parallelism, int Shards,
    ulong KeySeed, bool AreKeysByBytes, IReadOnlyList<(string Source, IReadOnlyList<string> Partitions)> Partitions,
    IReadOnlyList<(string Name, string Node)> Instances, IReadOnlyList<AttemptNode> Nodes);

/// <summary>To a node: all nodes are open, its instances run.</summary>
internal sealed record RunAttempt(long Attempt);

/// <summary>To a node: the attempt is over.</summary>
internal sealed record EndAttempt(long Attempt);

/// <summary>From a node: its instances are restored, and its links open.</summary>
internal sealed record AttemptOpened(long Attempt, string Node);

/// <summary>From a node: it cannot go on with the attempt.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Node">The node.</param>
/// <param name="Kind">What kind of error it is, which decides whether the job restarts.</param>
/// <param name="Text">Why.</param>
internal sealed record AttemptFailed(long Attempt, string Node, FailureKind Kind, string Text);

/// <summary>From a node: the store does not take for now what its instances add to an epoch, or takes it again.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Node">The node.</param>
/// <param name="Text">Why; empty: it goes on.</param>
internal sealed record AttemptWaits(long Attempt, string Node, string Text);

/// <summary>From a node: nothing of the attempt runs there any more.</summary>
internal sealed record AttemptEnded(long Attempt, string Node);

/// <summary>To a node, again and again: the attempt goes on. It is answered by <see cref="AttemptTicked"/>, and by what instances
/// show.</summary>
/// <remarks>A connection of Akka that breaks loses messages and says nothing; these tell both sides how many there were.</remarks>
/// <param name="Attempt">The attempt.</param>
/// <param name="Sent">How many messages for its instances, and to run, went to the node before.</param>
internal sealed record AttemptTick(long Attempt, long Sent);

/// <summary>From a node: it is there, and takes part.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Node">The node.</param>
/// <param name="IsOpen">Whether its instances are restored, and its links open.</param>
/// <param name="Sent">How many messages from its instances came from the node before.</param>
internal sealed record AttemptTicked(long Attempt, string Node, bool IsOpen, long Sent);

/// <summary>From node to node: how many <see cref="SharedChanged"/> went there before.</summary>
internal sealed record SharedTick(long Attempt, long Sent);

/// <summary>Kinds of failures that a coordinator tells apart.</summary>
internal enum FailureKind
{
    /// <summary>Another attempt may succeed.</summary>
    Ordinary,

    /// <summary>The pipeline or its options are wrong: no attempt will.</summary>
    Pipeline,

    /// <summary>Rows of a source are lost.</summary>
    SourceLost,

    /// <summary>What the store has is damaged or lost.</summary>
    StoreLost,

    /// <summary>A later attempt is there, of another coordinator.</summary>
    Overtaken,
}

/// <summary>To a node, for one of its instances.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Number">The instance's number in the attempt.</param>
/// <param name="Message">A <c>BarrierRequest</c>, <c>EpochCommitted</c>, <c>PauseRequest</c> or <c>DrainRequest</c>.</param>
internal sealed record ToInstance(long Attempt, int Number, object Message);

/// <summary>From a node: one of its instances has passed a barrier.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Number">The instance's number in the attempt.</param>
/// <param name="Replies">How much its entities had replied by then: all of it must have come before the epoch may be committed.</param>
/// <param name="Report">What it reports, as <c>EpochReportBytes</c> writes it.</param>
internal sealed record InstanceReported(long Attempt, int Number, long Replies, byte[] Report);

/// <summary>From a node: one of its sources has given its last row.</summary>
internal sealed record InstanceSourceEnded(long Attempt, int Number);

/// <summary>From a node: one of its instances has taken note of a commit.</summary>
internal sealed record InstanceCommitTaken(long Attempt, int Number);

/// <summary>From a node: somebody there wants an epoch soon.</summary>
internal sealed record EpochWanted(long Attempt);

/// <summary>From node to node: what instances of one source know of each other has changed.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="News">What.</param>
internal sealed record SharedChanged(long Attempt, SharedNews News);
