using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Engine;

/// <summary>The looped rows as a replayable source of two partitions; the same <see cref="LoopedBids.Read"/> as the miniature
/// uses.</summary>
internal sealed class LoopedSource(LoopedBids bids, long rowsPerPartition) : Source<Bid>
{
    public override string Description => "looped rows in memory";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, LoopedBids.Sources)
            .Select(source => source.ToString(System.Globalization.CultureInfo.InvariantCulture))]);

    public override ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(bids, int.Parse(partition, System.Globalization.CultureInfo.InvariantCulture), from?.Value ?? 0, rowsPerPartition));

    private sealed class Reader(LoopedBids bids, int source, long position, long end) : SourceReader<Bid>
    {
        private readonly Bid[] _batch = new Bid[Bids.BatchRows];
        private long _position = position;

        public override SourceOffset Offset => new(_position);

        public override ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
        {
            if (_position == end)
                return new ValueTask<bool>(false);
            int count = bids.Read(source, _position, _batch.AsSpan(0, (int)Math.Min(_batch.Length, end - _position)));
            buffer.Use(_batch, 0, count, _position);
            _position += count;
            return new ValueTask<bool>(true);
        }
    }
}
