using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Authoring;

/// <summary>Reads what a <see cref="BlobWriter"/> wrote. Every read checks its bounds; lengths are checked before anything is
/// allocated.</summary>
[StructLayout(LayoutKind.Auto)]
public ref struct BlobReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>Takes <paramref name="count"/> bytes.</summary>
    /// <exception cref="CodecException">Fewer bytes are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
            throw TooShort(count, _rest.Length);
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>How many times the value being read has entered a type that contains itself.</summary>
    internal int Depth { get; set; }

    /// <summary>Checks that <paramref name="count"/> bytes are left: then they may be peeked at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Require(int count)
    {
        if ((uint)count > (uint)_rest.Length)
            throw TooShort(count, _rest.Length);
    }

    /// <summary>The raw value <paramref name="at"/> bytes ahead, which <see cref="Require"/> has checked to be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly T Peek<T>(int at)
        where T : unmanaged =>
        Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_rest), at));

    /// <summary>Reads one byte.</summary>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads four bytes.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>Reads eight bytes.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>Reads eight bytes as a floating-point number.</summary>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <summary>Reads what <see cref="BlobWriter.WriteVarint"/> wrote.</summary>
    public uint ReadVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = ReadByte();
            if (shift == 28 && next > 0x0F)
                break;
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new CodecException("Stored data is damaged: a length has more than 32 bits.");
    }

    /// <summary>Reads what <see cref="BlobWriter.WriteString"/> wrote.</summary>
    /// <exception cref="CodecException">The bytes are no such text.</exception>
    public string ReadString()
    {
        ReadOnlySpan<byte> text = Take(unchecked((int)ReadVarint()));
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : GeneralizedUtf8.Decode(text);
    }

    private static CodecException TooShort(int count, int rest) =>
        new($"Stored data is damaged: {count} bytes expected, {rest} left.");
}
