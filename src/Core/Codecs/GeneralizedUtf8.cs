using System.Buffers;
using System.Text;

namespace ActorStreams.Core.Codecs;

/// <summary>UTF-8 that also has a form for half of a surrogate pair (WTF-8, https://simonsapin.github.io/wtf-8/): for the rare text that is
/// no Unicode and must come back as it was.</summary>
internal static class GeneralizedUtf8
{
    /// <summary>Fills <paramref name="room"/>, which has as many bytes as UTF-8 with replacements would have.</summary>
    public static void Encode(ReadOnlySpan<char> text, Span<byte> room)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int length) == OperationStatus.Done)
            {
                room = room[rune.EncodeToUtf8(room)..];
            }
            else
            {
                char half = text[0];
                room[0] = (byte)(0xE0 | (half >> 12));
                room[1] = (byte)(0x80 | ((half >> 6) & 0x3F));
                room[2] = (byte)(0x80 | (half & 0x3F));
                room = room[3..];
                length = 1;
            }

            text = text[length..];
        }
    }

    /// <exception cref="CodecException">The bytes are neither.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else if (bytes.Length >= 3 && bytes[0] == 0xED && bytes[1] is >= 0xA0 and <= 0xBF && bytes[2] is >= 0x80 and <= 0xBF)
            {
                text.Append((char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F)));
                length = 3;
            }
            else
            {
                throw new CodecException("Stored data is damaged: a text is not UTF-8.");
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }
}
