using Akka.Event;

namespace ActorStreams;

/// <summary>The answer to <see cref="GetState{TState}"/>.</summary>
/// <typeparam name="TState">The state's type.</typeparam>
/// <param name="Key">The entity.</param>
/// <param name="Value">Its state. Of a key that has none: what a new entity of an event-sourced operator begins with; otherwise
/// default.</param>
/// <param name="Epoch">The committed epoch at whose end it was so; null: it is the current state.</param>
public sealed record EntityState<TState>(object Key, TState? Value, long? Epoch) : IDeadLetterSuppression;
