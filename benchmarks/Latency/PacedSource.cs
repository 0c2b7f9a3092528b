using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Core.Sources;

namespace ActorStreams.Benchmarks.Latency;

/// <summary>Rows as they fall due, at the pacer's rate; waits a millisecond when none is.</summary>
internal sealed class PacedSource(Bid[] rows, Pacer pacer) : Source<Bid>
{
    public override string Description => "paced rows";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context, CancellationToken cancellation) =>
        new(new Reader(rows, pacer, (int)(from?.Value ?? 0)));

    private sealed class Reader(Bid[] rows, Pacer pacer, int next) : SourceReader<Bid>
    {
        private int _next = next;

        public override SourceOffset Offset => new(_next);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
        {
            if (_next == rows.Length)
                return false;
            int due;
            while ((due = (int)Math.Min(rows.Length, pacer.RowsDue)) <= _next)
                await Task.Delay(1, cancellation);
            int count = Math.Min(buffer.Capacity, due - _next);
            buffer.Use(rows, _next, count, _next);
            _next += count;
            return true;
        }
    }
}
