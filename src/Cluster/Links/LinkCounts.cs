namespace ActorStreams.Cluster.Links;

/// <summary>What went through one end of a link. Written in the link's turns, read from anywhere.</summary>
internal sealed class LinkCounts
{
    public long BytesIn { get; set; }

    public long BytesOut { get; set; }

    public long FramesIn { get; set; }

    public long FramesOut { get; set; }

    /// <summary>Rows in frames of batches, in either direction.</summary>
    public long Rows { get; set; }
}
