namespace ActorStreams.Cluster.Links;

/// <summary>What a link takes at most, and how long it waits. Every length is compared with these before anything is allocated.</summary>
internal sealed record LinkLimits
{
    public static LinkLimits Default { get; } = new();

    /// <summary>Bytes of a frame of the handshake before the other side is known.</summary>
    public int HelloBytes { get; init; } = 4 * 1024;

    /// <summary>Bytes of the frame that names the lanes and their schemas.</summary>
    public int LanesBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of a frame of rows.</summary>
    public int FrameBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Rows that are written by their codec go in parts of about this many bytes.</summary>
    public int PartBytes { get; init; } = 1024 * 1024;

    /// <summary>Frames are handed to the connection once this many bytes of them are written, or no more wait.</summary>
    public int SendBytes { get; init; } = 128 * 1024;

    /// <summary>How long the other side may take until the lanes are open.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing is said before a beat.</summary>
    public TimeSpan BeatEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may be heard.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it is tried to open a link; the other node may not be there yet.</summary>
    public TimeSpan OpenWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait after an attempt to open a link.</summary>
    public TimeSpan DialAgainAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Connections that have not said yet who they are.</summary>
    public int Strangers { get; init; } = 64;
}
