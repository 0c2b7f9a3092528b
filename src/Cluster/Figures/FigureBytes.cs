using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Sources;

namespace ActorStreams.Cluster.Figures;

/// <summary>How figures of instances, and the standing of a job, go between nodes.</summary>
/// <remarks>Moments are of a clock that each process has for itself, so they travel as how long ago they were; the time on the way counts
/// as none. A build that writes more adds it at the end, and one that writes it otherwise counts the version up: what has another version
/// is not read, and nothing is known then.</remarks>
internal static class FigureBytes
{
    private const byte Version = 1;

    /// <param name="figures">What instances show.</param>
    /// <param name="now">The moment at the writer (<see cref="SourceClockwork.Now"/>).</param>
    public static byte[] Of(InstanceFigures figures, long now)
    {
        var writer = new BlobWriter();
        writer.WriteByte(Version);
        Write(figures, now, writer);
        return writer.ToArray();
    }

    /// <param name="standing">How a job stands.</param>
    /// <param name="now">The moment at the writer (<see cref="SourceClockwork.Now"/>).</param>
    public static byte[] Of(JobStanding standing, long now)
    {
        var writer = new BlobWriter();
        writer.WriteByte(Version);
        writer.WriteInt64(standing.Epoch);
        writer.WriteInt64(AgeOf(standing.EpochBegan, now));
        writer.WriteVarint((uint)standing.Conditions.Count);
        foreach (JobCondition condition in standing.Conditions)
        {
            writer.WriteByte((byte)condition.Kind);
            writer.WriteString(condition.Operator);
            writer.WriteInt64(condition.Since.ToMicros());
            writer.WriteInt64(condition.SeenAt.ToMicros());
            writer.WriteString(condition.Message);
        }

        Write(standing.Figures, now, writer);
        return writer.ToArray();
    }

    /// <summary>Of a node its figures.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="node">The node that wrote it.</param>
    /// <param name="now">The moment at the reader.</param>
    /// <returns>Null: another build wrote it otherwise.</returns>
    public static InstanceFigures? Read(ReadOnlySpan<byte> bytes, string node, long now)
    {
        var reader = new BlobReader(bytes);
        return reader.ReadByte() == Version ? ReadFigures(ref reader, node, now) : null;
    }

    /// <summary>How the job stands.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="now">The moment at the reader.</param>
    /// <returns>Null: another build wrote it otherwise.</returns>
    public static JobStanding? Read(ReadOnlySpan<byte> bytes, long now)
    {
        var reader = new BlobReader(bytes);
        if (reader.ReadByte() != Version)
            return null;
        long epoch = reader.ReadInt64(), began = MomentOf(reader.ReadInt64(), now);
        var conditions = new JobCondition[reader.ReadVarint()];
        for (int number = 0; number < conditions.Length; number++)
        {
            conditions[number] = new JobCondition((JobNoticeKind)reader.ReadByte(), reader.ReadString(),
                EventTime.ToDateTimeOffset(reader.ReadInt64()), EventTime.ToDateTimeOffset(reader.ReadInt64()), reader.ReadString());
        }

        return new JobStanding(epoch, conditions, ReadFigures(ref reader, node: null, now), began);
    }

    private static void Write(InstanceFigures figures, long now, BlobWriter writer)
    {
        writer.WriteVarint((uint)figures.Sources.Count);
        foreach ((string name, SourceMetrics source) in figures.Sources)
        {
            writer.WriteString(name);
            foreach (long count in (ReadOnlySpan<long>)[source.Rows, source.Late, source.Rejected, source.Leaps])
                writer.WriteInt64(count);
        }

        writer.WriteVarint((uint)figures.Partitions.Count);
        foreach (PartitionFigures partition in figures.Partitions)
            Write(partition, now, writer);
        writer.WriteVarint((uint)figures.Operators.Count);
        foreach (OperatorFigures one in figures.Operators)
        {
            writer.WriteString(one.Name);
            writer.WriteByte(one.HasRegions ? (byte)1 : (byte)0);
            writer.WriteInt64(one.Watermark);
            writer.WriteInt64(one.KeptBack.Count);
            writer.WriteString(one.KeptBack.What);
            writer.WriteVarint((uint)one.Counters.Count);
            foreach ((string counter, long value) in one.Counters)
            {
                writer.WriteString(counter);
                writer.WriteInt64(value);
            }
        }

        writer.WriteVarint((uint)figures.Holders.Count);
        foreach (HolderFigures holder in figures.Holders)
        {
            writer.WriteString(holder.Name);
            writer.WriteString(holder.What);
            writer.WriteInt64(AgeOf(holder.Since, now));
            writer.WriteString(holder.Instance);
            writer.WriteString(holder.Node);
        }

        writer.WriteInt64(figures.DeadLetters);
        writer.WriteInt64(figures.ForNobody);
        writer.WriteString(figures.LastForNobody);
    }

