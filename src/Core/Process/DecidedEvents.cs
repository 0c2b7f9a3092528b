using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>The events that an entity has decided on a command.</summary>
internal sealed class DecidedEvents<TEvent>(TEvent[] events) : Decided
{
    public override object Committed(object key, long epoch) => new CommandCommitted<TEvent>(key, events, epoch);

    public override void Write(BlobWriter writer) => RecordCodec.Of<TEvent[]>().Write(writer, events);

    /// <summary>Reads what another process has written.</summary>
    /// <exception cref="CodecException">The bytes are no events.</exception>
    public static DecidedEvents<TEvent> Read(ref BlobReader reader) => new(RecordCodec.Of<TEvent[]>().Read(ref reader));
}
