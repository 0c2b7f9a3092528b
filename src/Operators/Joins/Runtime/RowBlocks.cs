using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>Where the waiting rows of one side are: blocks of 2, 4, 8, … rows, given back as soon as their key has none.</summary>
/// <remarks>
/// A block that is given back is the next to be used, so what waits stays together in the cache however many keys there are, and nothing is left to
/// the garbage collector; an array per key cost about 90 bytes a row (benchmark <c>interval-join</c>). Pages of large blocks are let go of.
/// </remarks>
internal sealed class RowBlocks<T>
{
    private const int PageBits = 10;
    private const int LargestBits = 30;

    private readonly Blocks[] _sizes = [.. Enumerable.Range(1, LargestBits).Select(static bits => new Blocks(bits))];

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
        Blocks size;
        if (buffer.Count == 0)
        {
            size = _sizes[0];
            buffer = new TimedBuffer { Block = size.Rent() };
        }
        else
        {
            size = _sizes[buffer.Size];
            if (buffer.Start + buffer.Count == size.Rows)
                size = MakeRoom(ref buffer);
        }

        Span<TimedRow<T>> rows = size.Of(buffer.Block);
        int end = buffer.Start + buffer.Count, at = end;
        while (at > buffer.Start && rows[at - 1].Time > time)
            at--;
        if (at < end)
            rows[at..end].CopyTo(rows[(at + 1)..]);
        ref TimedRow<T> added = ref rows[at];
        added.Time = time;
        added.Row = row;
        added.Flags = flags;
        buffer.Count++;
        return at == buffer.Start;
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
        _sizes[buffer.Size].Return(buffer.Block);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref TimedRow<T> FirstOf(in TimedBuffer buffer) =>
        ref Unsafe.Add(ref MemoryMarshal.GetReference(_sizes[buffer.Size].Of(buffer.Block)), buffer.Start);

    /// <summary>The block is full to its end: moves the rows to its front if half of it is free there, else into one of twice the size.</summary>
    private Blocks MakeRoom(ref TimedBuffer buffer)
    {
        Blocks size = _sizes[buffer.Size];
        Span<TimedRow<T>> rows = RowsOf(buffer);
        if (buffer.Start >= size.Rows / 2)
        {
            Span<TimedRow<T>> block = size.Of(buffer.Block);
            rows.CopyTo(block);
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                block[buffer.Count..].Clear();
            buffer.Start = 0;
            return size;
        }

        Blocks larger = _sizes[buffer.Size + 1];
        int target = larger.Rent();
        rows.CopyTo(larger.Of(target));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            rows.Clear();
        size.Return(buffer.Block);
        (buffer.Block, buffer.Start, buffer.Size) = (target, 0, (byte)(buffer.Size + 1));
        return larger;
    }

    /// <summary>The blocks of one size, in pages of about a thousand rows, or one each.</summary>
    private sealed class Blocks(int bits)
    {
        private readonly int _pageShift = Math.Max(0, PageBits - bits);
        private TimedRow<T>[]?[] _pages = [];
        private int[] _free = new int[4];
        private int _freeCount;
        private int _made;

        /// <summary>Rows in a block.</summary>
        public int Rows { get; } = 1 << bits;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Span<TimedRow<T>> Of(int block)
        {
            int inPage = block & ((1 << _pageShift) - 1);
            return _pages[block >> _pageShift].AsSpan(inPage << bits, Rows);
        }

        public int Rent()
        {
            int block = _freeCount > 0 ? _free[--_freeCount] : _made++;
            int page = block >> _pageShift;
            if (page >= _pages.Length)
                Array.Resize(ref _pages, Math.Max(4, page * 2));
            _pages[page] ??= new TimedRow<T>[Math.Max(Rows, 1 << PageBits)];
            return block;
        }

        public void Return(int block)
        {
            if (_pageShift == 0)
                _pages[block] = null;
            if (_freeCount == _free.Length)
                Array.Resize(ref _free, _freeCount * 2);
            _free[_freeCount++] = block;
        }
    }
}
