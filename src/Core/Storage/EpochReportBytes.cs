using ActorStreams.Core.Journal;

namespace ActorStreams.Core.Storage;

/// <summary>What an instance on another node reports, as bytes: a few kilobytes, because its events and its sinks' rows were prepared by
/// its
/// node.</summary>
internal static class EpochReportBytes
{
    /// <summary>The report, without what was prepared.</summary>
    public static byte[] Of(EpochReport report, PreparedPart? prepared)
    {
        var writer = new BlobWriter();
        writer.WriteInt64(report.Epoch);
        writer.WriteByte(report.HasOpenWork ? (byte)1 : (byte)0);
        writer.WriteByte(prepared is null ? (byte)0 : (byte)1);
        if (prepared is not null)
        {
            writer.WriteInt32(prepared.Instance);
            writer.WriteInt32(prepared.Events);
            writer.WriteInt32(prepared.Outputs);
            writer.WriteInt32((int)prepared.Sum);
            writer.WriteByte(prepared.HasSnapshots ? (byte)1 : (byte)0);
            WriteBytes(writer, prepared.Note.Span);
        }

        writer.WriteVarint((uint)report.Journals.Count);
        foreach ((string name, int first, ShardHead[] heads) in report.Journals)
        {
            writer.WriteString(name);
            writer.WriteInt32(first);
            writer.WriteVarint((uint)heads.Length);
            WriteBytes(writer, ShardHead.Encode(heads));
        }

        writer.WriteVarint((uint)report.Partitions.Count);
        foreach ((string source, string partition, PartitionManifest state) in report.Partitions)
        {
            writer.WriteString(source);
            writer.WriteString(partition);
            WriteBytes(writer, state.Encode());
        }

        writer.WriteVarint((uint)report.Watermarks.Count);
        foreach ((string name, long watermark) in report.Watermarks)
        {
            writer.WriteString(name);
            writer.WriteInt64(watermark);
        }

        writer.WriteVarint((uint)report.Counters.Count);
        foreach ((string name, string counter, long value) in report.Counters)
        {
            writer.WriteString(name);
            writer.WriteString(counter);
            writer.WriteInt64(value);
        }

        writer.WriteVarint((uint)report.Schemas.Count);
        foreach ((string id, string text) in report.Schemas)
        {
            writer.WriteString(id);
            writer.WriteString(text);
        }

        writer.WriteVarint((uint)report.Sinks.Count);
        foreach (SinkReport sink in report.Sinks)
        {
            writer.WriteString(sink.Sink);
            writer.WriteInt32(sink.Writer);
            writer.WriteByte(sink.Output.Handle is null ? (byte)0 : (byte)1);
            if (sink.Output.Handle is { } handle)
                WriteBytes(writer, handle);
        }

        return writer.ToArray();
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="CodecException">The bytes are no report.</exception>
    public static EpochReport Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes);
        var report = new EpochReport(reader.ReadInt64(), isVolatile: false) { HasOpenWork = reader.ReadByte() == 1 };
        if (reader.ReadByte() == 1)
        {
            report.Prepared = new PreparedPart(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), (uint)reader.ReadInt32(),
                reader.ReadByte() == 1)
            {
                Note = TakeBytes(ref reader).ToArray(),
            };
        }

        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            string name = reader.ReadString();
            int first = reader.ReadInt32(), count = (int)reader.ReadVarint();
            report.Journals.Add((name, first, ShardHead.Decode(TakeBytes(ref reader), count)));
        }

        for (uint left = reader.ReadVarint(); left > 0; left--)
            report.Partitions.Add((reader.ReadString(), reader.ReadString(), PartitionManifest.Decode(TakeBytes(ref reader))));
        for (uint left = reader.ReadVarint(); left > 0; left--)
            report.Watermarks.Add((reader.ReadString(), reader.ReadInt64()));
        for (uint left = reader.ReadVarint(); left > 0; left--)
            report.Counters.Add((reader.ReadString(), reader.ReadString(), reader.ReadInt64()));
        for (uint left = reader.ReadVarint(); left > 0; left--)
            report.Schemas.Add((reader.ReadString(), reader.ReadString()));
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            string sink = reader.ReadString();
            int number = reader.ReadInt32();
            byte[]? handle = reader.ReadByte() == 1 ? TakeBytes(ref reader).ToArray() : null;
            report.Sinks.Add(new SinkReport(sink, number, new PreparedOutput([], handle)));
        }

        return report;
    }

    private static void WriteBytes(BlobWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteVarint((uint)bytes.Length);
        writer.WriteBytes(bytes);
    }

    private static ReadOnlySpan<byte> TakeBytes(scoped ref BlobReader reader) => reader.Take((int)reader.ReadVarint());
}
