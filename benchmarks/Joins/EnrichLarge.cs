// enrich-1m. Per row: the value of its key out of a table of a million keys, row and value to a sink that reads both. The table is loaded
// before; loading is not measured on either side. Not durable on either side. Compared with a hand-written open-addressing table in native
// memory, hashed and prefetched 256 rows ahead, on one core; ours has the source in one actor and the join in another.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Keyed;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class EnrichLarge : IBenchmark
{
    private const int Keys = 1_000_000;

    public string Name => "enrich-1m";
    public string What => "Gives each row the value of its key out of a table of a million.";
    public bool Durable => false;
    public string BaselineName => "hand-written prefetching lookup, one core";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows)
    {
        long sum = 0, checksum = 0;
        foreach (Bid bid in Bids.Of(rows, Keys))
        {
            sum += bid.Price * ValueOf(bid.Auction);
            checksum += bid.Bidder + bid.Time + ValueOf(bid.Auction);
        }

        return new(rows, sum, checksum);
    }

    public Measurement RunBaseline(long rows)
    {
        Bid[] input = Bids.Of(rows, Keys);
        using var table = new Lookups();
        var meter = Meter.Start();
        Outcome outcome = table.Sum(input);
        meter.Stop();
        return meter.Result(input.Length, outcome);
    }

    public Measurement RunOurs(long rows)
    {
        Bid[] input = Bids.Of(rows, Keys);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Joined<Bid, long>, AddPair>();
        Table<long, long> table = pipeline.Read("values", Sources.Of(Enumerable.Range(0, Keys).Select(static key => (long)key).ToArray()))
            .KeyBy(static key => key).ToTable("table", ValueOf);
        pipeline.Read("bids", new GatedSource<Bid>(input, gate.Task)).KeyBy(static bid => bid.Auction).Join("enrich", table)
            .Write("results", sink);
        return Jobs.RunGated(pipeline, "enrich", Keys, gate, rows, () => sink.Outcome);
    }

    private static long ValueOf(long key) => (key * 7) % 1_009;

    private readonly struct AddPair : IAdd<Joined<Bid, long>>
    {
        public void Add(in Joined<Bid, long> row, ref long count, ref long sum, ref long checksum)
        {
            count++;
            sum += row.Left.Price * row.Right;
            checksum += row.Left.Bidder + row.Left.Time + row.Right;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public long Key, Value;             // Key 0: not used; keys are one more than they are
    }

    private sealed unsafe class Lookups : IDisposable
    {
        private const int ChunkRows = 256;
        private readonly NativeEntries<Entry> _entries = new(Keys);

        public Lookups()
        {
            for (long key = 0; key < Keys; key++)
            {
                long slot = NativeEntries<Entry>.SlotOf(key, _entries.Shift);
                while (_entries.First[slot].Key != 0)
                    slot = (slot + 1) & _entries.Mask;
                _entries.First[slot] = new Entry { Key = key + 1, Value = ValueOf(key) };
            }
        }

        public Outcome Sum(Bid[] input)
        {
            var output = new Joined<Bid, long>[ChunkRows];
            long count = 0, sum = 0, checksum = 0;
            Entry* entries = _entries.First;
            long mask = _entries.Mask;
            int shift = _entries.Shift;
            int* slots = stackalloc int[ChunkRows];
            for (int start = 0; start < input.Length; start += ChunkRows)
            {
                ReadOnlySpan<Bid> rows = input.AsSpan(start, Math.Min(ChunkRows, input.Length - start));
                for (int row = 0; row < rows.Length; row++)
                {
                    long slot = NativeEntries<Entry>.SlotOf(rows[row].Auction, shift);
                    slots[row] = (int)slot;
                    if (Sse.IsSupported) Sse.Prefetch0(entries + slot);
                }

                int found = 0;
                for (int row = 0; row < rows.Length; row++)
                {
                    long slot = slots[row], key = rows[row].Auction + 1;
                    while (entries[slot].Key != key && entries[slot].Key != 0)
                        slot = (slot + 1) & mask;
                    if (entries[slot].Key == key)
                        output[found++] = Joined<Bid, long>.Of(rows[row], entries[slot].Value);
                }

                foreach (ref readonly Joined<Bid, long> joined in output.AsSpan(0, found))
                    default(AddPair).Add(joined, ref count, ref sum, ref checksum);
            }

            return new(count, sum, checksum);
        }

        public void Dispose() => _entries.Dispose();
    }
}
