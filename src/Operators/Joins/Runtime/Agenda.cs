using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>Keys by the slice of event time in which something is due for them; those of the earliest slice come first.</summary>
/// <remarks>It follows from the state: it is not stored but made anew. A key that was moved stays where it was too; who takes it there sees
/// that.</remarks>
internal sealed class Agenda<TKey>
{
    private const int Near = 64;

    private readonly PriorityQueue<long, long> _order = new();
    private readonly Dictionary<long, List<(TKey Key, ulong Hash)>> _slices = [];
    private readonly Stack<List<(TKey Key, ulong Hash)>> _spare = new();
    private readonly (long Slice, List<(TKey Key, ulong Hash)>? Keys)[] _near = new (long, List<(TKey Key, ulong Hash)>?)[Near];
    private int _next;

    public void Add(long slice, TKey key, ulong hash)
    {
        // Most keys are due in one of a few slices: no need to ask the dictionary.
        ref (long Slice, List<(TKey Key, ulong Hash)>? Keys) near = ref _near[(int)slice & (Near - 1)];
        if (near.Keys is null || near.Slice != slice)
            near = (slice, KeysOf(slice));
        near.Keys!.Add((key, hash));
    }

    /// <summary>Takes a key of the earliest slice, if that is at most <paramref name="last"/>.</summary>
    public bool TryTake(long last, out long slice, out TKey key, out ulong hash)
    {
        ReadOnlySpan<(TKey Key, ulong Hash)> taken = Take(last, 1, out slice);
        (key, hash) = taken.IsEmpty ? (default!, 0) : taken[0];
        return !taken.IsEmpty;
    }

    /// <summary>Takes some keys of the earliest slice, if that is at most <paramref name="last"/>.</summary>
    /// <returns>At most <paramref name="count"/>; none if none are due. Valid until a key is added to the same slice.</returns>
    public ReadOnlySpan<(TKey Key, ulong Hash)> Take(long last, int count, out long slice)
    {
        while (_order.TryPeek(out slice, out _) && slice <= last)
        {
            List<(TKey Key, ulong Hash)> keys = _slices[slice];
            if (_next < keys.Count)
            {
                ReadOnlySpan<(TKey Key, ulong Hash)> taken = CollectionsMarshal.AsSpan(keys)
                    .Slice(_next, Math.Min(count, keys.Count - _next));
                _next += taken.Length;
                return taken;
            }

            if (_near[(int)slice & (Near - 1)].Slice == slice)
                _near[(int)slice & (Near - 1)] = default;
            _order.Dequeue();
            _slices.Remove(slice);
            keys.Clear();
            _spare.Push(keys);
            _next = 0;
        }

        slice = 0;
        return [];
    }

    private List<(TKey Key, ulong Hash)> KeysOf(long slice)
    {
        if (!_slices.TryGetValue(slice, out List<(TKey Key, ulong Hash)>? keys))
        {
            if (!_spare.TryPop(out keys))
                keys = [];
            _slices[slice] = keys;
            if (_order.TryPeek(out long first, out _) && slice < first)
                DropTaken(first);
            _order.Enqueue(slice, slice);
        }

        return keys;
    }

    /// <summary>An earlier slice comes in front of one that was begun.</summary>
    private void DropTaken(long begun)
    {
        _slices[begun].RemoveRange(0, _next);
        _next = 0;
    }
}