    private static void Write(PartitionFigures partition, long now, BlobWriter writer)
    {
        (SourcePosition position, PartitionMetrics metrics) = (partition.Position, partition.Metrics);
        writer.WriteString(position.Source);
        writer.WriteString(position.Partition);
        writer.WriteInt64(position.Watermark);
        writer.WriteInt64(AgeOf(position.WaitsSince, now));
        writer.WriteByte((byte)position.State);
        writer.WriteByte(position.HasEventTime ? (byte)1 : (byte)0);
        foreach (long count in (ReadOnlySpan<long>)[metrics.Rows, metrics.Late, metrics.Rejected, metrics.LateAfterQuiet, metrics.Leaps])
            writer.WriteInt64(count);
        writer.WriteInt64(metrics.Watermark?.ToMicros() ?? EventTime.MinValue);
        writer.WriteInt64(metrics.Delay?.Ticks ?? -1);
        writer.WriteByte(metrics.IsIdle ? (byte)1 : (byte)0);
        writer.WriteString(partition.WaitsFor ?? "");
    }

    /// <param name="reader">Where it stands.</param>
    /// <param name="node">The node whose figures they are; null: each holder says it of itself.</param>
    /// <param name="now">The moment at the reader.</param>
    private static InstanceFigures ReadFigures(ref BlobReader reader, string? node, long now)
    {
        var sources = new SortedDictionary<string, SourceMetrics>(StringComparer.Ordinal);
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            sources[reader.ReadString()] =
                new SourceMetrics(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()) { Leaps = reader.ReadInt64() };
        }

        var partitions = new List<PartitionFigures>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
            partitions.Add(ReadPartition(ref reader, now));
        var operators = new List<OperatorFigures>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            string name = reader.ReadString();
            bool hasRegions = reader.ReadByte() == 1;
            long watermark = reader.ReadInt64();
            var kept = new KeptBack(reader.ReadInt64(), reader.ReadString());
            var counters = new SortedDictionary<string, long>(StringComparer.Ordinal);
            for (uint more = reader.ReadVarint(); more > 0; more--)
                counters[reader.ReadString()] = reader.ReadInt64();
            operators.Add(new OperatorFigures(name, counters, kept, watermark, hasRegions));
        }

        var holders = new List<HolderFigures>();
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            var holder = new HolderFigures(reader.ReadString(), reader.ReadString(), MomentOf(reader.ReadInt64(), now),
                reader.ReadString(), reader.ReadString());
            holders.Add(node is null ? holder : holder with { Node = node });
        }

        return new InstanceFigures(sources, partitions, operators, holders)
        {
            DeadLetters = reader.ReadInt64(),
            ForNobody = reader.ReadInt64(),
            LastForNobody = reader.ReadString(),
        };
    }

    private static PartitionFigures ReadPartition(ref BlobReader reader, long now)
    {
        var position = new SourcePosition(reader.ReadString(), reader.ReadString(), reader.ReadInt64(), MomentOf(reader.ReadInt64(), now),
            (PartitionState)reader.ReadByte(), reader.ReadByte() == 1);
        long rows = reader.ReadInt64(), late = reader.ReadInt64(), rejected = reader.ReadInt64(), quiet = reader.ReadInt64(),
            leaps = reader.ReadInt64(), watermark = reader.ReadInt64(), delay = reader.ReadInt64();
        var metrics = new PartitionMetrics(rows, late, rejected,
            watermark == EventTime.MinValue ? null : EventTime.ToDateTimeOffset(watermark), delay < 0 ? null : TimeSpan.FromTicks(delay),
            reader.ReadByte() == 1)
        { LateAfterQuiet = quiet, Leaps = leaps };
        string waitsFor = reader.ReadString();
        return new PartitionFigures(position, metrics, waitsFor.Length == 0 ? null : waitsFor);
    }

    private static long AgeOf(long moment, long now) => moment == EventTime.MaxValue ? EventTime.MaxValue : now - moment;

    private static long MomentOf(long age, long now) => age == EventTime.MaxValue ? EventTime.MaxValue : now - age;
}
