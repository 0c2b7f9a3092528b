using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ActorStreams.Cluster.Links;

/// <summary>The first 48 bytes of every frame, little-endian, with a checksum of their own: whoever reads them knows that the length is
/// meant before anything of that length is waited for.</summary>
/// <param name="Kind">What the frame brings.</param>
/// <param name="Flags">What else is to be said of it.</param>
/// <param name="Lane">The lane, as both ends of the link number them; <see cref="NoLane"/>: the connection itself.</param>
/// <param name="Length">Bytes that follow the header.</param>
/// <param name="Attempt">The attempt it belongs to.</param>
/// <param name="Sequence">The frame's number on its lane in its direction, from 1 on.</param>
/// <param name="Value">A watermark, an epoch, a credit, the number of rows: what the kind says.</param>
/// <param name="PayloadChecksum">The CRC-32C of what follows the header.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(
    FrameKind Kind, FrameFlags Flags, int Lane, int Length, long Attempt, long Sequence, long Value, uint PayloadChecksum)
{
    /// <summary>The bytes of a header.</summary>
    public const int Size = 48;

    /// <summary>The lane of what concerns the connection.</summary>
    public const int NoLane = -1;

    /// <summary>"ASL1": ActorStreams, link, first form of the header.</summary>
    private const uint Magic = 0x314C5341;

    private const FrameFlags Known = FrameFlags.Part | FrameFlags.Final;
    private const int ChecksumAt = 44;

    /// <summary>Writes the header.</summary>
    /// <param name="target">Room for <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = (byte)Kind;
        target[5] = (byte)Flags;
        target[6] = target[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Lane);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Attempt);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Value);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], PayloadChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Crc32C.Compute(target[..ChecksumAt]));
    }

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <param name="header">The header.</param>
    /// <returns>What is wrong with the bytes; null: nothing.</returns>
    public static LinkFault? Read(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        header = default;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            return new LinkFault(LinkFaultKind.NoFrame, "What came is no frame of a link: something else talks to the port.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Crc32C.Compute(source[..ChecksumAt]))
            return new LinkFault(LinkFaultKind.Checksum, "The header of a frame was damaged on its way.");
        header = new FrameHeader(
            (FrameKind)source[4], (FrameFlags)source[5],
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]), BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]), BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]), BinaryPrimitives.ReadUInt32LittleEndian(source[40..]));
        bool isKnown = header.Kind is > FrameKind.None and <= FrameKind.End && (header.Flags & ~Known) == FrameFlags.None
            && source[6] == 0 && source[7] == 0;
        return isKnown && header.Length >= 0 ? null
            : new LinkFault(LinkFaultKind.UnknownFrame,
                $"A frame of kind {(byte)header.Kind}, flags {source[5]} and {header.Length} bytes is none that this version knows.");
    }
}
