using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>Another sink, never full, that tells when it has taken some rows.</summary>
internal sealed class WatchedSink<T>(Sink<T> inner, int rows, Action onRows) : Sink<T>
{
    private int _rows;

    public override string Description => inner.Description;

    public override ChangelogMode Changelog => inner.Changelog;

    public override SinkGuarantee Guarantee => inner.Guarantee;

    public override int MaxParallelism => 1;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new Writer(this, await inner.OpenAsync(context, cancellation));

    private void OnRows(int count)
    {
        bool isBefore = _rows < rows;
        _rows += count;
        if (isBefore && _rows >= rows)
            onRows();
    }

    private sealed class Writer(WatchedSink<T> sink, SinkWriter<T> writer) : SinkWriter<T>
    {
        public override bool IsFull => false;

        public override void Write(in Chunk<T> chunk)
        {
            writer.Write(chunk);
            sink.OnRows(chunk.Count);
        }

        public override ValueTask FlushAsync(CancellationToken cancellation) => writer.FlushAsync(cancellation);

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
