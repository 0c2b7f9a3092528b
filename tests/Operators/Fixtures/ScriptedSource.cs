using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>A source that a test feeds row by row, and that tells which rows are committed. The offset is the index.</summary>
internal sealed class ScriptedSource<T>(int partitions = 1) : Source<T>
{
    private readonly Lock _lock = new();
    private readonly List<T>[] _rows = [.. Enumerable.Range(0, partitions).Select(_ => new List<T>())];
    private readonly long[] _committed = new long[partitions];
    private readonly bool[] _ended = new bool[partitions];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _read;

    public override string Description => "script";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <summary>Rows read so far, by all runs.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <summary>Rows added so far, over all partitions.</summary>
    public long Rows
    {
        get
        {
            lock (_lock)
                return _rows.Sum(rows => (long)rows.Count);
        }
    }

    /// <summary>The most rows one read gives.</summary>
    public int RowsPerRead { get; init; } = int.MaxValue;

    public ScriptedSource<T> Add(params T[] rows) => AddTo(0, rows);

    public ScriptedSource<T> AddTo(int partition, params T[] rows)
    {
        Change(() => _rows[partition].AddRange(rows));
        return this;
    }

    public void End() => Change(() => Array.Fill(_ended, true));

    public void End(int partition) => Change(() => _ended[partition] = true);

    /// <summary>Completes once an epoch is committed that holds the partition's first <paramref name="rows"/> rows.</summary>
    public async Task CommittedAsync(long rows, int partition = 0)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_committed[partition] >= rows)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(Limits.Test);
        }
    }

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, partitions).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, int.Parse(partition, CultureInfo.InvariantCulture), from?.Value ?? 0));

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    private sealed class Reader(ScriptedSource<T> source, int partition, long from) : SourceReader<T>
    {
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (source._lock)
                {
                    List<T> rows = source._rows[partition];
                    for (; _at < rows.Count && !buffer.IsFull && buffer.Count < source.RowsPerRead; _at++)
                        buffer.Add(rows[(int)_at], _at);
                    source._read += buffer.Count;
                    if (buffer.Count > 0)
                        return true;
                    if (source._ended[partition])
                        return false;
                    changed = source._changed.Task;
                }

                await changed.WaitAsync(cancellation);
            }
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            source.Change(() => source._committed[partition] = offset.Value);
            return ValueTask.CompletedTask;
        }
    }
}
