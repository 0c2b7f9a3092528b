using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Reading;

/// <summary>A graph that cannot be read again: one partition, whose offset counts the rows of all runs.</summary>
internal sealed class VolatileAkkaSource<T, TMat>(Source<T, TMat> source, int bufferRows) : Source<T>
{
    private volatile Reader? _reader;

    public override string Description => $"Akka.Streams source of {typeof(T).Name}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Volatile;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        var reader = new Reader(context, from?.Value ?? 0);
        reader.Open(source, bufferRows);
        _reader = reader;
        return new(reader);
    }

    /// <summary>The graph is cancelled; what it gave before is read.</summary>
    public override bool EndInput(SourceContext context)
    {
        _reader?.EndInput();
        return true;
    }

    private sealed class Reader(SourceContext context, long from) : AkkaReader<T, T>(context)
    {
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        protected override string Place => string.Create(CultureInfo.InvariantCulture, $"after {_at} rows");

        protected override void Take(RowRing<T> ring, SourceBuffer<T> buffer)
        {
            while (!buffer.IsFull)
            {
                ReadOnlySpan<T> rows = ring.Peek(buffer.Capacity - buffer.Count);
                if (rows.IsEmpty)
                    return;
                foreach (T row in rows)
                    buffer.Add(row, _at++);
                ring.Advance(rows.Length);
            }
        }
    }
}
