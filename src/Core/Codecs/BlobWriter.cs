using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Authoring;

/// <summary>A growing buffer of bytes, little-endian, reused from blob to blob.</summary>
public sealed class BlobWriter
{
    private byte[] _bytes;
    private int _length;

    /// <summary>Makes an empty writer.</summary>
    public BlobWriter(int capacityBytes = 256) => _bytes = new byte[capacityBytes];

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>What was written so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Empties the writer, keeping its memory.</summary>
    public void Clear() => _length = 0;

    /// <summary>Cuts what was written back to <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <summary>Room for <paramref name="count"/> bytes, already counted as written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Take(int count)
    {
        if (count > _bytes.Length - _length)
            Grow(count);
        Span<byte> room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }

    /// <summary>What the values are written into; valid until the next call that takes room.</summary>
    internal byte[] Bytes => _bytes;

    /// <summary>How many times the value being written has entered a type that contains itself.</summary>
    internal int Depth { get; set; }

    /// <summary>Room for <paramref name="count"/> bytes, already counted as written: where it starts in <see cref="Bytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Reserve(int count)
    {
        int start = _length;
        if (count > _bytes.Length - start)
            Grow(count);
        _length = start + count;
        return start;
    }

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value) => Take(1)[0] = value;

    /// <summary>Writes four bytes.</summary>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    /// <summary>Writes eight bytes.</summary>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    /// <summary>Writes eight bytes, every bit pattern kept.</summary>
    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(8), value);

    /// <summary>Writes an unsigned number in seven bits a byte, one to five bytes.</summary>
    public void WriteVarint(uint value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>Writes text as its UTF-8 length and bytes. Text that holds half of a surrogate pair keeps it: three bytes, as those of any
    /// other UTF-16 unit (WTF-8).</summary>
    public void WriteString(string value)
    {
        int count = Encoding.UTF8.GetByteCount(value);   // half of a pair has three bytes, as what would replace it
        WriteVarint((uint)count);
        Span<byte> room = Take(count);
        if (Utf8.FromUtf16(value, room, out _, out _, replaceInvalidSequences: false) != OperationStatus.Done)
            GeneralizedUtf8.Encode(value, room);
    }

    /// <summary>Overwrites four bytes written earlier.</summary>
    public void PatchInt32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at, 4), value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        long needed = (long)_length + count;
        if (needed > Array.MaxLength)
            throw new CodecException(
                $"A blob would have {needed} bytes; it can have at most {Array.MaxLength}. Store the value in smaller parts.");
        Array.Resize(ref _bytes, (int)Math.Max(needed, Math.Min(Array.MaxLength, _bytes.Length * 2L)));
    }
}
