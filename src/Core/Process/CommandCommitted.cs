namespace ActorStreams;

/// <summary>The answer to a command by message: its events are durable, with everything that follows from them.</summary>
/// <typeparam name="TEvent">The events of the event-sourced operator.</typeparam>
/// <param name="Key">The entity.</param>
/// <param name="Events">What the entity has decided, in order; none: it refused, or had done it before.</param>
/// <param name="Epoch">The committed epoch that holds them.</param>
public sealed record CommandCommitted<TEvent>(object Key, IReadOnlyList<TEvent> Events, long Epoch);
