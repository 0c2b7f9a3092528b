using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Cep;

/// <summary>The rows of the pattern benchmarks, computed as they are read: Auction is the key, Price the kind (0 to 99, uniform), Bidder a
/// value (0 to 999).</summary>
/// <remarks>Ten thousand rows make a second of event time, in order, so that a minute holds 600,000.</remarks>
internal sealed class CepRows(long rows, long keys) : Source<Bid>
{
    public const long MicrosPerRow = 100;
    private const int Loop = 1 << 20;

    private readonly Bid[] _loop = Generate(keys);

    public override string Description => "rows in memory";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<Bid>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, from?.Value ?? 0, rows));

    /// <summary>All rows in order, for baselines.</summary>
    public void Read(Action<Bid[], int> take)
    {
        var batch = new Bid[1024];
        for (long at = 0; at < rows;)
        {
            int count = Fill(batch, at, rows);
            take(batch, count);
            at += count;
        }
    }

    private int Fill(Bid[] batch, long position, long end)
    {
        int offset = (int)(position % Loop);
        int count = (int)Math.Min(Math.Min(batch.Length, Loop - offset), end - position);
        _loop.AsSpan(offset, count).CopyTo(batch);
        for (int i = 0; i < count; i++)
            batch[i].Time = (position + i) * MicrosPerRow;
        return count;
    }

    private static Bid[] Generate(long keys)
    {
        var random = new Random(7);
        var loop = new Bid[Loop];
        for (int i = 0; i < Loop; i++)
            loop[i] = new Bid(random.NextInt64(keys), random.Next(1000), random.Next(100), 0);
        return loop;
    }

    private sealed class Reader(CepRows source, long position, long end) : SourceReader<Bid>
    {
        private readonly Bid[] _batch = new Bid[1024];
        private long _position = position;

        public override SourceOffset Offset => new(_position);

        public override ValueTask<bool> ReadAsync(SourceBuffer<Bid> buffer, CancellationToken cancellation)
        {
            if (_position == end)
                return new ValueTask<bool>(false);
            int count = source.Fill(_batch, _position, end);
            buffer.Use(_batch, 0, count, _position);
            _position += count;
            return new ValueTask<bool>(true);
        }
    }
}
