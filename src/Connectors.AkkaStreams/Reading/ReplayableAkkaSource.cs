using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Reading;

/// <summary>Graphs that begin after an offset: one for each partition and run.</summary>
internal sealed class ReplayableAkkaSource<T, TMat> : Source<T>
{
    private readonly Func<string, long?, Source<(T Row, long Offset), TMat>> _after;
    private readonly string[] _partitions;
    private readonly int _bufferRows;

    public ReplayableAkkaSource(Func<string, long?, Source<(T Row, long Offset), TMat>> after, IReadOnlyList<string> partitions,
        int bufferRows)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        if (partitions.Count == 0 || partitions.Distinct(StringComparer.Ordinal).Count() < partitions.Count)
            throw new ArgumentException("A source has at least one partition, and no two of one name.", nameof(partitions));
        (_after, _partitions, _bufferRows) = (after, [.. partitions], bufferRows);
    }

    public override string Description => $"Akka.Streams source of {typeof(T).Name} from an offset";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool OpensAtAnyRow => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(_partitions);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        long? last = from is { Value: > 0 } next ? next.Value - 1 : null;
        var reader = new Reader(context, partition, last);
        reader.Open(_after(partition, last), _bufferRows);
        return new(reader);
    }

    private sealed class Reader(SourceContext context, string partition, long? after) : AkkaReader<(T Row, long Offset), T>(context)
    {
        private const long MaxOffset = (1L << 48) - 2;

        private long _last = after ?? -1;

        public override SourceOffset Offset => new(_last + 1);

        protected override string Place => string.Create(CultureInfo.InvariantCulture,
            $"in partition '{partition}', after {(_last < 0 ? "its beginning" : $"offset {_last}")}");

        protected override void Take(RowRing<(T Row, long Offset)> ring, SourceBuffer<T> buffer)
        {
            while (!buffer.IsFull)
            {
                ReadOnlySpan<(T Row, long Offset)> rows = ring.Peek(buffer.Capacity - buffer.Count);
                if (rows.IsEmpty)
                    return;
                foreach ((T row, long offset) in rows)
                {
                    if (offset <= _last || offset > MaxOffset)
                        throw Wrong(offset);
                    buffer.Add(row, offset);
                    _last = offset;
                }

                ring.Advance(rows.Length);
            }
        }

        private SourceException Wrong(long offset) => new(string.Create(CultureInfo.InvariantCulture,
            $"Pipeline '{Context.Pipeline}', source '{Context.Operator}', partition '{partition}': a row of offset {offset} came after {(_last < 0 ? "the beginning" : $"offset {_last}")}. Offsets are from 0 to 2^48 - 2 and grow; the function must give the rows after the offset that it is given, and no others."));
    }
}
