using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using ActorStreams.Connectors.AkkaStreams.Writing;

namespace ActorStreams.Connectors.AkkaStreams.Flows;

/// <summary>What goes out of a flow, as the sink of its job.</summary>
/// <param name="ring">The way out.</param>
/// <param name="keepsUntilTaken">An epoch ends only when its rows are taken: a job with a store would not give them again.</param>
internal sealed class FlowSink<T>(RowRing<T> ring, bool keepsUntilTaken) : Sink<T>
{
    public override string Description => $"flow of {typeof(T).Name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public override int MaxParallelism => 1;

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(ring, keepsUntilTaken));

    private sealed class Writer(RowRing<T> ring, bool keepsUntilTaken) : SinkWriter<T>
    {
        private readonly RingWriter<T> _rows = new(ring);

        public override bool IsFull => _rows.IsFull;

        public override void Write(in Chunk<T> chunk) => _rows.Write(chunk);

        public override ValueTask FlushAsync(CancellationToken cancellation) => _rows.FlushAsync(cancellation);

        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            await _rows.FlushAsync(cancellation);
            if (keepsUntilTaken)
                await ring.UntilAsync(RingNeed.AllRead, cancellation);
            return PreparedOutput.None;
        }
    }
}
