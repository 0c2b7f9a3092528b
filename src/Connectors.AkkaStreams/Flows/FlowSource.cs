using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;

namespace ActorStreams.Connectors.AkkaStreams.Flows;

/// <summary>What comes into a flow, as the source of its job. The job runs once.</summary>
internal sealed class FlowSource<T>(RowRing<T> ring) : Source<T>
{
    public override string Description => $"flow of {typeof(T).Name}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Volatile;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(ring, from?.Value ?? 0));

    /// <summary>The flow takes no more elements; those that it has taken are read.</summary>
    public override bool EndInput(SourceContext context)
    {
        ring.Close();
        return true;
    }

    private sealed class Reader(RowRing<T> ring, long from) : SourceReader<T>
    {
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                while (!buffer.IsFull && ring.Peek(buffer.Capacity - buffer.Count) is { IsEmpty: false } rows)
                {
                    foreach (T row in rows)
                        buffer.Add(row, _at++);
                    ring.Advance(rows.Length);
                }

                ring.TellRead();
                if (buffer.Count > 0)
                    return true;
                if (ring.IsOver(out _))
                    return false;
                await ring.RowsAsync(cancellation);
            }
        }
    }
}
