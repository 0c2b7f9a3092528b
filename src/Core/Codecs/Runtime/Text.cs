using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Text, without loss: UTF-8, or UTF-16 as it is where the text holds half of a surrogate pair.</summary>
/// <remarks>A header, then the bytes. The header is 0 for null, else 1 + (bytes × 2 + whether it is UTF-16).</remarks>
internal static class Text
{
    // A text this short has at most 63 bytes, so its header is one byte, known to be so before the text is encoded.
    private const int ShortChars = 21;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(BlobWriter writer, string? value)
    {
        if (value is null)
            writer.WriteByte(0);
        else if (value.Length > ShortChars)
            WriteLong(writer, value);
        else
            WriteShort(writer, value);
    }

    public static string? Read(ref BlobReader reader)
    {
        uint header = reader.ReadVarint();
        if (header == 0)
            return null;

        ReadOnlySpan<byte> bytes = reader.Take((int)((header - 1) >> 1));
        return ((header - 1) & 1) == 0 ? FromUtf8(bytes) : FromUtf16(bytes);
    }

    public static void Skip(ref BlobReader reader)
    {
        uint header = reader.ReadVarint();
        if (header > 0)
            reader.Take((int)((header - 1) >> 1));
    }

    private static void WriteShort(BlobWriter writer, string value)
    {
        int start = writer.Length;
        Span<byte> room = writer.Take(1 + (3 * value.Length));
        if (Utf8.FromUtf16(value, room[1..], out _, out int count, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done)
        {
            room[0] = (byte)((2 * count) + 1);
            writer.Truncate(start + 1 + count);
        }
        else
        {
            writer.Truncate(start);
            WriteUtf16(writer, value);
        }
    }

    private static void WriteLong(BlobWriter writer, string value)
    {
        int start = writer.Length;
        long count = Encoding.UTF8.GetByteCount(value);
        if (count >= 1 << 30)
            throw new CodecException(
                $"A text of {value.Length} characters cannot be stored: its UTF-8 form has {count} bytes, and at most {(1 << 30) - 1} are possible.");

        writer.WriteVarint((uint)(2 * count) + 1);
        if (Utf8.FromUtf16(value, writer.Take((int)count), out _, out _,
            replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done)
            return;

        writer.Truncate(start);
        WriteUtf16(writer, value);
    }

    private static void WriteUtf16(BlobWriter writer, string value)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(value.AsSpan());
        writer.WriteVarint(((2 * (uint)bytes.Length) | 1) + 1);
        writer.WriteBytes(bytes);
    }

    private static string FromUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new CodecException("Stored data is damaged: a text is not UTF-8.", e);
        }
    }

    private static string FromUtf16(ReadOnlySpan<byte> bytes) =>
        bytes.Length % 2 == 0
            ? string.Create(bytes.Length / 2, bytes, static (chars, from) => from.CopyTo(MemoryMarshal.AsBytes(chars)))
            : throw new CodecException("Stored data is damaged: a UTF-16 text has an odd number of bytes.");
}
