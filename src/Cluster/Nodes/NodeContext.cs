using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using Akka.Actor;

namespace ActorStreams.Cluster.Nodes;

/// <summary>What attempts find on a node.</summary>
/// <param name="Store">Where the truth is kept; null: nowhere.</param>
/// <param name="Options">How to run.</param>
/// <param name="Views">What is read from outside.</param>
/// <param name="Links">How rows come and go.</param>
/// <param name="Turns">The turns of the node's actor.</param>
/// <param name="Self">The node's actor.</param>
/// <param name="Dispatcher">The dispatcher of instances.</param>
/// <param name="Elsewhere">Takes the turns of actors that have stopped.</param>
/// <param name="MostBytes">How large a value may be that goes to another node in one message.</param>
internal sealed record NodeContext(Store? Store, JobOptions Options, JobViews Views, NodeLinks Links, TurnScheduler Turns, IActorRef Self,
    string Dispatcher, Action<Action> Elsewhere, int MostBytes);

/// <summary>How the rows of a node come and go.</summary>
/// <param name="Port">Where it listens.</param>
/// <param name="Network">Carries the bytes.</param>
/// <param name="Host">Gives links places.</param>
/// <param name="Limits">What links take at most.</param>
internal sealed record NodeLinks(LinkPort Port, ILinkNetwork Network, ILinkHost Host, LinkLimits Limits);
