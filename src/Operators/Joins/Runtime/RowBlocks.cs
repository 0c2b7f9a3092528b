using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>Where the waiting rows of one side are: blocks of 2, 4, 8, … rows, given back as soon as their key has none.</summary>
/// <remarks>
/// A block that is given back is the next to be used, so what waits stays together in the cache however many keys there are, and nothing is
/// left to the garbage collector; an array per key cost about 90 bytes a row (benchmark <c>interval-join</c>). Pages of large blocks are
/// let go of.
/// </remarks>
internal sealed class RowBlocks<T>
{
    private const int PageBits = 10;
    private const int LargestBits = 30;

    /// <summary>By size, then by page.</summary>
    private readonly TimedRow<T>[]?[][] _pages = new TimedRow<T>[]?[LargestBits][];
    private readonly FreeBlocks[] _free = new FreeBlocks[LargestBits];

    public RowBlocks() => Array.Fill(_pages, []);

    /// <summary>The rows of a buffer; valid until the next <see cref="Add"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<TimedRow<T>> RowsOf(in TimedBuffer buffer) =>
        buffer.Count == 0 ? default : MemoryMarshal.CreateSpan(ref FirstOf(buffer), buffer.Count);

    /// <summary>Fetches the first rows of a buffer that is needed soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(in TimedBuffer buffer)
    {
        if (!Sse.IsSupported || buffer.Count == 0)
            return;
        var first = (byte*)Unsafe.AsPointer(ref Unsafe.As<TimedRow<T>, byte>(ref FirstOf(buffer)));
        Sse.Prefetch0(first);
        Sse.Prefetch0(first + 64);
    }

    /// <summary>Adds a row in order of time.</summary>
    /// <returns>Whether it is the first now.</returns>
    public bool Add(ref TimedBuffer buffer, in T row, long time, byte flags)
    {
        if (buffer.Count == 0)
            buffer = new TimedBuffer { Block = Rent(0) };
        else if (buffer.Start + buffer.Count == RowsIn(buffer.Size))
            MakeRoom(ref buffer);
        ref TimedRow<T> first = ref FirstOf(buffer);
        int at = buffer.Count;
        while (at > 0 && Unsafe.Add(ref first, at - 1).Time > time)
            at--;
        if (at < buffer.Count)
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, at), buffer.Count - at)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, at + 1), buffer.Count - at));
        ref TimedRow<T> added = ref Unsafe.Add(ref first, at);
        added.Time = time;
        added.Row = row;
        added.Flags = flags;
        buffer.Count++;
        return at == 0;
    }

    /// <summary>Drops the first rows.</summary>
    public void Drop(ref TimedBuffer buffer, int count)
    {
        Debug.Assert(count <= buffer.Count, "only what is there");
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            RowsOf(buffer)[..count].Clear();
        buffer.Start += count;
        buffer.Count -= count;
        if (buffer.Count > 0)
            return;
        Return(buffer.Size, buffer.Block);
        buffer = default;
    }

    /// <summary>Drops every row.</summary>
    public void Clear(ref TimedBuffer buffer)
    {
        if (buffer.Count > 0)
            Drop(ref buffer, buffer.Count);
    }

    /// <summary>The number of rows before <paramref name="time"/>; looks from the end, where partners mostly are.</summary>
    public static int CountBefore(ReadOnlySpan<TimedRow<T>> rows, long time)
    {
        int low = 0, high = rows.Length;
        if (high > 16)
        {
            while (high - low > 8)
            {
                int middle = (low + high) >>> 1;
                if (rows[middle].Time < time)
                    low = middle + 1;
                else
                    high = middle;
            }
        }

        while (high > low && rows[high - 1].Time >= time)
            high--;
        return high;
    }

    private static int RowsIn(int size) => 2 << size;

    /// <summary>Blocks in a page, as a power of two: about a thousand rows, or one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PageShift(int size) => Math.Max(0, PageBits - 1 - size);

    /// <summary>Blocks are told by number and never leave this class, so nothing here is checked against the length of a page: that would
    /// be one more line to fetch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref TimedRow<T> FirstOf(int size, int block)
    {
        int shift = PageShift(size);
        nint inPage = (nint)(block & ((1 << shift) - 1)) << (size + 1);
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_pages[size][block >> shift]!), inPage);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref TimedRow<T> FirstOf(in TimedBuffer buffer) => ref Unsafe.Add(ref FirstOf(buffer.Size, buffer.Block), buffer.Start);

    /// <summary>The block is full to its end: moves the rows to its front if half of it is free there, else into one of twice the
    /// size.</summary>
    private void MakeRoom(ref TimedBuffer buffer)
    {
        int size = buffer.Size;
        Span<TimedRow<T>> rows = RowsOf(buffer);
        if (buffer.Start >= RowsIn(size) / 2)
        {
            Span<TimedRow<T>> block = MemoryMarshal.CreateSpan(ref FirstOf(size, buffer.Block), RowsIn(size));
            rows.CopyTo(block);
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                block[buffer.Count..].Clear();
            buffer.Start = 0;
            return;
        }

        int target = Rent(size + 1);
        rows.CopyTo(MemoryMarshal.CreateSpan(ref FirstOf(size + 1, target), buffer.Count));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            rows.Clear();
        Return(size, buffer.Block);
        (buffer.Block, buffer.Start, buffer.Size) = (target, 0, (byte)(size + 1));
    }

    private int Rent(int size)
    {
        ref FreeBlocks free = ref _free[size];
        if (free.Count > 0 && PageShift(size) > 0)
            return free.Numbers[--free.Count];
        int block = free.Count > 0 ? free.Numbers[--free.Count] : free.Made++;
        int page = block >> PageShift(size);
        if (page >= _pages[size].Length)
            Array.Resize(ref _pages[size], Math.Max(4, page * 2));
        _pages[size][page] ??= new TimedRow<T>[Math.Max(RowsIn(size), 1 << PageBits)];
        return block;
    }

    private void Return(int size, int block)
    {
        if (PageShift(size) == 0)
            _pages[size][block] = null;
        ref FreeBlocks free = ref _free[size];
        if (free.Numbers is null || free.Count == free.Numbers.Length)
            Array.Resize(ref free.Numbers, Math.Max(4, free.Count * 2));
        free.Numbers[free.Count++] = block;
    }

    /// <summary>The blocks of one size that nobody uses, the last one given back on top.</summary>
    private struct FreeBlocks
    {
        public int[] Numbers;
        public int Count;

        /// <summary>Blocks there have ever been.</summary>
        public int Made;
    }
}
