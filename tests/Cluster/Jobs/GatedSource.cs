using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Rows that can be read again from any of them, in partitions, of which a test lets some through. All nodes of a process share
/// it, as they would a broker.</summary>
internal sealed class GatedSource<T>(IReadOnlyList<T> rows, int partitions) : Source<T>
{
    private readonly Lock _lock = new();
    private readonly long[] _committed = new long[partitions];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _most = [.. Enumerable.Repeat(long.MaxValue, partitions)];
    private long _open;

    public override string Description => "gated rows";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <summary>Lets the first rows of each partition through.</summary>
    public void Open(long rowsOfEach) => Change(() => _open = Math.Max(_open, rowsOfEach));

    /// <summary>Lets no more of one partition through than this, whatever is let through of all.</summary>
    public void Hold(int partition, long rows) => Change(() => _most[partition] = rows);

    /// <summary>Completes once epochs are committed that hold the first rows of each partition.</summary>
    public async Task CommittedAsync(long rowsOfEach)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (Enumerable.Range(0, partitions).All(partition => _committed[partition] >= Math.Min(rowsOfEach, CountOf(partition))))
                    return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, partitions).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, int.Parse(partition, CultureInfo.InvariantCulture), from?.Value ?? 0));

    private long CountOf(int partition) => (rows.Count - partition + partitions - 1) / partitions;

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

    private sealed class Reader(GatedSource<T> source, int partition, long from) : SourceReader<T>
    {
        private readonly int _partitions = source._committed.Length;
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (source._lock)
                {
                    long end = Math.Min(Math.Min(source._open, source._most[partition]), source.CountOf(partition));
                    for (; _at < end && !buffer.IsFull; _at++)
                        buffer.Add(source.RowAt((int)((_at * _partitions) + partition)), _at);
                    if (buffer.Count > 0)
                        return true;
                    if (_at == source.CountOf(partition))
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

    private T RowAt(int index) => rows[index];
}
