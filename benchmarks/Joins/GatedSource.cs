using ActorStreams.Authoring;

namespace ActorStreams.Benchmarks.Joins;

/// <summary>Rows in memory, all or all but the first of which wait for a signal: what must be there before them is there.</summary>
internal sealed class GatedSource<T>(T[] rows, Task gate, int before = 0) : Source<T>
{
    public override string Description => "gated rows";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(rows, gate, before));

    private sealed class Reader(T[] rows, Task gate, int before) : SourceReader<T>
    {
        private int _next;

        public override SourceOffset Offset => new(_next);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            if (_next >= before && !gate.IsCompleted)
                await gate;
            int count = Math.Min(buffer.Capacity, (_next < before ? before : rows.Length) - _next);
            if (count > 0)
                buffer.Use(rows, _next, count, _next);
            _next += count;
            return count > 0;
        }
    }
}
