using System.Text;

namespace ActorStreams.TestKit;

/// <summary>Appends rows as text to a topic of the store, spread over two partitions; slow from time to time.</summary>
internal sealed class SimulatedTopic<T>(SimulatedWorld world, string name) : Sink<T>
{
    private const int Partitions = 2;

    public override string Description => $"simulated topic {name}";

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        await context.Store!.Topics.OpenAsync(new TopicSpec(name, Partitions), new Schema("text"), cancellation);
        return new Writer(world, name, context.Operator);
    }

    /// <summary>The rows of an entry.</summary>
    public static IEnumerable<string> RowsOf(in TopicEntry entry) => Encoding.UTF8.GetString(new TopicRecords(entry.Payload.Span).Rows)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private sealed class Writer(SimulatedWorld world, string topic, string producer) : SlowWriter<T>(world)
    {
        private long _watermark = EventTime.MinValue;

        public override void OnWatermark(long watermark) => _watermark = watermark;

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            TopicBlob[] blobs = [.. Take().GroupBy(row => row.Length % Partitions).OrderBy(rows => rows.Key)
                .Select(rows => Blob(rows.Key, [.. rows]))];
            return new(new PreparedOutput([]) { Topics = [new TopicWrite(topic, producer, _watermark, blobs)] });
        }

        private static TopicBlob Blob(int partition, string[] rows)
        {
            var payload = new BlobWriter();
            foreach (string row in rows)
                payload.WriteBytes(Encoding.UTF8.GetBytes(row + "\n"));
            (long min, long max) = TopicRecords.Seal(payload, new long[rows.Length], default, keys: null, default, default);
            return new TopicBlob(partition, 0, rows.Length, min, max, payload.ToArray());
        }
    }
}
