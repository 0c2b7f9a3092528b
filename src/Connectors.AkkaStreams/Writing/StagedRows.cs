using System.Buffers.Binary;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.AkkaStreams.Writing;

/// <summary>What a writer hands over at the barrier, and the rows themselves, to be told after the commit.</summary>
internal sealed record StagedEpoch<T>(long Epoch, IReadOnlyList<T> Rows, PreparedOutput Output);

/// <summary>The rows of the epoch under way, and the topic in which those of the last epoch are found again.</summary>
internal sealed class StagedRows<T>
{
    private const int BlobBytes = 900 * 1024, ReadBytes = 4 * 1024 * 1024;

    private readonly SinkContext _context;
    private readonly TopicLog _log;
    private readonly Topic _topic;
    private readonly int _schema;
    private readonly Codec<T> _codec = RecordCodec.Of<T>();
    private readonly long _maxBytes;
    private List<T> _rows = [];
    private List<long> _times = [];
    private List<TopicBlob> _blobs = [];
    private BlobWriter _encoded = new();
    private long _sizeBytes;

    private StagedRows(SinkContext context, TopicLog log, Topic topic, int schema, long maxBytes) =>
        (_context, _log, _topic, _schema, _maxBytes) = (context, log, topic, schema, maxBytes);

    /// <summary>No row of a later epoch has a smaller event time.</summary>
    public long Watermark { get; set; } = EventTime.MinValue;

    public static async ValueTask<StagedRows<T>> OpenAsync(SinkContext context, Store store, string name, TimeSpan keepFor, long maxBytes,
        CancellationToken cancellation)
    {
        TopicLog log = store.Topics;
        (Topic topic, int schema) = await log.OpenAsync(
            new TopicSpec(name, Partitions: 1) { RetainFor = keepFor }, RecordCodec.Of<T>().Schema, cancellation);
        return new StagedRows<T>(context, log, topic, schema, maxBytes);
    }

    /// <summary>The last rows of the topic: those of the last committed epoch.</summary>
    public async ValueTask<IReadOnlyList<T>> ReadLastAsync(long count, CancellationToken cancellation)
    {
        TopicRange range = await _log.RangeAsync(_topic.Spec.Name, 0, cancellation);
        long next = range.Next - count;
        if (next < range.First)
            throw new SinkException(
                $"Pipeline '{_context.Pipeline}', sink '{_context.Operator}': epoch {_context.CommittedEpoch} was not known to be acknowledged, and some of its {count} rows are kept in topic '{_topic.Spec.Name}' " +
                "no more. Keep them longer (keepFor); to go on without them, give the sink another name.");
        var rows = new List<T>((int)count);
        while (next < range.Next)
        {
            foreach (TopicEntry entry in await _log.ReadAsync(_topic.Spec.Name, 0, next, ReadBytes, cancellation))
            {
                Decode(entry, next, rows);
                next = entry.NextOffset;
            }
        }

        return rows;
    }

    /// <exception cref="RefusedRowException">A row cannot be encoded.</exception>
    /// <exception cref="SinkException">The epoch is too large.</exception>
    public void Add(in Chunk<T> chunk)
    {
        if (_sizeBytes + _encoded.Length > _maxBytes)
            throw new SinkException(
                $"An epoch has more than {_maxBytes} bytes, which wait in memory to be told. Shorten the epochs, or raise maxBytesPerEpoch.");
        for (int row = 0; row < chunk.Count; row++)
        {
            int before = _encoded.Length;
            try
            {
                _codec.Write(_encoded, chunk.Rows[row]);
            }
            catch (Exception error)
            {
                _encoded.Truncate(before);
                throw new RefusedRowException(row, $"{error.GetType().Name}: {error.Message}", error);
            }

            _rows.Add(chunk.Rows[row]);
            _times.Add(chunk.Times[row]);
            if (_encoded.Length >= BlobBytes)
                SealBlob();
        }
    }

    /// <summary>The epoch ends.</summary>
    public StagedEpoch<T> Seal(long epoch)
    {
        if (_times.Count > 0)
            SealBlob();
        List<T> rows = _rows;
        List<TopicBlob> blobs = _blobs;
        (_rows, _blobs, _sizeBytes) = ([], [], 0);
        if (rows.Count == 0)
            return new StagedEpoch<T>(epoch, rows, PreparedOutput.None);
        byte[] handle = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(handle, rows.Count);
        return new StagedEpoch<T>(epoch, rows, new PreparedOutput([], handle)
        {
            Topics = [new TopicWrite(_topic.Spec.Name, $"{_context.Pipeline}/{_context.Operator}", Watermark, blobs)],
        });
    }

    private void SealBlob()
    {
        BlobWriter rows = _encoded;
        ReadOnlySpan<long> times = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_times);
        (long minTime, long maxTime) = TopicRecords.Seal(rows, times, default, null, default, default);
        _blobs.Add(new TopicBlob(0, _schema, times.Length, minTime, maxTime, rows.Written.ToArray()));
        _sizeBytes += rows.Length;
        _times = [];
        _encoded.Clear();
    }

    private void Decode(in TopicEntry entry, long from, List<T> rows)
    {
        Codec<T> codec = _codec.ReaderOf(_topic.Schemas[entry.Schema]);
        var records = new TopicRecords(entry.Payload.Span);
        var reader = new BlobReader(records.Rows);
        for (int record = 0; record < records.Count; record++)
        {
            T row = codec.Read(ref reader);
            if (entry.Offset + records.OffsetOf(record) >= from)
                rows.Add(row);
        }
    }
}
