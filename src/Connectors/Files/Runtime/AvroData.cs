using System.Buffers.Binary;
using System.Text;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Writes values in Avro's binary encoding.</summary>
internal sealed class AvroOutput(RowBytes bytes)
{
    public RowBytes Bytes { get; } = bytes;

    /// <summary>Zig-zag, seven bits a byte, the lowest first; ints are written alike.</summary>
    public void WriteLong(long value)
    {
        ulong bits = (ulong)((value << 1) ^ (value >> 63));
        while (bits >= 0x80)
        {
            Bytes.Add((byte)(bits | 0x80));
            bits >>= 7;
        }

        Bytes.Add((byte)bits);
    }

    public void WriteBoolean(bool value) => Bytes.Add(value ? (byte)1 : (byte)0);

    public void WriteFloat(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Bytes.GetSpan(sizeof(float)), value);
        Bytes.Advance(sizeof(float));
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Bytes.GetSpan(sizeof(double)), value);
        Bytes.Advance(sizeof(double));
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        Bytes.Add(value);
    }

    public void WriteString(string value)
    {
        if (UnicodeText.FaultOf(value) is { } fault)
            throw new AvroDataException(fault);
        int length = Encoding.UTF8.GetByteCount(value);
        WriteLong(length);
        Encoding.UTF8.GetBytes(value, Bytes.GetSpan(length));
        Bytes.Advance(length);
    }
}

/// <summary>Bytes that are no value of their schema.</summary>
internal sealed class AvroDataException(string message) : Exception(message);

/// <summary>Reads values in Avro's binary encoding. Never reads beyond its bytes, nor believes a length that they cannot hold.</summary>
internal sealed class AvroInput
{
    private const int MaxEmptyItems = 1 << 16;

    private byte[] _bytes = [];
    private int _at;
    private int _end;
    private int _depth;

    public int Remaining => _end - _at;

    /// <summary>Where the next value begins.</summary>
    public int Place => _at;

    public void GoTo(int place) => (_at, _depth) = (place, 0);

    public void Reset(byte[] bytes, int length) => (_bytes, _at, _end, _depth) = (bytes, 0, length, 0);

    /// <summary>Guards against values nested without end, which a schema that holds itself allows.</summary>
    public void Enter()
    {
        if (++_depth > 512)
            throw new AvroDataException("values are nested more than 512 deep.");
    }

    public void Leave() => _depth--;

    public long ReadLong()
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = ReadByte();
            bits |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)(bits >> 1) ^ -(long)(bits & 1);
        }

        throw new AvroDataException("a number has more than 64 bits.");
    }

    public int ReadInt() => ReadLong() is var value and >= int.MinValue and <= int.MaxValue ? (int)value : throw new AvroDataException("an int has more than 32 bits.");

    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw new AvroDataException($"a Boolean is 0 or 1, not {other}."),
    };

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public ReadOnlySpan<byte> ReadBytes() => Take(ReadLong());

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    public ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > Remaining)
            throw new AvroDataException($"a value of {length} bytes does not fit the {Remaining} that are left.");
        ReadOnlySpan<byte> taken = _bytes.AsSpan(_at, (int)length);
        _at += (int)length;
        return taken;
    }

    /// <summary>The number of items in the next part of an array or map; 0 at its end.</summary>
    public long ReadPart()
    {
        long count = ReadLong();
        if (count < 0)
        {
            ReadLong();                                // the part's bytes, for those who skip it
            count = count == long.MinValue ? long.MaxValue : -count;
        }

        // Items take a byte at least, but for those that are null or empty: their number is bounded, or a few bytes would become gigabytes.
        return count <= Math.Max(Remaining, MaxEmptyItems) ? count : throw new AvroDataException($"an array of {count} items does not fit the {Remaining} bytes that are left.");
    }

    private byte ReadByte() => _at < _end ? _bytes[_at++] : throw new AvroDataException("the bytes end within a value.");
}
