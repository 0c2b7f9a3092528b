using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>What is stored of a row in a frame, or on its way to one.</summary>
internal record struct FrameRow<T>(long Time, long Position, T Row);

/// <summary>The rows of one key in the order of event time, then of arrival: first those in the frame, then those that wait.</summary>
internal sealed class KeyFrame<T, TAcc>
{
    private Slot[] _slots = new Slot[4];
    private int _head;
    private int _firstNew = int.MaxValue;

    public int Count { get; private set; }

    /// <summary>So many rows, from the first on, are in the frame; the others wait.</summary>
    public int Done { get; set; }

    /// <summary>So many rows of the frame, from the first on, are on the first of two stacks.</summary>
    public int Front { get; set; }

    /// <summary>Rows since the last result, where not every row has one.</summary>
    public int Fresh { get; set; }

    /// <summary>How many results there were, where not every row has one.</summary>
    public int Panes { get; set; }

    /// <summary>When the key is looked at next; not stored.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>What the rows of the frame add up to; not stored, null if it must be computed anew.</summary>
    public FrameFold<TAcc>? Fold { get; set; }

    /// <summary>How many rows that the journal holds have left.</summary>
    public int Dropped { get; private set; }

    /// <summary>The journal must hold all of it anew.</summary>
    public bool IsWhole { get; private set; } = true;

    public bool HasWaiting => Done < Count;

    /// <summary>Where rows may be that the journal does not hold; rows before it are held.</summary>
    public int FirstNew => Math.Min(_firstNew, Count);

    public ref FrameRow<T> this[int index] => ref _slots[_head + index].Row;

    public bool IsNew(int index) => _slots[_head + index].IsNew;

    /// <summary>Adds a row behind all that are not later.</summary>
    public void Insert(in FrameRow<T> row)
    {
        int at = Count;
        if (Count > 0 && this[Count - 1].Time > row.Time)
        {
            int low = 0;
            while (low < at)
            {
                int middle = (low + at) >>> 1;
                if (this[middle].Time > row.Time)
                    at = middle;
                else
                    low = middle + 1;
            }
        }

        if (_head + Count == _slots.Length)
            MakeRoom();
        Array.Copy(_slots, _head + at, _slots, _head + at + 1, Count - at);
        _slots[_head + at] = new Slot { Row = row, IsNew = true };
        _firstNew = Math.Min(_firstNew, at);
        Count++;
    }

    /// <summary>The first row leaves the frame.</summary>
    public void DropFirst()
    {
        ref Slot slot = ref _slots[_head];
        if (!slot.IsNew)
            Dropped++;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            slot = default;
        _head++;
        Count--;
        Done--;
        if (_firstNew is > 0 and < int.MaxValue)
            _firstNew--;
    }

    /// <summary>Takes a row out of the middle.</summary>
    public void RemoveAt(int index)
    {
        IsWhole |= !IsNew(index);
        Count--;
        Array.Copy(_slots, _head + index + 1, _slots, _head + index, Count - index);
        _slots[_head + Count] = default;
        if (_firstNew > index && _firstNew < int.MaxValue)
            _firstNew--;
    }

    /// <summary>Drops rows as the journal says they were dropped.</summary>
    public void RestoreDropped(int rows)
    {
        if (rows > Count)
            throw new CodecException($"Stored data is damaged: {rows} rows left a frame that had {Count}.");
        Array.Clear(_slots, _head, rows);
        _head += rows;
        Count -= rows;
    }

    /// <summary>The journal holds all there is.</summary>
    public void OnJournaled()
    {
        for (int row = FirstNew; row < Count; row++)
            _slots[_head + row].IsNew = false;
        (_firstNew, Dropped, IsWhole) = (int.MaxValue, 0, false);
    }

    private void MakeRoom()
    {
        Slot[] slots = _head > _slots.Length / 2 ? _slots : new Slot[_slots.Length * 2];
        Array.Copy(_slots, _head, slots, 0, Count);
        if (slots == _slots)
            Array.Clear(slots, Count, slots.Length - Count);
        (_slots, _head) = (slots, 0);
    }

    private struct Slot
    {
        public FrameRow<T> Row;

        /// <summary>The journal does not hold it yet.</summary>
        public bool IsNew;
    }
}

/// <summary>The accumulators of a frame.</summary>
internal sealed class FrameFold<TAcc>
{
    /// <summary>All rows of the frame; of two stacks, those on the second one.</summary>
    public TAcc Back = default!;

    /// <summary>The first stack: at i, the last i + 1 of the rows that were on it when it was filled.</summary>
    public TAcc[] Suffixes = [];
}
