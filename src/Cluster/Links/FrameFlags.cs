namespace ActorStreams.Cluster.Links;

/// <summary>What else is to be said of a frame.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>Of a batch: more of the same batch follows in the lane's next frame.</summary>
    Part = 1,

    /// <summary>Of a barrier: it is the last one.</summary>
    Final = 2,
}
