using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>The events that an entity has decided on a command.</summary>
internal sealed class DecidedEvents<TEvent>(TEvent[] events) : Decided
{
    public override object Committed(object key, long epoch) => new CommandCommitted<TEvent>(key, events, epoch);
}
