using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Keyed;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>
/// The counts of a region: one 32-byte entry to a key with the window and the epoch that touched it last, and two branchless lists of
/// slots: what the window touched (to emit) and what the epoch touched (to journal).
/// </summary>
internal sealed unsafe class MiniTable(long keys) : IDisposable
{
    private const int ChunkRows = 256, PrefetchAhead = 16;

    // Half of the keys, give or take what a hash does: the lists and the table have room for a third more.
    private readonly NativeEntries<Entry> _entries = new(keys * 4 / 3, load: 0.8);
    private readonly int[] _inWindow = new int[(keys * 4 / 3) + ChunkRows];
    private readonly int[] _inEpoch = new int[(keys * 4 / 3) + ChunkRows];
    private readonly WindowCount[] _output = new WindowCount[Bids.BatchRows];
    private readonly ResultDigest _digest = new();
    private int _inWindowCount, _inEpochCount, _epoch = 1;

    public Outcome Outcome => _digest.Outcome;

    /// <summary>All rows are of one window: the sources cut batches at its end.</summary>
    public void Add(ReadOnlySpan<Bid> rows, long window)
    {
        for (; !rows.IsEmpty; rows = rows[Math.Min(ChunkRows, rows.Length)..])
            Count(rows[..Math.Min(ChunkRows, rows.Length)], window);
    }

    public void EmitWindow()
    {
        Entry* entries = _entries.First;
        int pending = 0;
        for (int index = 0; index < _inWindowCount; index++)
        {
            if (Sse.IsSupported) Sse.Prefetch0(entries + _inWindow[index + PrefetchAhead]);
            Entry* entry = entries + _inWindow[index];
            ref WindowCount result = ref _output[pending++];
            result.Auction = entry->Key;
            result.Window = entry->Window;
            result.Count = entry->Count;
            if (pending < _output.Length) continue;
            _digest.Add(_output);
            pending = 0;
        }
        _digest.Add(_output.AsSpan(0, pending));
        _inWindowCount = 0;
    }

    /// <summary>Copies the entries of the epoch, 24 bytes each as they lie in memory, into blobs of at most a megabyte, and begins the next
    /// epoch.</summary>
    public List<Blob> TakeDirty(MiniEpochs epochs)
    {
        var blobs = new List<Blob>();
        Entry* entries = _entries.First;
        for (int start = 0; start < _inEpochCount;)
        {
            byte[] bytes = epochs.RentBlob();
            Span<WindowCount> records = MemoryMarshal.Cast<byte, WindowCount>(bytes.AsSpan());
            int count = Math.Min(records.Length, _inEpochCount - start);
            for (int index = 0; index < count; index++)
            {
                if (Sse.IsSupported) Sse.Prefetch0(entries + _inEpoch[start + index + PrefetchAhead]);
                Entry* entry = entries + _inEpoch[start + index];
                ref WindowCount record = ref records[index];
                record.Auction = entry->Key;
                record.Window = entry->Window;
                record.Count = entry->Count;
            }
            blobs.Add(new Blob(bytes, count * sizeof(WindowCount)));
            start += count;
        }
        _inEpochCount = 0;
        _epoch++;
        return blobs;
    }

    public void Dispose() => _entries.Dispose();

    private void Count(ReadOnlySpan<Bid> rows, long window)
    {
        Entry* entries = _entries.First;
        long mask = _entries.Mask;
        int shift = _entries.Shift, epoch = _epoch;
        int* slots = stackalloc int[ChunkRows];
        bool prefetch = _entries.LargerThanCache;
        for (int row = 0; row < rows.Length; row++)
        {
            long slot = NativeEntries<Entry>.SlotOf(rows[row].Auction, shift);
            slots[row] = (int)slot;
            if (prefetch && Sse.IsSupported) Sse.Prefetch0(entries + slot);
        }

        fixed (int* inWindow = _inWindow, inEpoch = _inEpoch)
        {
            int inWindowCount = _inWindowCount, inEpochCount = _inEpochCount;
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
                inWindow[inWindowCount] = (int)slot;
                inWindowCount += (int)fresh;
                inEpoch[inEpochCount] = (int)slot;
                inEpochCount += entry->Epoch != epoch ? 1 : 0;
                entry->Key = key;
                entry->Window = window;
                entry->Count = (entry->Count & (fresh - 1)) + 1;
                entry->Epoch = epoch;
            }
            (_inWindowCount, _inEpochCount) = (inWindowCount, inEpochCount);
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Entry
    {
        public long Key, Window, Count;                 // Window 0: never used
        public int Epoch;
    }
}
