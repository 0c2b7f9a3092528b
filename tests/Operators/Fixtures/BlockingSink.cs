using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>Another sink, which is full after some rows until it is let go.</summary>
internal sealed class BlockingSink<T>(Sink<T> inner, int blockAfter, Task release) : Sink<T>
{
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Description => inner.Description;

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => inner.Guarantee;

    public override int MaxParallelism => 1;

    /// <summary>Completes once the sink holds its pipeline back.</summary>
    public Task Blocked => _blocked.Task;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new Writer(this, await inner.OpenAsync(context, cancellation), blockAfter, release);

    private sealed class Writer(BlockingSink<T> sink, SinkWriter<T> writer, int blockAfter, Task release) : SinkWriter<T>
    {
        private int _rows;

        public override bool IsFull => writer.IsFull || (_rows >= blockAfter && !release.IsCompleted);

        public override void Write(in Chunk<T> chunk)
        {
            _rows += chunk.Count;
            writer.Write(chunk);
        }

        public override async ValueTask FlushAsync(CancellationToken cancellation)
        {
            sink._blocked.TrySetResult();
            await release.WaitAsync(cancellation);
            await writer.FlushAsync(cancellation);
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation) =>
            writer.PrepareAsync(epoch, cancellation);

        public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation) =>
            writer.CommitAsync(epoch, handle, cancellation);

        public override async ValueTask DisposeAsync()
        {
            await writer.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
