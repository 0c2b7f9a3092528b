// keyed-1m. Per row: count by auction in tumbling one-second windows of event time; 632 thousand results leave each window of a million
// rows, in batches of 1,024 to a sink that reads them. One core, not durable on either side. Compared with the limit for key sets larger
// than the cache: one open-addressing table for all windows with the window inside the 32-byte entry, slots hashed and prefetched 256
// rows ahead, and a branchless list of the entries the window touched, from which it is emitted. It relies on times being in order.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class KeyedLarge()
    : KeyedCounts("keyed-1m", "Counts a million keys in tumbling windows of one second.", "hand-written prefetching table, one core",
    1_000_000)
{
    protected override Measurement RunBaseline(Bid[] input, long keys) => Baseline(input, keys);

    public static Measurement Baseline(Bid[] input, long keys)
    {
        using var table = new WindowTable(keys);
        var meter = Meter.Start();
        for (int start = 0; start < input.Length; start += Bids.BatchRows)
            table.Add(input.AsSpan(start, Math.Min(Bids.BatchRows, input.Length - start)));
        table.Close();
        meter.Stop();
        return meter.Result(input.Length, table.Outcome);
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Entry
    {
        public long Key, Window, Count;                 // Window 0: never used
    }

    private sealed unsafe class WindowTable(long keys) : IDisposable
    {
        private const int ChunkRows = 256, PrefetchAhead = 16;
        private readonly NativeEntries<Entry> _entries = new(keys);
        private readonly int[] _touched = new int[keys + PrefetchAhead + 1];
        private readonly WindowCount[] _output = new WindowCount[Bids.BatchRows];
        private readonly ResultDigest _digest = new();
        private long _window;
        private int _touchedCount;

        public Outcome Outcome => _digest.Outcome;

        public void Add(ReadOnlySpan<Bid> rows)
        {
            while (!rows.IsEmpty)
            {
                if (rows[0].Time >= _window + Bids.MicrosPerSecond)
                {
                    Close();
                    _window = Bids.WindowOf(rows[0].Time);
                }
                int inWindow = rows[..Math.Min(ChunkRows, rows.Length)].CountUntil(_window + Bids.MicrosPerSecond);
                Count(rows[..inWindow]);
                rows = rows[inWindow..];
            }
        }

        private void Count(ReadOnlySpan<Bid> rows)
        {
            Entry* entries = _entries.First;
            long mask = _entries.Mask, window = _window;
            int shift = _entries.Shift;
            int* slots = stackalloc int[ChunkRows];
            for (int row = 0; row < rows.Length; row++)
            {
                long slot = NativeEntries<Entry>.SlotOf(rows[row].Auction, shift);
                slots[row] = (int)slot;
                if (Sse.IsSupported) Sse.Prefetch0(entries + slot);
            }

            fixed (int* touched = _touched)
            {
                int touchedCount = _touchedCount;
                for (int row = 0; row < rows.Length; row++)
                {
                    long key = rows[row].Auction, slot = slots[row];
                    Entry* entry = entries + slot;
                    while (entry->Key != key && entry->Window != 0)
                    {
                        slot = (slot + 1) & mask;
                        entry = entries + slot;
                    }
                    long fresh = entry->Window != window ? 1 : 0;
                    touched[touchedCount] = (int)slot;
                    touchedCount += (int)fresh;
                    entry->Key = key;
                    entry->Window = window;
                    entry->Count = (entry->Count & (fresh - 1)) + 1;        // a new window starts from zero
                }
                _touchedCount = touchedCount;
            }
        }

        /// <summary>Emits the window; its entries stay and are overwritten by the next.</summary>
        public void Close()
        {
            Entry* entries = _entries.First;
            int pending = 0;
            for (int index = 0; index < _touchedCount; index++)
            {
                if (Sse.IsSupported) Sse.Prefetch0(entries + _touched[index + PrefetchAhead]);
                Entry* entry = entries + _touched[index];
                ref WindowCount result = ref _output[pending++];
                result.Auction = entry->Key;
                result.Window = entry->Window;
                result.Count = entry->Count;
                if (pending < _output.Length) continue;
                _digest.Add(_output);
                pending = 0;
            }
            _digest.Add(_output.AsSpan(0, pending));
            _touchedCount = 0;
        }

        public void Dispose() => _entries.Dispose();
    }
}
