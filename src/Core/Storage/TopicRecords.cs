using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ActorStreams.Core.Time;

namespace ActorStreams.Authoring;

/// <summary>The records of one <see cref="TopicBlob"/> or <see cref="TopicEntry"/>, as a view of its payload. A store needs it to compact
/// topics.</summary>
/// <remarks>
/// Rows come first, so that they are written where they stay; what describes them follows, and a footer of fixed size tells what there is:
/// rows | keys | times | offsets | ends of rows | ends of keys | footer. Times are distances from the smallest (0, 4 or 8 bytes each, as
/// they
/// need); offsets are distances from the blob's, and only there after compaction; keys and ends only in compacted topics. The top bit of
/// a key's
/// end marks a deletion. Keys are in the form that equal keys share (see <see cref="KeyForm{TKey}"/>); older versions wrote them as
/// they came, which the footer tells.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct TopicRecords
{
    private const int FooterBytes = 32;
    private const byte Format = 1;
    private const int DeletionBit = int.MinValue;
    private const int HasKeysBit = 1, IsSparseBit = 2, ByEqualityBit = 4;
    private readonly ReadOnlySpan<byte> _times, _offsets, _rowEnds, _keyEnds, _keys;
    private readonly long _minTime;
    private readonly int _timeBytes;

    /// <summary>Reads what the footer tells.</summary>
    /// <param name="payload">The payload of a blob or an entry.</param>
    /// <exception cref="CodecException">The payload is damaged, or a newer version wrote it.</exception>
    public TopicRecords(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < FooterBytes)
            throw Damaged();
        ReadOnlySpan<byte> footer = payload[^FooterBytes..];
        if (footer[26] != Format)
            throw new CodecException(
                $"Records of a topic were written in format {footer[26]}, this version reads format {Format}. Run the version of ActorStreams that wrote them, or a newer one.");
        _minTime = BinaryPrimitives.ReadInt64LittleEndian(footer);
        Count = BinaryPrimitives.ReadInt32LittleEndian(footer[8..]);
        int rowBytes = BinaryPrimitives.ReadInt32LittleEndian(footer[12..]),
            keyBytes = BinaryPrimitives.ReadInt32LittleEndian(footer[16..]);
        _timeBytes = footer[24];
        HasKeys = (footer[25] & HasKeysBit) != 0;
        AreKeysByEquality = (footer[25] & ByEqualityBit) != 0;
        bool isSparse = (footer[25] & IsSparseBit) != 0;
        long endBytes = HasKeys ? 4L * Count : 0;
        if (Count < 0 || rowBytes < 0 || keyBytes < 0 || rowBytes + (long)keyBytes + ((long)Count * _timeBytes) + (isSparse ? 4L * Count
            : 0) + (2 * endBytes) + FooterBytes != payload.Length)
            throw Damaged();
        var reader = new BlobReader(payload);
        Rows = reader.Take(rowBytes);
        _keys = reader.Take(keyBytes);
        _times = reader.Take(Count * _timeBytes);
        _offsets = isSparse ? reader.Take(4 * Count) : default;
        _rowEnds = reader.Take((int)endBytes);
        _keyEnds = reader.Take((int)endBytes);
    }

    /// <summary>The number of records.</summary>
    public int Count { get; }

    /// <summary>Whether records have keys: those of compacted topics do.</summary>
    public bool HasKeys { get; }

    /// <summary>Whether keys that are equal have the same bytes.</summary>
    public bool AreKeysByEquality { get; }

    /// <summary>Whether every offset of the blob is there.</summary>
    public bool IsDense => _offsets.IsEmpty;

    /// <summary>The encoded rows, one after the other.</summary>
    public ReadOnlySpan<byte> Rows { get; }

    /// <summary>The event time of a record, in microseconds.</summary>
    public long TimeOf(int record) => _timeBytes switch
    {
        0 => _minTime,
        4 => _minTime + BinaryPrimitives.ReadUInt32LittleEndian(_times[(4 * record)..]),
        _ => unchecked(_minTime + BinaryPrimitives.ReadInt64LittleEndian(_times[(8 * record)..])),
    };

    /// <summary>The event times of consecutive records, in microseconds.</summary>
    /// <param name="record">The first of them.</param>
    /// <param name="times">Where they go; its length says how many.</param>
    public void TimesOf(int record, Span<long> times)
    {
        for (int i = 0; i < times.Length; i++)
            times[i] = TimeOf(record + i);
    }

    /// <summary>The record's distance from the offset of the blob.</summary>
    public int OffsetOf(int record) => IsDense ? record : BinaryPrimitives.ReadInt32LittleEndian(_offsets[(4 * record)..]);

    /// <summary>The encoded key of a record; equal keys have equal bytes if <see cref="AreKeysByEquality"/>.</summary>
    public ReadOnlySpan<byte> KeyOf(int record) => _keys[End(_keyEnds, record - 1)..End(_keyEnds, record)];

    /// <summary>The encoded row of a record; only where there are keys, since without them rows are read one after the other.</summary>
    public ReadOnlySpan<byte> RowOf(int record) => Rows[End(_rowEnds, record - 1)..End(_rowEnds, record)];

    /// <summary>Whether a record deletes its key.</summary>
    public bool IsDeletion(int record) => HasKeys && BinaryPrimitives.ReadInt32LittleEndian(_keyEnds[(4 * record)..]) < 0;

    /// <summary>Appends what follows the rows that <paramref name="payload"/> holds already.</summary>
    /// <param name="payload">The encoded rows.</param>
    /// <param name="times">The event time of each.</param>
    /// <param name="offsets">The distance of each from the offset of the blob; empty if none is missing.</param>
    /// <param name="keys">The encoded keys; null if there are none.</param>
    /// <param name="rowEnds">Where each row ends; empty if there are no keys.</param>
    /// <param name="keyEnds">Where each key ends, deletions marked by <see cref="Deletion"/>; empty if there are no keys.</param>
    /// <param name="areKeysByEquality">Whether keys that are equal have the same bytes.</param>
    /// <returns>The smallest and the largest event time.</returns>
    public static (long MinTime, long MaxTime) Seal(
        BlobWriter payload, ReadOnlySpan<long> times, ReadOnlySpan<int> offsets, BlobWriter? keys, ReadOnlySpan<int> rowEnds,
            ReadOnlySpan<int> keyEnds, bool areKeysByEquality = true)
    {
        int rowBytes = payload.Length;
        payload.WriteBytes(keys is null ? default : keys.Written);
        (long min, long max, _) = TimeColumn.Scan(times);
        int timeBytes = max == min ? 0 : unchecked((ulong)(max - min)) <= uint.MaxValue ? 4 : 8;
        Span<byte> column = payload.Take(times.Length * timeBytes);
        if (timeBytes == 4)
        {
            Span<uint> distances = MemoryMarshal.Cast<byte, uint>(column);
            for (int i = 0; i < times.Length; i++)
                distances[i] = (uint)(times[i] - min);
        }
        else if (timeBytes == 8)
        {
            Span<long> distances = MemoryMarshal.Cast<byte, long>(column);
            for (int i = 0; i < times.Length; i++)
                distances[i] = unchecked(times[i] - min);
        }

        payload.WriteBytes(MemoryMarshal.AsBytes(offsets));
        payload.WriteBytes(MemoryMarshal.AsBytes(rowEnds));
        payload.WriteBytes(MemoryMarshal.AsBytes(keyEnds));
        payload.WriteInt64(min);
        payload.WriteInt32(times.Length);
        payload.WriteInt32(rowBytes);
        payload.WriteInt32(keys?.Length ?? 0);
        payload.WriteInt32(0);
        payload.WriteByte((byte)timeBytes);
        payload.WriteByte((byte)((keys is null ? 0 : HasKeysBit | (areKeysByEquality ? ByEqualityBit : 0)) | (offsets.IsEmpty ? 0
            : IsSparseBit)));
        payload.WriteByte(Format);
        payload.WriteByte(0);
        payload.WriteInt32(0);
        return (min, max);
    }

    /// <summary>The end of a key, marked as a deletion if it is one.</summary>
    /// <param name="keyEnd">Where the key ends.</param>
    /// <param name="isDeletion">Whether the record deletes the key.</param>
    public static int Deletion(int keyEnd, bool isDeletion) => isDeletion ? keyEnd | DeletionBit : keyEnd;

    private static int End(ReadOnlySpan<byte> ends, int record) =>
        record < 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(ends[(4 * record)..]) & ~DeletionBit;

    private static CodecException Damaged() => new("Records of a topic are damaged: their parts do not add up to their length.");
}
