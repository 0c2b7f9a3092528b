using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Snappier;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Compresses the blocks of Avro files.</summary>
/// <seealso href="https://avro.apache.org/docs/1.12.0/specification/#required-codecs">The codecs: deflate without a header; snappy's raw
/// form with a CRC-32 of the uncompressed bytes behind it.</seealso>
internal static class AvroBlocks
{
    private const int CrcBytes = sizeof(uint);
    private const int FirstSize = 4096;

    public static string NameOf(AvroCompression compression) => compression switch
    {
        AvroCompression.None => "null",
        AvroCompression.Deflate => "deflate",
        AvroCompression.Snappy => "snappy",
        _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "No such compression."),
    };

    /// <returns>Null if there is no such codec here.</returns>
    public static AvroCompression? Find(string name) => name switch
    {
        "null" => AvroCompression.None,
        "deflate" => AvroCompression.Deflate,
        "snappy" => AvroCompression.Snappy,
        _ => null,
    };

    public static ReadOnlyMemory<byte> Compress(AvroCompression compression, ReadOnlyMemory<byte> block) => compression switch
    {
        AvroCompression.None => block,
        AvroCompression.Deflate => Deflate(block.Span),
        _ => Snap(block.Span),
    };

    /// <summary>Decompresses a block into an array, which is enlarged as need be.</summary>
    /// <returns>The length.</returns>
    /// <exception cref="AvroDataException">The block is damaged, or larger than <paramref name="maxBytes"/>.</exception>
    public static int Decompress(AvroCompression compression, ReadOnlyMemory<byte> stored, ref byte[] block, int maxBytes) =>
        compression == AvroCompression.Deflate ? Inflate(stored, ref block, maxBytes) : Unsnap(stored.Span, ref block, maxBytes);

    private static byte[] Deflate(ReadOnlySpan<byte> block)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(block);
        return compressed.ToArray();
    }

    private static int Inflate(ReadOnlyMemory<byte> stored, ref byte[] block, int maxBytes)
    {
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(stored.ToArray()), CompressionMode.Decompress);
            for (int length = 0; ;)
            {
                if (length == block.Length)
                {
                    if (length >= maxBytes)
                        throw TooLarge(maxBytes);
                    Array.Resize(ref block, (int)Math.Min(maxBytes, Math.Max(FirstSize, 2L * length)));
                }

                int got = inflate.Read(block, length, block.Length - length);
                if (got == 0)
                    return length;
                length += got;
            }
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error.Message);
        }
    }

    private static ReadOnlyMemory<byte> Snap(ReadOnlySpan<byte> block)
    {
        byte[] compressed = new byte[Snappy.GetMaxCompressedLength(block.Length) + CrcBytes];
        int length = Snappy.Compress(block, compressed);
        BinaryPrimitives.WriteUInt32BigEndian(compressed.AsSpan(length), Crc32.HashToUInt32(block));
        return compressed.AsMemory(0, length + CrcBytes);
    }

    private static int Unsnap(ReadOnlySpan<byte> stored, ref byte[] block, int maxBytes)
    {
        if (stored.Length <= CrcBytes)
            throw Damaged("it is too short.");
        try
        {
            // what it claims is not believed before it is measured
            int length = Snappy.GetUncompressedLength(stored[..^CrcBytes]);
            if (length < 0 || length > maxBytes)
                throw TooLarge(maxBytes);
            if (block.Length < length)
                block = new byte[Math.Max(length, FirstSize)];
            int got = Snappy.Decompress(stored[..^CrcBytes], block.AsSpan(0, length));
            return got == length && BinaryPrimitives.ReadUInt32BigEndian(stored[^CrcBytes..]) == Crc32.HashToUInt32(block.AsSpan(0, got))
                ? got : throw Damaged("its checksum is wrong.");
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw Damaged(error.Message);
        }
    }

    private static AvroDataException TooLarge(int maxBytes) =>
        new($"the block has more than {maxBytes} bytes; raise {nameof(AvroOptions)}.{nameof(AvroOptions.MaxBlockBytes)} if it is meant to.");

    private static AvroDataException Damaged(string how) => new($"the block cannot be decompressed: {how} The file is damaged.");
}
