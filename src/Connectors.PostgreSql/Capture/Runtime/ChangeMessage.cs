using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Reads a message of the output plugin <c>pgoutput</c>, version 1.</summary>
/// <seealso href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">The formats.</seealso>
internal ref struct ChangeMessage(byte[] bytes, int length)
{
    private static readonly long s_year2000 = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;

    private readonly ReadOnlySpan<byte> _bytes = bytes.AsSpan(0, length);
    private int _at;

    public byte TakeByte() => _bytes[_at++];

    public short TakeInt16()
    {
        short value = BinaryPrimitives.ReadInt16BigEndian(_bytes[_at..]);
        _at += 2;
        return value;
    }

    public int TakeInt32()
    {
        int value = BinaryPrimitives.ReadInt32BigEndian(_bytes[_at..]);
        _at += 4;
        return value;
    }

    public ulong TakeUInt64()
    {
        ulong value = BinaryPrimitives.ReadUInt64BigEndian(_bytes[_at..]);
        _at += 8;
        return value;
    }

    /// <summary>Microseconds since 1970.</summary>
    public long TakeTime() => (long)TakeUInt64() + s_year2000;

    public string TakeText()
    {
        int end = _bytes[_at..].IndexOf((byte)0);
        string text = Encoding.UTF8.GetString(_bytes.Slice(_at, end));
        _at += end + 1;
        return text;
    }

    /// <summary>Points a row at the values of a tuple.</summary>
    public void TakeTuple(CapturedRow row, RowLayout layout)
    {
        int columns = TakeInt16();
        if (columns != layout.Names.Count)
            throw new InvalidDataException($"The server sent a row of {columns} columns, and has described {layout.Names.Count}.");
        row.Begin(layout, bytes);
        for (int column = 0; column < columns; column++)
        {
            switch (TakeByte())
            {
                case (byte)'n':
                    row.SetNull(column);
                    break;
                case (byte)'u':
                    row.SetUnchanged(column);
                    break;
                case (byte)'t':
                    int size = TakeInt32();
                    row.Set(column, _at, size);
                    _at += size;
                    break;
                case byte other:
                    throw new InvalidDataException($"The server sent a value of the unknown kind '{(char)other}'.");
            }
        }
    }
}
