using System.Text;

namespace ActorStreams.Connectors.Callbacks;

/// <summary>Calls the user's function for every row.</summary>
internal sealed class CallbackSink<T> : Sink<T>
{
    private readonly Action<T> _action;

    public CallbackSink(Action<T> action, int maxParallelism)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallelism, 1);
        (_action, MaxParallelism) = (action, maxParallelism);
    }

    public override string Description => $"callback for every {typeof(T).Name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism { get; }

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer(_action));

    private sealed class Writer(Action<T> action) : SinkWriter<T>
    {
        public override void Write(in Chunk<T> chunk)
        {
            foreach (T row in chunk.Rows)
                action(row);
        }
    }
}

/// <summary>Awaits the user's function for every batch.</summary>
internal sealed class BatchCallbackSink<T> : Sink<T>
{
    private readonly Func<IReadOnlyList<T>, CancellationToken, ValueTask> _action;
    private readonly int _batchRows;

    public BatchCallbackSink(Func<IReadOnlyList<T>, CancellationToken, ValueTask> action, int batchRows, int maxParallelism)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallelism, 1);
        (_action, _batchRows, MaxParallelism) = (action, batchRows, maxParallelism);
    }

    public override string Description => $"callback for batches of {typeof(T).Name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism { get; }

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(_action, _batchRows));

    private sealed class Writer(Func<IReadOnlyList<T>, CancellationToken, ValueTask> action, int batchRows) : SinkWriter<T>
    {
        private readonly Queue<T[]> _full = new();
        private T[] _batch = [];
        private int _count;

        public override bool IsFull => _full.Count > 0;

        public override void Write(in Chunk<T> chunk)
        {
            ReadOnlySpan<T> rows = chunk.Rows;
            while (!rows.IsEmpty)
            {
                if (_count == 0)
                    _batch = new T[batchRows];         // given away with the batch: the callback may keep it
                int take = Math.Min(rows.Length, batchRows - _count);
                rows[..take].CopyTo(_batch.AsSpan(_count));
                _count += take;
                rows = rows[take..];
                if (_count == batchRows)
                {
                    _full.Enqueue(_batch);
                    _count = 0;
                }
            }
        }

        public override async ValueTask FlushAsync(CancellationToken cancellation)
        {
            while (_full.TryPeek(out T[]? batch))
            {
                await action(batch, cancellation);
                _full.Dequeue();
            }

            if (_count > 0)
            {
                await action(new ArraySegment<T>(_batch, 0, _count), cancellation);
                _count = 0;
            }
        }

        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            await FlushAsync(cancellation);
            return PreparedOutput.None;
        }
    }
}

/// <summary>Writes a line for every row.</summary>
internal sealed class TextSink<T>(string name, TextWriter text, Func<T, string> format) : Sink<T>
{
    public override string Description => name;

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism => 1;

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(text, format));

    private sealed class Writer(TextWriter text, Func<T, string> format) : SinkWriter<T>
    {
        private const int FlushCharacters = 16 * 1024;

        private readonly StringBuilder _lines = new();

        public override bool IsFull => _lines.Length >= FlushCharacters;

        public override void Write(in Chunk<T> chunk)
        {
            foreach (T row in chunk.Rows)
                _lines.Append(format(row)).Append(text.NewLine);
        }

        public override async ValueTask FlushAsync(CancellationToken cancellation)
        {
            await text.WriteAsync(_lines, cancellation);
            await text.FlushAsync(cancellation);
            _lines.Clear();
        }

        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            await FlushAsync(cancellation);
            return PreparedOutput.None;
        }
    }
}
