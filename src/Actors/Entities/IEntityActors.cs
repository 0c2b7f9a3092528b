using Akka.Actor;

namespace ActorStreams.Actors.Entities;

/// <summary>A job whose entities are reached by actors of its own, because they may be in other processes.</summary>
internal interface IEntityActors
{
    /// <summary>The actor of an operator's entities.</summary>
    /// <exception cref="JobException">The pipeline has no such operator with such keys and such a state.</exception>
    IActorRef Entities<TKey, TState>(EntityHandle<TKey, TState> entities);
}
