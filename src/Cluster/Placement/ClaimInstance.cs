using Akka.Actor;

namespace ActorStreams.Cluster.Placement;

/// <summary>The coordinator asks for an instance, wherever Akka has put it. Asked again until it is answered.</summary>
/// <param name="Attempt">The attempt that needs it.</param>
/// <param name="Number">The instance's number in the attempt.</param>
/// <param name="Name">Its name, as <c>stage/number</c>.</param>
/// <param name="Coordinator">Who asks.</param>
internal sealed record ClaimInstance(long Attempt, int Number, string Name, IActorRef Coordinator);

/// <summary>The answer: where it is.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Number">The instance's number in the attempt.</param>
/// <param name="Node">The node, by a name that no other process has.</param>
/// <param name="LinkHost">Where the node listens for links.</param>
/// <param name="LinkPort">The port.</param>
/// <param name="NodeActor">Who runs the job's instances on that node.</param>
internal sealed record InstanceClaimed(long Attempt, int Number, string Node, string LinkHost, int LinkPort, IActorRef NodeActor);

/// <summary>An instance is to move to another node: the attempt is to end with an epoch.</summary>
/// <param name="Attempt">The attempt that it is part of.</param>
internal sealed record InstanceMoving(long Attempt);
