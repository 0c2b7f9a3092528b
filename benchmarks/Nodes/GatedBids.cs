using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Nodes;

/// <summary>The looped rows, once a gate has opened: a job is placed on its nodes before it is measured.</summary>
internal sealed class GatedBids(LoopedSource inner, Task gate) : Source<Bid>
{
    public override string Description => inner.Description;

    public override SourceGuarantee Guarantee => inner.Guarantee;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        inner.PartitionsAsync(context, cancellation);

    public override async ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new Reader(await inner.OpenAsync(partition, from, context, cancellation), gate);

    private sealed class Reader(SourceReader<Bid> inner, Task gate) : SourceReader<Bid>
    {
        public override SourceOffset Offset => inner.Offset;

        public override ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation) =>
            gate.IsCompletedSuccessfully ? inner.ReadAsync(buffer, cancellation) : LaterAsync(buffer, cancellation);

        private async ValueTask<bool> LaterAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
        {
            await gate.WaitAsync(cancellation);
            return await inner.ReadAsync(buffer, cancellation);
        }
    }
}
