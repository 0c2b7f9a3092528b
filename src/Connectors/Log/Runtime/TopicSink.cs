using ActorStreams.Core.Keys;

namespace ActorStreams.Connectors.Log.Runtime;

/// <summary>Keeps an epoch's rows, encoded, and hands them to the store, which appends them in the epoch's own transaction.</summary>
internal abstract class TopicSink<T> : Sink<T>
{
    /// <summary>A writer that is restarted is back by then.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TopicSpec _spec;

    protected TopicSink(string name, int partitions, TopicOptions<T> options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Options = options;
        _spec = new TopicSpec(name, partitions)
        {
            IsCompacted = options.IsCompacted,
            RetainFor = options.RetainFor,
            RetainBytes = options.RetainBytes,
            RetainDeletionsFor = options.RetainDeletionsFor,
        };
    }

    public override string Description => $"topic {_spec.Name}, {_spec.Partitions} partitions";

    public override ChangelogMode Changelog => Options.IsCompacted ? ChangelogMode.Upsert : ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    protected TopicOptions<T> Options { get; }

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        string where = $"Pipeline '{context.Pipeline}', sink '{context.Operator}'";
        if (context.Store is null)
            throw new SinkException(
                $"{where}: topic '{_spec.Name}' is written in the transactions of the job's store, and the job has none. Start it with a store.");
        Codec<T> codec = RecordCodec.Of<T>();
        if (await context.Store.Topics.FindAsync(_spec.Name, cancellation) is { } there)
        {
            CheckSchemas(where, codec, there);
            await CheckKeysAsync(where, context.Store.Topics, there, cancellation);
        }

        (_, int schema) = await context.Store.Topics.OpenAsync(_spec, codec.Schema, cancellation);
        TimeSpan patience = 3 * context.EpochInterval > s_patience ? 3 * context.EpochInterval : s_patience;
        return Open(new TopicRows<T>(_spec, $"{context.Pipeline}/{context.Operator}", codec, schema, Options) { Patience = patience },
            context.Writer);
    }

    protected abstract SinkWriter<T> Open(TopicRows<T> rows, int writer);

    /// <summary>Refuses to write keys beside such as tell them otherwise.</summary>
    protected virtual ValueTask CheckKeysAsync(string where, TopicLog log, Topic there, CancellationToken cancellation) =>
        ValueTask.CompletedTask;

    private void CheckSchemas(string where, Codec<T> codec, Topic there)
    {
        try
        {
            foreach (Schema schema in there.Schemas)
                _ = codec.ReaderOf(schema);
        }
        catch (CodecException error)
        {
            throw new SinkException(
                $"{where}: topic '{_spec.Name}' holds rows of another type, which do not mix with {typeof(T).Name}: {error.Message} " +
                "Write to a topic of another name, or change the type so that it can read what is there.", error);
        }
    }
}

/// <summary>Each writer to a partition of its own, as far as there are enough.</summary>
internal sealed class PlainTopicSink<T>(string name, int partitions, TopicOptions<T> options)
    : TopicSink<T>(name, partitions, options.IsCompacted
        ? throw new PipelineException($"Topic '{name}' is compacted by key, but its rows have none. Give the sink the key of a row.")
        : options)
{
    protected override SinkWriter<T> Open(TopicRows<T> rows, int writer) => new Writer(rows, writer % rows.Partitions);

    private sealed class Writer(TopicRows<T> rows, int partition) : TopicWriter<T>(rows)
    {
        protected override void Write(in Chunk<T> chunk, ref int row)
        {
            TopicPartition to = Rows[partition];
            for (; row < chunk.Count; row++)
                Rows.Add(to, chunk.Rows[row], chunk.Times[row]);
        }
    }
}

/// <summary>Rows of one key to one partition.</summary>
internal sealed class KeyedTopicSink<T, TKey> : TopicSink<T>
{
    private readonly Func<T, TKey> _keyOf;

    public KeyedTopicSink(string name, int partitions, Func<T, TKey> keyOf, TopicOptions<T> options)
        : base(name, partitions, options)
    {
        KeyEquality.CheckKeys<TKey>($"Topic '{name}'");
        _keyOf = keyOf;
    }

    protected override ValueTask CheckKeysAsync(string where, TopicLog log, Topic there, CancellationToken cancellation) =>
        Options.IsCompacted ? TopicKeys<TKey>.CheckAsync(where, log, there.Spec, cancellation) : ValueTask.CompletedTask;

    protected override SinkWriter<T> Open(TopicRows<T> rows, int writer) =>
        Options.IsCompacted ? new CompactedWriter(rows, _keyOf, Options.IsDeletion) : new Writer(rows, _keyOf);

    /// <summary>The place of a key: the upper half of its hash, scaled to the number of partitions.</summary>
    private static int PartitionOf(TKey key, int partitions) => (int)(((KeyHash<TKey>.Stable(key) >> 32) * (ulong)partitions) >> 32);

    private sealed class Writer(TopicRows<T> rows, Func<T, TKey> keyOf) : TopicWriter<T>(rows)
    {
        protected override void Write(in Chunk<T> chunk, ref int row)
        {
            for (; row < chunk.Count; row++)
                Rows.Add(Rows[PartitionOf(keyOf(chunk.Rows[row]), Rows.Partitions)], chunk.Rows[row], chunk.Times[row]);
        }
    }

    private sealed class CompactedWriter(TopicRows<T> rows, Func<T, TKey> keyOf, Func<T, bool>? isDeletion) : TopicWriter<T>(rows)
    {
        protected override void Write(in Chunk<T> chunk, ref int row)
        {
            for (; row < chunk.Count; row++)
            {
                TKey key = keyOf(chunk.Rows[row]);
                Rows.Add(Rows[PartitionOf(key, Rows.Partitions)], chunk.Rows[row], chunk.Times[row], key,
                    isDeletion?.Invoke(chunk.Rows[row]) == true);
            }
        }
    }
}

/// <summary>What the writers have in common: a row that cannot be encoded is refused, an epoch is handed over whole.</summary>
internal abstract class TopicWriter<T>(TopicRows<T> rows) : SinkWriter<T>
{
    private long _watermark = EventTime.MinValue;

    protected TopicRows<T> Rows => rows;

    public sealed override void Write(in Chunk<T> chunk)
    {
        rows.CheckRoom();
        int row = 0;
        try
        {
            Write(chunk, ref row);
        }
        catch (Exception error)
        {
            throw new RefusedRowException(row, $"Topic '{rows.Topic}': {error.GetType().Name}: {error.Message}", error);
        }
    }

    public override void OnWatermark(long watermark) => _watermark = watermark;

    public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation) =>
        new(new PreparedOutput([]) { Topics = [rows.Seal(epoch, _watermark)] });

    public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
    {
        rows.Release(epoch);
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes rows from <paramref name="row"/> on, which stays at a row that throws; nothing of that row may be left
    /// behind.</summary>
    protected abstract void Write(in Chunk<T> chunk, ref int row);
}
