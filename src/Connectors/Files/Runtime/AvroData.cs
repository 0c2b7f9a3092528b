using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Writes values in Avro's binary encoding.</summary>
internal sealed class AvroOutput(RowBytes bytes, int maxDepth = AvroDepth.Most)
{
    private AvroDepth _depth = new(maxDepth);

    public RowBytes Bytes { get; } = bytes;

    /// <summary>Begins a row: whatever the one before left behind.</summary>
    public void BeginRow() => _depth = new AvroDepth(maxDepth);

    public void Enter() => _depth.Enter();

    public void Leave() => _depth.Leave();

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

/// <summary>Bytes that are no value of their schema, or a value that has no bytes.</summary>
internal class AvroDataException(string message) : Exception(message);

/// <summary>A value that goes deeper than a stack should; wherever in the row it was noticed does not matter.</summary>
internal sealed class AvroDepthException(int maxDepth)
    : AvroDataException($"values are nested more than {maxDepth} deep ({nameof(AvroOptions)}.{nameof(AvroOptions.MaxDepth)}).");

/// <summary>Counts how deep records, arrays and maps are nested: a schema that holds itself sets no bound, but the stack does. The same
/// for writers and readers.</summary>
internal struct AvroDepth(int most)
{
    public const int Most = 512;

    private int _depth;

    public void Enter()
    {
        if (++_depth > most)
            throw new AvroDepthException(most);
    }

    public void Leave() => _depth--;
}

/// <summary>Reads values in Avro's binary encoding. Never reads beyond its bytes, nor believes a length or a number that they cannot
/// hold.</summary>
/// <remarks>Values may take no bytes: nulls, empty records. Their number is bounded by the bytes that are there and a little more for the
/// whole file, or a few bytes would become gigabytes, or hours.</remarks>
internal sealed class AvroInput(int maxDepth, int maxRowValues, int maxEmptyValues)
{
    /// <summary>So many values a byte may stand for.</summary>
    private const long ValuesPerByte = 4;

    private byte[] _bytes = [];
    private int _at;
    private int _end;
    private int _start;
    private AvroDepth _depth = new(maxDepth);
    private long _values;
    private long _limit;
    private long _spare = maxEmptyValues;

    /// <summary>For headers, which have no rows.</summary>
    public AvroInput()
        : this(AvroDepth.Most, int.MaxValue, 0)
    {
    }

    public int Remaining => _end - _at;

    /// <summary>Where the next value begins.</summary>
    public int Place => _at;

    /// <summary>How many values the row has so far.</summary>
    public long Values => _values;

    public void Reset(byte[] bytes, int length) => (_bytes, _at, _end) = (bytes, 0, length);

    /// <summary>Begins a row where it was begun before.</summary>
    public void GoTo(int place) => _at = place;

    /// <summary>Begins a row.</summary>
    /// <param name="isKept">Whether it becomes one; if not, it is only passed over, however many values it has.</param>
    public void BeginRow(bool isKept)
    {
        long room = _spare + (ValuesPerByte * Remaining);
        (_start, _values, _limit, _depth) = (_at, 0, isKept ? Math.Min(maxRowValues, room) : room, new AvroDepth(maxDepth));
        if (_limit < 1)
            throw TooMany();
    }

    /// <summary>Ends a row that was read or passed over; what it had of values without bytes is gone for the rest of the file.</summary>
    public void EndRow() => _spare -= Math.Max(0, Math.Max(1, _values) - (ValuesPerByte * (_at - _start)));

    /// <summary>Whether so many rows may stand in the bytes.</summary>
    /// <exception cref="AvroDataException">They cannot.</exception>
    public void CheckRows(long rows, int minRowBytes)
    {
        if (minRowBytes > 0 ? rows > Remaining / minRowBytes : rows > _spare + (ValuesPerByte * Remaining))
        {
            throw new AvroDataException($"the block claims {rows} rows in {Remaining} bytes. " + (minRowBytes > 0
                ? $"A row of the file's schema takes {minRowBytes} at least: the file is damaged."
                : $"Rows may take none, but not that many ({nameof(AvroOptions)}.{nameof(AvroOptions.MaxEmptyValues)} is {maxEmptyValues})."));
        }
    }

    /// <summary>Begins a record, an array or a map.</summary>
    public void Enter()
    {
        _depth.Enter();
        Count();
    }

    public void Leave() => _depth.Leave();

    /// <summary>Counts a value.</summary>
    public void Count()
    {
        if (++_values > _limit)
            throw TooMany();
    }

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

    public int ReadInt() => ReadLong() is var value and >= int.MinValue and <= int.MaxValue ? (int)value
        : throw new AvroDataException("an int has more than 32 bits.");

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
    /// <param name="minItemBytes">What an item takes at least.</param>
    public long ReadPart(int minItemBytes)
    {
        long count = ReadLong();
        if (count < 0)
        {
            ReadLong();                                // the part's bytes, for those who skip it
            count = count == long.MinValue ? long.MaxValue : -count;
        }

        if (minItemBytes > 0 && count > Remaining / minItemBytes)
            throw new AvroDataException($"an array of {count} items does not fit the {Remaining} bytes that are left.");
        return count <= _limit - _values ? count : throw TooMany();
    }

    private AvroDataException TooMany() => new(_limit == maxRowValues
        ? $"the row has more than {maxRowValues} values ({nameof(AvroOptions)}.{nameof(AvroOptions.MaxRowValues)})."
        : $"the file has more than {maxEmptyValues} values that take no bytes ({nameof(AvroOptions)}.{nameof(AvroOptions.MaxEmptyValues)}).");

    private byte ReadByte() => _at < _end ? _bytes[_at++] : throw new AvroDataException("the bytes end within a value.");
}
