using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>A node whose entities take commands, for those who hand them on between processes.</summary>
internal interface ICommandNode
{
    /// <summary>Writes a command for another process.</summary>
    /// <exception cref="JobException">It is no row of the operator's input.</exception>
    void WriteCommand(object command, BlobWriter writer);

    /// <summary>Reads a command that another process has written.</summary>
    /// <exception cref="CodecException">The bytes are no command.</exception>
    object ReadCommand(ref BlobReader reader);

    /// <summary>Reads what an entity in another process has decided.</summary>
    /// <exception cref="CodecException">The bytes are no events.</exception>
    Decided ReadDecided(ref BlobReader reader);
}
