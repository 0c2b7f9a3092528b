using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

public sealed class Crc32CTests
{
    [Fact]
    public void Known_checksums_of_RFC_3720()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))]));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void Lanes_bytes_and_pieces_agree_with_one_bit_at_a_time()
    {
        var random = new Random(3720);
        byte[] bytes = new byte[20_000];
        random.NextBytes(bytes);
        foreach (int length in new[] { 1, 7, 8, 9, 1023, 3071, 3072, 3073, 6144, 9999, 20_000 })
        {
            ReadOnlySpan<byte> span = bytes.AsSpan(0, length);
            uint expected = BitByBit(span);
            Assert.Equal(expected, Crc32C.Compute(span));
            int cut = random.Next(length);
            Assert.Equal(expected, Crc32C.Append(Crc32C.Compute(span[..cut]), span[cut..]));
        }
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }
}
