using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>Hashes its rows to the regions. Waits only for a free batch: that is the back-pressure.</summary>
internal sealed class MiniSource
{
    public const int ChunkRows = 256;
    private readonly int _source;
    private readonly LoopedBids _bids;
    private readonly long _rows;
    private readonly MiniRegion[] _regions;
    private readonly MiniEpochs _epochs;
    private readonly ExchangeBatch[] _batches = new ExchangeBatch[MiniEngine.Regions];

    public MiniSource(int source, LoopedBids bids, long rows, MiniRegion[] regions, MiniEpochs epochs)
    {
        (_source, _bids, _rows, _regions, _epochs) = (source, bids, rows, regions, epochs);
        for (int region = 0; region < regions.Length; region++)
            if (!regions[region].Free(source)
                .TryRead(out _batches[region]!)) throw new InvalidOperationException("A new region has free batches.");
    }

    public async Task RunAsync()
    {
        Bid[] loop = _bids.Loop(_source);
        long window = Bids.WindowOf(loop[0].Time);
        for (long position = 0, step = 0; position < _rows; step++)
        {
            if (_epochs.Arrive(_source, step, position)) await SendAllAsync(window, Mark.Barrier);

            (long pass, long offset) = Math.DivRem(position, loop.Length);
            long moved = pass * _bids.MicrosPerPass, windowEnd = window + Bids.MicrosPerSecond;
            int count = InWindow(loop, (int)offset, windowEnd - moved);
            for (int start = 0; start < count; start += ChunkRows)
            {
                Partition(loop.AsSpan((int)offset + start, Math.Min(ChunkRows, count - start)), moved);
                for (int region = 0; region < _batches.Length; region++)
                    if (_batches[region].Count >= Bids.BatchRows) await SendAsync(region, window, Mark.None);
            }
            position += count;

            if (position < _rows && NextTime(loop, position) < windowEnd) continue;
            await SendAllAsync(window, Mark.WindowEnd);
            window = windowEnd;
        }
        _epochs.Finish(_source, _rows);
        await SendAllAsync(window, Mark.End);
    }

    private static int InWindow(Bid[] loop, int offset, long windowEnd) =>
        ((ReadOnlySpan<Bid>)loop.AsSpan(offset, Math.Min(Bids.BatchRows, loop.Length - offset))).CountUntil(windowEnd);

    private long NextTime(Bid[] loop, long position)
    {
        (long pass, long offset) = Math.DivRem(position, loop.Length);
        return loop[offset].Time + (pass * _bids.MicrosPerPass);
    }

    // Writes a row where its key's top hash bit says; a batch has room for a chunk more than it is sent with, so nothing is checked here.
    private unsafe void Partition(ReadOnlySpan<Bid> rows, long moved)
    {
        fixed (Bid* first = _batches[0].Rows, second = _batches[1].Rows)
        {
            Bid** targets = stackalloc Bid*[] { first + _batches[0].Count, second + _batches[1].Count };
            foreach (ref readonly Bid bid in rows)
            {
                int region = (int)(unchecked((ulong)bid.Auction * 0xD6E8FEB86659FD93) >> 63);
                Bid* target = targets[region];
                targets[region] = target + 1;
                target->Auction = bid.Auction;
                target->Bidder = bid.Bidder;
                target->Price = bid.Price;
                target->Time = bid.Time + moved;
            }
            _batches[0].Count = (int)(targets[0] - first);
            _batches[1].Count = (int)(targets[1] - second);
        }
    }

    private async ValueTask SendAllAsync(long window, Mark mark)
    {
        for (int region = 0; region < _batches.Length; region++) await SendAsync(region, window, mark);
    }

    private async ValueTask SendAsync(int region, long window, Mark mark)
    {
        ExchangeBatch batch = _batches[region];
        (batch.Window, batch.Mark) = (window, mark);
        if (!_regions[region].Mailbox.TryWrite(batch)) throw new InvalidOperationException("A mailbox has room for every batch there is.");
        if (mark != Mark.End) _batches[region] = await _regions[region].Free(_source).ReadAsync();
    }
}
