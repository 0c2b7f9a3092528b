using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>The 48 bytes before every frame say how much follows, and cannot be mistaken.</summary>
public sealed class FrameHeaderSpec
{
    private static readonly FrameHeader s_header = new(FrameKind.Batch, FrameFlags.Part, 7, 49_152, Attempt: 3, Sequence: 1_000_000_007,
        Value: 1_024, 0xDEADBEEF);

    [Fact]
    public void A_header_is_read_as_it_was_written()
    {
        Assert.Null(FrameHeader.Read(Written(s_header), out FrameHeader read));
        Assert.Equal(s_header, read);
    }

    [Fact]
    public void A_header_with_any_bit_flipped_is_refused()
    {
        for (int bit = 0; bit < FrameHeader.Size * 8; bit++)
        {
            byte[] bytes = Written(s_header);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(FrameHeader.Read(bytes, out _));
        }
    }

    [Fact]
    public void Other_protocols_are_told_apart_by_their_first_bytes()
    {
        byte[] http = new byte[FrameHeader.Size];
        "GET / HTTP/1.1\r\nHost: streams"u8.CopyTo(http);

        Assert.Equal(LinkFaultKind.NoFrame, FrameHeader.Read(http, out _)!.Kind);
    }

    [Theory]
    [InlineData((int)FrameKind.None, 0)]
    [InlineData((int)FrameKind.End + 1, 0)]
    [InlineData((int)FrameKind.Batch, -1)]
    public void Kinds_that_are_not_known_and_negative_lengths_are_refused(int kind, int length) =>
        Assert.Equal(LinkFaultKind.UnknownFrame,
            FrameHeader.Read(Written(s_header with { Kind = (FrameKind)kind, Length = length }), out _)!.Kind);

    private static byte[] Written(FrameHeader header)
    {
        byte[] bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        return bytes;
    }
}
