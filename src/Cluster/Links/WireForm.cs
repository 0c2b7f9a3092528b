namespace ActorStreams.Cluster.Links;

/// <summary>How rows are written on a link. The numbers are on the wire.</summary>
internal enum WireForm : byte
{
    None,

    /// <summary>As they lie in memory, which is the same at both ends.</summary>
    Memory,

    /// <summary>By the sender's codec, whose schema the receiver knows.</summary>
    Codec,
}
