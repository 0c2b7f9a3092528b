using System.Runtime.InteropServices;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>How far one side of a ring is.</summary>
/// <remarks>What it alone uses lies apart from what the other side looks at: each on cache lines of its own.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct RingSide
{
    /// <summary>Rows that it has written, or read, so far. For this side.</summary>
    [FieldOffset(64)]
    public long At;

    /// <summary>How far the other side was when this one looked last. For this side.</summary>
    [FieldOffset(72)]
    public long Seen;

    [FieldOffset(128)]
    private long _told;

    /// <summary>How far it is, as it has told.</summary>
    public readonly long Told => Volatile.Read(in _told);

    /// <summary>Tells how far it is. For this side.</summary>
    public void Tell() => Volatile.Write(ref _told, At);

    /// <summary>Looks how far the other side is. For this side.</summary>
    public long Look(in RingSide other) => Seen = other.Told;
}
