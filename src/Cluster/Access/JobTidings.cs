using ActorStreams.Cluster.Coordination;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>To actors of a node: what the coordinator has told of the job.</summary>
/// <param name="State">How the job stands.</param>
/// <param name="Coordinator">Who has told it.</param>
internal sealed record JobTidings(JobState State, IActorRef Coordinator) : INoSerializationVerificationNeeded;
