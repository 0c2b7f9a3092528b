using ActorStreams.Cluster.Links;
using Akka.Actor;

namespace ActorStreams.Cluster.Attempts;

/// <summary>A node of an attempt.</summary>
/// <param name="Name">Its name, which no other process has.</param>
/// <param name="Address">Where it listens for links.</param>
/// <param name="Actor">Who runs its instances.</param>
internal sealed record AttemptNode(string Name, LinkAddress Address, IActorRef Actor);
