using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Links;

/// <summary>How batches of rows of one type go over a link.</summary>
/// <typeparam name="T">The row.</typeparam>
internal sealed class BatchWire<T>(BatchPool<T> pool) : BatchWire
{
    private readonly Codec<T> _codec = RecordCodec.Of<T>();
    private readonly ArrayBytes<T> _rowBytes = new();
    private readonly ArrayBytes<long> _timeBytes = new(), _positionBytes = new();
    private Codec<T> _reader = RecordCodec.Of<T>();

    public override Schema Schema => _codec.Schema;

    public override string Layout { get; } = RowLayout.Of<T>() ?? "";

    public override int CapacityRows => pool.CapacityRows;

    public override bool WithPositions => pool.WithPositions;

    public override bool WithSourceWatermarks => pool.WithSourceWatermarks;

    public override WireForm ReadAs(Schema written, string layout)
    {
        _reader = _codec.ReaderOf(written);
        return Form = layout.Length > 0 && layout == Layout && written == Schema ? WireForm.Memory : WireForm.Codec;
    }

    public override LaneBatch Rent() => pool.Rent();

    public override void Return(LaneBatch batch) => pool.Return((Batch<T>)batch);

    public override int Write(LaneBatch batch, int start, int partBytes, BlobWriter writer, out long value, out uint checksum)
    {
        var rows = (Batch<T>)batch;
        int begin = writer.Length;
        int end = Form == WireForm.Memory ? Copy(rows, start, partBytes, writer) : Encode(rows, start, partBytes, writer);
        writer.WriteBytes(ArrayBytes<long>.Of(rows.Times, start, end - start));
        if (rows.Positions is not null)
            writer.WriteBytes(ArrayBytes<long>.Of(rows.Positions, start, end - start));
        int stretches = rows.SourceWatermarks is null ? 0 : WriteStretches(rows.SourceWatermarks, start, end, writer);
        value = ValueOf(end - start, stretches);
        checksum = Crc32C.Compute(writer.Written[begin..]);
        return end == rows.Count ? -1 : end;
    }

    public override LinkFault? Begin(LaneBatch batch, in FrameHeader header, FrameBody body, ReadBuffer buffer)
    {
        var rows = (Batch<T>)batch;
        (int count, int stretches) = CountsOf(header);
        if (count <= 0 || count > rows.Rows.Length - rows.Count)
            return new LinkFault(LinkFaultKind.Length,
                $"A frame of {count} rows does not fit a batch of {CapacityRows} that has {rows.Count}.");
        if (WithSourceWatermarks ? stretches <= 0 || stretches > count : stretches != 0)
            return new LinkFault(LinkFaultKind.Length, $"A frame of {count} rows cannot have {stretches} source watermarks.");
        int columnBytes = (count * sizeof(long) * (WithPositions ? 2 : 1)) + (stretches * StretchBytes);
        int rowBytes = header.Length - columnBytes;
        if (Form == WireForm.Memory ? rowBytes != (long)count * Unsafe.SizeOf<T>() : rowBytes < 0)
            return new LinkFault(LinkFaultKind.Length, $"A frame of {count} rows of '{typeof(T).Name}' cannot have {header.Length} bytes.");

        Memory<byte> buffered = buffer.Take((Form == WireForm.Memory ? 0 : rowBytes) + (stretches * StretchBytes));
        body.Add(Form == WireForm.Memory ? _rowBytes.Over(rows.Rows, rows.Count, count) : buffered[..rowBytes]);
        body.Add(_timeBytes.Over(rows.Times, rows.Count, count));
        if (rows.Positions is not null)
            body.Add(_positionBytes.Over(rows.Positions, rows.Count, count));
        body.Add(buffered[^(stretches * StretchBytes)..]);
        return null;
    }

    public override LinkFault? Complete(LaneBatch batch, in FrameHeader header, ReadBuffer buffer)
    {
        var rows = (Batch<T>)batch;
        (int count, int stretches) = CountsOf(header);
        ReadOnlySpan<byte> received = buffer.Received;
        if (Form == WireForm.Codec && Decode(rows, count, received[..^(stretches * StretchBytes)]) is { } unreadable)
            return unreadable;
        if (rows.SourceWatermarks is not null
            && ReadStretches(rows.SourceWatermarks, rows.Count, count, received[^(stretches * StretchBytes)..]) is { } wrong)
            return wrong;
        rows.Count += count;
        return null;
    }

    private static int Copy(Batch<T> rows, int start, int partBytes, BlobWriter writer)
    {
        int count = Math.Min(rows.Count - start, Math.Max(1, partBytes / Unsafe.SizeOf<T>()));
        writer.WriteBytes(ArrayBytes<T>.Of(rows.Rows, start, count));
        return start + count;
    }

    private int Encode(Batch<T> rows, int start, int partBytes, BlobWriter writer)
    {
        int begin = writer.Length, row = start;
        while (row < rows.Count && writer.Length - begin < partBytes)
            _codec.Write(writer, in rows.Rows[row++]);
        return row;
    }

    private LinkFault? Decode(Batch<T> rows, int count, ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes);
        int row = 0;
        try
        {
            for (; row < count; row++)
                rows.Rows[rows.Count + row] = _reader.Read(ref reader);
        }
        catch (CodecException error)
        {
            Array.Clear(rows.Rows, rows.Count, row);
            return new LinkFault(LinkFaultKind.Rows, $"Row {row} of a frame cannot be read as '{typeof(T).Name}': {error.Message}");
        }

        return reader.Remaining == 0 ? null
            : new LinkFault(LinkFaultKind.Rows, $"{reader.Remaining} bytes are left behind {count} rows of '{typeof(T).Name}'.");
    }

    private static int WriteStretches(SourceWatermarks watermarks, int start, int end, BlobWriter writer)
    {
        int stretches = 0;
        for (int row = start; row < end; stretches++)
        {
            long watermark = watermarks.At(row, out int next);
            writer.WriteInt32(row - start);
            writer.WriteInt64(watermark);
            row = next;
        }

        return stretches;
    }

    private static LinkFault? ReadStretches(SourceWatermarks watermarks, int start, int count, ReadOnlySpan<byte> bytes)
    {
        int before = -1;
        for (; bytes.Length > 0; bytes = bytes[StretchBytes..])
        {
            int row = MemoryMarshal.Read<int>(bytes);
            if (row <= before || row >= count || (before < 0 && row != 0))
                return new LinkFault(LinkFaultKind.Rows, $"A source watermark begins at row {row} of {count}, after one at row {before}.");
            watermarks.Begin(start + row, MemoryMarshal.Read<long>(bytes[sizeof(int)..]));
            before = row;
        }

        return null;
    }
}
