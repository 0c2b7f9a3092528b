namespace ActorStreams.Core.Regions;

/// <summary>What an entity has decided on a command.</summary>
internal abstract class Decided
{
    /// <summary>What is told once it is durable.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="epoch">The epoch that holds it.</param>
    public abstract object Committed(object key, long epoch);

    /// <summary>Writes the events for another process.</summary>
    public abstract void Write(BlobWriter writer);
}
