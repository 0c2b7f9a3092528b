using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Joins;

/// <summary>A row that waits for partners.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TimedRow<T>
{
    /// <summary>A partner was found, or the row was put out without one.</summary>
    public const byte Settled = 1;

    /// <summary>The journal does not have it yet.</summary>
    public const byte New = 2;

    public long Time;
    public T Row;
    public byte Flags;
}

/// <summary>The rows of one key and side, in order of time; those of equal time in order of arrival.</summary>
internal struct TimedBuffer<T>
{
    private const int FirstCapacity = 2;

    private TimedRow<T>[]? _items;
    private int _start;

    public int Count { get; private set; }

    public readonly Span<TimedRow<T>> Rows => _items.AsSpan(_start, Count);

    public void Add(in T row, long time, byte flags)
    {
        if (_items is null || _start + Count == _items.Length)
            MakeRoom();
        TimedRow<T>[] items = _items!;
        int at = _start + Count;
        while (at > _start && items[at - 1].Time > time)
            at--;
        int behind = _start + Count - at;
        if (behind > 0)
            Array.Copy(items, at, items, at + 1, behind);
        ref TimedRow<T> added = ref items[at];
        added.Time = time;
        added.Row = row;
        added.Flags = flags;
        Count++;
    }

    /// <summary>Drops the first rows.</summary>
    public void Drop(int count)
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(_items!, _start, count);
        Count -= count;
        _start = Count == 0 ? 0 : _start + count;
    }

    /// <summary>The number of rows before <paramref name="time"/>; looks from the end, where partners mostly are.</summary>
    public readonly int CountBefore(long time)
    {
        ReadOnlySpan<TimedRow<T>> rows = Rows;
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

    private void MakeRoom()
    {
        if (_items is null)
        {
            _items = new TimedRow<T>[FirstCapacity];
            return;
        }

        TimedRow<T>[] target = _start > _items.Length / 2 ? _items : new TimedRow<T>[_items.Length * 2];
        Array.Copy(_items, _start, target, 0, Count);
        if (ReferenceEquals(target, _items) && System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(_items, Count, _start);
        (_items, _start) = (target, 0);
    }
}
