using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Writing;

/// <summary>Writes rows to a sink of Akka.Streams, one by one.</summary>
internal sealed class AkkaGraphSink<T, TMat>(Sink<T, TMat> sink, int bufferRows, int maxParallelism, Action<TMat>? materialized) : Sink<T>
{
    public override string Description => $"Akka.Streams sink of {typeof(T).Name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism => maxParallelism;

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        var place = StreamPlace.Open();
        var ring = new RowRing<T>(bufferRows);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TMat value = Akka.Streams.Dsl.Source.FromGraph(new FromRing<T>(ring, stopped)).RunWith(sink, place.Materializer);
        materialized?.Invoke(value);
        return new(new Writer(context, ring, place, value as Task ?? stopped.Task));
    }

    /// <param name="context">The job.</param>
    /// <param name="ring">The way to the graph.</param>
    /// <param name="place">Where the graph runs.</param>
    /// <param name="finished">When it has done its work, as far as that can be known.</param>
    private sealed class Writer(SinkContext context, RowRing<T> ring, StreamPlace place, Task finished) : SinkWriter<T>
    {
        private readonly RingWriter<T> _rows = new(ring);
        private bool _isLast;
        private volatile bool _isLastPrepared;
        private long _written;
        private long _prepared;
        private long _committed;

        public override bool IsFull => _rows.IsFull;

        public override void Write(in Chunk<T> chunk)
        {
            _written += chunk.Count;
            _rows.Write(chunk);
        }

        public override void OnWatermark(long watermark) => _isLast |= watermark == EventTime.MaxValue;

        public override async ValueTask FlushAsync(CancellationToken cancellation)
        {
            await _rows.FlushAsync(cancellation);
            CheckOpen();
        }

        /// <summary>The graph asks for another row: it is done with those before, as far as it says so by asking.</summary>
        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            if (_written > _prepared)
            {
                await FlushAsync(cancellation);
                await ring.UntilAsync(RingNeed.Asked, cancellation);
            }

            CheckOpen();
            Volatile.Write(ref _prepared, _written);
            _isLastPrepared = _isLast;                     // the commit may come when the next epoch has gone further
            return PreparedOutput.None;
        }

        public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            _committed = Volatile.Read(ref _prepared);
            if (_isLastPrepared)
                await EndAsync(null);
        }

        public override async ValueTask DisposeAsync()
        {
            await EndAsync(_committed == _written ? null : new SinkException(
                $"Pipeline '{context.Pipeline}', sink '{context.Operator}': the run has ended in the middle of an epoch. Its rows come again when the job goes on."));
            place.Dispose();
            await base.DisposeAsync();
        }

        private async ValueTask EndAsync(Exception? error)
        {
            ring.EndWith(error);
            await RingWaits.PatientlyAsync(finished);
        }

        private void CheckOpen()
        {
            if (!ring.IsClosed || (_isLastPrepared && _committed == _written))
                return;
            string where = $"Pipeline '{context.Pipeline}', sink '{context.Operator}': the Akka.Streams sink";
            throw ring.ClosedBy is { } cause
                ? new SinkException($"{where} failed: {cause.Message}", cause)
                : new SinkException(
                    $"{where} has cancelled and takes no more rows, but more may come. Use one that takes all of them; to end the job with the sink, run the pipeline as a flow (Pipeline.Flow).");
        }
    }
}
