// keyed-10k. Per row: count by auction in tumbling one-second windows of event time; a full window is emitted in batches of 1,024 to
// a sink that reads them, then cleared. One core, not durable on either side. Compared with the limit for key sets that fit the cache:
// one open-addressing map of the current window, entries of 32 bytes with the key inside. It relies on times being in order.
using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class KeyedSmall()
    : KeyedCounts("keyed-10k", "Counts 10 thousand keys in tumbling windows of one second.", "hand-written map per window, one core",
    10_000)
{
    protected override Measurement RunBaseline(Bid[] input, long keys) => Baseline(input, keys);

    public static Measurement Baseline(Bid[] input, long keys)
    {
        using var map = new WindowMap(keys);
        var meter = Meter.Start();
        for (int start = 0; start < input.Length; start += Bids.BatchRows)
            map.Add(input.AsSpan(start, Math.Min(Bids.BatchRows, input.Length - start)));
        map.Close();
        meter.Stop();
        return meter.Result(input.Length, map.Outcome);
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Entry
    {
        public long Key, Count;                         // Count 0: never used
    }

    private sealed unsafe class WindowMap(long keys) : IDisposable
    {
        private readonly NativeEntries<Entry> _entries = new(keys);
        private readonly WindowCount[] _output = new WindowCount[Bids.BatchRows];
        private readonly ResultDigest _digest = new();
        private long _window = long.MinValue;

        public Outcome Outcome => _digest.Outcome;

        public void Add(ReadOnlySpan<Bid> rows)
        {
            while (!rows.IsEmpty)
            {
                if (rows[0].Time >= _window + Bids.MicrosPerSecond || _window == long.MinValue)
                {
                    Close();
                    _window = Bids.WindowOf(rows[0].Time);
                }
                int inWindow = rows.CountUntil(_window + Bids.MicrosPerSecond);
                Count(rows[..inWindow]);
                rows = rows[inWindow..];
            }
        }

        private void Count(ReadOnlySpan<Bid> rows)
        {
            Entry* entries = _entries.First;
            long mask = _entries.Mask;
            int shift = _entries.Shift;
            foreach (ref readonly Bid bid in rows)
            {
                long key = bid.Auction, slot = NativeEntries<Entry>.SlotOf(key, shift);
                Entry* entry = entries + slot;
                while (entry->Key != key)
                {
                    if (entry->Count == 0)
                    {
                        entry->Key = key;
                        break;
                    }
                    slot = (slot + 1) & mask;
                    entry = entries + slot;
                }
                entry->Count++;
            }
        }

        /// <summary>Emits the window and forgets it.</summary>
        public void Close()
        {
            int pending = 0;
            Entry* end = _entries.First + _entries.Capacity;
            for (Entry* entry = _entries.First; entry < end; entry++)
            {
                if (entry->Count == 0) continue;
                ref WindowCount result = ref _output[pending++];
                result.Auction = entry->Key;
                result.Window = _window;
                result.Count = entry->Count;
                if (pending < _output.Length) continue;
                _digest.Add(_output);
                pending = 0;
            }
            _digest.Add(_output.AsSpan(0, pending));
            _entries.Clear();
        }

        public void Dispose() => _entries.Dispose();
    }
}
