using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Ordering;

/// <summary>What is stored of a row that waits.</summary>
/// <param name="Time">Its event time.</param>
/// <param name="Number">Its number in the order of arrival, by which the journal tells it from others.</param>
/// <param name="Row">The row.</param>
internal record struct WaitingRow<T>(long Time, long Number, T Row);

/// <summary>The rows that wait for their turn, the first at the top of a heap; all in one shard.</summary>
/// <remarks>
/// Records: 0 = a row that came; 1 = the number of a row that went. A row that came and went within one epoch is never written. Rows go by
/// number, not by their place in the order, so that a changed comparer cannot take away others than those that went.
/// </remarks>
internal sealed class WaitingRows<T> : IShardedState
{
    /// <summary>The key of all rows.</summary>
    public const byte Key = 0;

    private const byte CameRecord = 0;
    private const byte WentRecord = 1;

    private readonly Codec<WaitingRow<T>> _codec = RecordCodec.Of<WaitingRow<T>>();
    private readonly Dictionary<string, Codec<WaitingRow<T>>> _readers = new(StringComparer.Ordinal);
    private readonly int _shard;

    // The heap orders by priority alone, and the priority is the whole entry: there is no element besides it.
    private readonly PriorityQueue<byte, WaitingRow<T>> _heap;
    private readonly List<long> _went = [];
    private Dictionary<long, WaitingRow<T>>? _restored;
    private long _next;
    private long _firstOfEpoch;

    public WaitingRows(ShardRange shards, IComparer<T> comparer)
    {
        _shard = shards.Map.ShardOf(shards.HashOf(Key));
        _heap = new PriorityQueue<byte, WaitingRow<T>>(Comparer<WaitingRow<T>>.Create((a, b) =>
        {
            int order = a.Time.CompareTo(b.Time);
            if (order == 0)
                order = comparer.Compare(a.Row, b.Row);
            return order == 0 ? a.Number.CompareTo(b.Number) : order;
        }));
    }

    public string Name => "waiting";

    public Schema Schema => _codec.Schema;

    /// <summary>The restored rows enter the heap when it is first used: before, the journal may still take some away.</summary>
    private PriorityQueue<byte, WaitingRow<T>> Heap
    {
        get
        {
            if (_restored is not null)
            {
                _heap.EnqueueRange(_restored.Values.Select(row => (Key, row)));
                _restored = null;
                _firstOfEpoch = _next;
            }

            return _heap;
        }
    }

    public int Count => _heap.Count + (_restored?.Count ?? 0);

    public void Add(long time, T row) => Heap.Enqueue(Key, new WaitingRow<T>(time, _next++, row));

    /// <summary>Takes the first row if its time is below <paramref name="complete"/>; every row if that is the end of time.</summary>
    public bool TryTake(long complete, out long time, out T row)
    {
        if (!Heap.TryPeek(out _, out WaitingRow<T> first) || (first.Time >= complete && complete != EventTime.MaxValue))
        {
            (time, row) = (0, default!);
            return false;
        }

        _heap.Dequeue();
        if (first.Number < _firstOfEpoch)
            _went.Add(first.Number);
        (time, row) = (first.Time, first.Row);
        return true;
    }

    public IReadOnlyList<T> InOrder() =>
        [.. Heap.UnorderedItems.Select(item => item.Priority).Order(Heap.Comparer).Select(waiting => waiting.Row)];

    public void BeginJournal() => _ = Heap;

    public bool HasChanges(int shard) => shard == _shard && (_next > _firstOfEpoch || _went.Count > 0);

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (long number in _went)
        {
            writer.Out.WriteByte(WentRecord);
            writer.Out.WriteInt64(number);
            writer.EndRecord();
        }

        WriteFrom(_firstOfEpoch, writer);
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        if (shard == _shard)
            WriteFrom(0, writer);
    }

    public void EndJournal()
    {
        _went.Clear();
        _firstOfEpoch = _next;
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<WaitingRow<T>>? codec))
            _readers[written.Text] = codec = _codec.ReaderOf(written);
        _restored ??= [];
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case CameRecord:
                    WaitingRow<T> row = codec.Read(ref records);
                    _restored[row.Number] = row;
                    _next = Math.Max(_next, row.Number + 1);
                    break;
                case WentRecord:
                    long number = records.ReadInt64();
                    if (!_restored.Remove(number))
                        throw new CodecException($"Stored data is damaged: row {number} went, but never came.");
                    break;
                case byte kind:
                    throw new CodecException($"Stored data is damaged: a record of kind {kind} among waiting rows.");
            }
        }
    }

    private void WriteFrom(long number, ShardBlobWriter writer)
    {
        foreach ((_, WaitingRow<T> row) in _heap.UnorderedItems)
        {
            if (row.Number < number)
                continue;
            writer.Out.WriteByte(CameRecord);
            _codec.Write(writer.Out, row);
            writer.EndRecord();
        }
    }
}
