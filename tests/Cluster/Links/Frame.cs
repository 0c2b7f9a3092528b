using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A frame as an attacker makes it: every checksum is right, whatever it says.</summary>
internal sealed record Frame(FrameHeader Header, byte[] Payload)
{
    public static Frame Of(FrameKind kind, byte[]? payload = null, int lane = FrameHeader.NoLane, long attempt = 7, long sequence = 1,
        long value = 0,
        FrameFlags flags = FrameFlags.None) =>
        new(new FrameHeader(kind, flags, lane, payload?.Length ?? 0, attempt, sequence, value, 0), payload ?? []);

    /// <summary>The frames of recorded bytes.</summary>
    public static List<Frame> AllOf(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<Frame>();
        while (bytes.Length > 0)
        {
            Assert.Null(FrameHeader.Read(bytes, out FrameHeader header));
            frames.Add(new Frame(header, bytes.Slice(FrameHeader.Size, header.Length).ToArray()));
            bytes = bytes[(FrameHeader.Size + header.Length)..];
        }

        return frames;
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[FrameHeader.Size + Payload.Length];
        (Header with { PayloadChecksum = Crc32C.Compute(Payload) }).Write(bytes);
        Payload.CopyTo(bytes, FrameHeader.Size);
        return bytes;
    }

    public static byte[] Bytes(IEnumerable<Frame> frames) => [.. frames.SelectMany(frame => frame.ToBytes())];
}
