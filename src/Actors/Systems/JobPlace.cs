using Akka.Actor;

namespace ActorStreams.Actors.Systems;

/// <summary>Where a job is to run.</summary>
/// <param name="System">The ActorSystem.</param>
/// <param name="Dispatcher">The dispatcher of the job's actors, as the configuration names it; null: that of the settings.</param>
/// <param name="Elsewhere">Takes the turns of actors that have stopped; null: the thread pool.</param>
internal sealed record JobPlace(ActorSystem System, string? Dispatcher = null, Action<Action>? Elsewhere = null);
