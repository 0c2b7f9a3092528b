using ActorStreams.Core.Journal;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>What is stored of a row that waits.</summary>
internal record struct WaitingRow<T>(long Time, long Number, long Position, T Row);

/// <summary>The rows of one step of event time, in the order of their arrival until they are sorted.</summary>
internal sealed class RowBucket<T>(bool withPositions)
{
    public T[] Rows = new T[256];
    public long[] Times = new long[256];
    public ulong[] Hashes = new ulong[256];
    public long[] Numbers = new long[256];
    public long[] Positions = withPositions ? new long[256] : [];
    public int Count;

    /// <summary>Rows before this one are in the journal; of those after it their numbers tell.</summary>
    public int Journaled;

    /// <summary>Rows before this one are done with, though the bucket is not.</summary>
    public int Done;

    public bool IsSorted = true;

    public long Start { get; set; }

    public void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(Rows, 0, Count);
        (Count, Journaled, Done, IsSorted) = (0, 0, 0, true);
    }

    public void Reserve(int rows)
    {
        if (Count + rows <= Rows.Length)
            return;
        int size = Math.Max(Rows.Length * 2, Count + rows);
        Array.Resize(ref Rows, size);
        Array.Resize(ref Times, size);
        Array.Resize(ref Hashes, size);
        Array.Resize(ref Numbers, size);
        if (withPositions)
            Array.Resize(ref Positions, size);
    }

    /// <summary>By event time; rows of one time keep the order of their arrival.</summary>
    public void Sort()
    {
        if (IsSorted)
            return;
        var order = new (long Time, long Number, int At)[Count];
        for (int i = 0; i < Count; i++)
            order[i] = (Times[i], Numbers[i], i);
        Array.Sort(order);
        Rows = Arranged(Rows, order);
        Times = Arranged(Times, order);
        Hashes = Arranged(Hashes, order);
        Numbers = Arranged(Numbers, order);
        if (withPositions)
            Positions = Arranged(Positions, order);
        (IsSorted, Journaled) = (true, 0);
    }

    private static TColumn[] Arranged<TColumn>(TColumn[] column, (long Time, long Number, int At)[] order)
    {
        var arranged = new TColumn[column.Length];
        for (int i = 0; i < order.Length; i++)
            arranged[i] = column[order[i].At];
        return arranged;
    }
}

/// <summary>The rows that wait until the watermark has passed them, in buckets of one step of event time each.</summary>
/// <remarks>
/// Rows mostly come nearly in order: they are appended to the newest bucket, a chunk at a time. A bucket is sorted when the watermark has
/// passed it, if it needs to be, and goes row by row from then on, in that order. Records: 0 = a row that came; 1 = a time and a number,
/// all rows before which are gone from
/// this shard. A row that came and went within one epoch is never written.
/// </remarks>
internal sealed class RowBuckets<T>(ShardRange shards, long step, bool withPositions) : IShardedState
{
    private const byte CameRecord = 0;
    private const byte GoneRecord = 1;
    private const int SpareBuckets = 4;

    private readonly Codec<WaitingRow<T>> _codec = RecordCodec.Of<WaitingRow<T>>();
    private readonly Dictionary<string, Codec<WaitingRow<T>>> _readers = new(StringComparer.Ordinal);
    private readonly SortedList<long, RowBucket<T>> _buckets = [];
    private readonly Stack<RowBucket<T>> _spare = new();
    private readonly Place[] _stored = NoPlaces(shards.Count);
    private readonly List<(RowBucket<T> Bucket, int Row)>[] _cameByShard = new List<(RowBucket<T>, int)>[shards.Count];
    private readonly List<(ulong Hash, WaitingRow<T> Row)> _restored = [];
    private RowBucket<T>? _newest;
    private long _nextNumber;
    private long _journaledNumber;
    private Place _gone = Place.First;
    private Place _goneJournaled = Place.First;

    public string Name => "waiting";

    public Schema Schema => _codec.Schema;

    public int Count => _buckets.Values.Sum(bucket => bucket.Count - bucket.Done) + _restored.Count;

    /// <summary>The number of the next row that is added.</summary>
    public long NextNumber => _nextNumber;

    /// <summary>Rows that come from now on have this number at least.</summary>
    public void NumberFrom(long number) => _nextNumber = Math.Max(_nextNumber, number);

    /// <summary>The hash of a restored row of a shard; set before the first use.</summary>
    public Func<T, int, ulong> HashOfStored { get; init; } = static (_, _) => 0;

    /// <summary>The rows of an operator's keys.</summary>
    public static RowBuckets<T> Of<TKey>(ShardRange shards, Func<T, TKey> keyOf, long step, bool withPositions) =>
        new(shards, step, withPositions) { HashOfStored = (row, shard) => StoredKeys.HashOf(keyOf(row), shard, shards.Map) };

    public long StepOf(long time) => time is EventTime.MinValue or EventTime.MaxValue ? time : EventTime.FloorDiv(time, step) * step;

    /// <summary>Appends rows <paramref name="from"/> to <paramref name="to"/>, all of whose times are within one step.</summary>
    public void Add(in Chunk<T> chunk, ulong[] hashes, int from, int to)
    {
        if (_restored.Count > 0)
            TakeIn();
        RowBucket<T> bucket = BucketOf(chunk.Times[from]);
        int count = to - from;
        bucket.Reserve(count);
        chunk.Rows[from..to].CopyTo(bucket.Rows.AsSpan(bucket.Count));
        hashes.AsSpan(from, count).CopyTo(bucket.Hashes.AsSpan(bucket.Count));
        if (withPositions)
        {
            for (int row = 0; row < count; row++)
                bucket.Positions[bucket.Count + row] = chunk.PositionOf(from + row);
        }

        long last = bucket.Count == 0 ? long.MinValue : bucket.Times[bucket.Count - 1];
        bool isSorted = bucket.IsSorted;
        for (int row = 0; row < count; row++)
        {
            long time = chunk.Times[from + row];
            isSorted &= time >= last;
            last = time;
            bucket.Times[bucket.Count + row] = time;
            bucket.Numbers[bucket.Count + row] = _nextNumber++;
        }

        bucket.IsSorted = isSorted;
        bucket.Count += count;
    }

    /// <summary>The oldest bucket if all of it is before <paramref name="complete"/>, sorted.</summary>
    public RowBucket<T>? Peek(long complete)
    {
        if (_restored.Count > 0)
            TakeIn();
        if (_buckets.Count == 0)
            return null;
        RowBucket<T> oldest = _buckets.GetValueAtIndex(0);
        if (oldest.Start >= complete && complete != EventTime.MaxValue)
            return null;
        oldest.Sort();
        return oldest;
    }

    /// <summary>The oldest bucket is done with.</summary>
    public void Drop()
    {
        RowBucket<T> oldest = _buckets.GetValueAtIndex(0);
        _buckets.RemoveAt(0);
        if (_newest == oldest)
            _newest = null;
        oldest.Clear();
        if (_spare.Count < SpareBuckets)
            _spare.Push(oldest);
    }

    /// <summary>Rows before <paramref name="time"/> are done with, in the journal too.</summary>
    public void GoneBefore(long time) => Gone(new Place(time, long.MinValue));

    /// <summary>The rows of the oldest bucket before row <paramref name="at"/> are done with, in the journal too.</summary>
    public void DoneTo(int at)
    {
        RowBucket<T> oldest = _buckets.GetValueAtIndex(0);
        oldest.Done = at;

        // No row can come any more for a bucket that had its turn: if all of it is done with, all of its time is.
        Gone(at < oldest.Count
            ? new Place(oldest.Times[at], oldest.Numbers[at])
            : new Place(EventTime.AddSaturated(oldest.Start, step), long.MinValue));
    }

    /// <summary>All rows that wait, in the order of their arrival.</summary>
    public IEnumerable<(T Row, long Time, ulong Hash, long Number, long Position)> InOrderOfArrival()
    {
        if (_restored.Count > 0)
            TakeIn();
        return _buckets.Values.SelectMany(bucket => Enumerable.Range(bucket.Done, bucket.Count - bucket.Done).Select(row =>
                (bucket.Rows[row], bucket.Times[row], bucket.Hashes[row], bucket.Numbers[row], withPositions ? bucket.Positions[row]
                    : Position.None)))
            .OrderBy(row => row.Item4);
    }

    /// <summary>The rows of a key, in no promised order.</summary>
    public IReadOnlyList<T> Of<TKey>(TKey key, Func<T, TKey> keyOf)
    {
        ulong hash = shards.HashOf(key);
        if (_restored.Count > 0)
            TakeIn();
        var rows = new List<T>();
        foreach (RowBucket<T> bucket in _buckets.Values)
        {
            for (int i = bucket.Done; i < bucket.Count; i++)
            {
                if (bucket.Hashes[i] == hash && EqualityComparer<TKey>.Default.Equals(keyOf(bucket.Rows[i]), key))
                    rows.Add(bucket.Rows[i]);
            }
        }

        return rows;
    }

    public void BeginJournal()
    {
        if (_restored.Count > 0)
            TakeIn();
        foreach (RowBucket<T> bucket in _buckets.Values)
        {
            for (int row = Math.Max(bucket.Journaled, bucket.Done); row < bucket.Count; row++)
            {
                if (bucket.Numbers[row] >= _journaledNumber)
                    (_cameByShard[IndexOf(bucket.Hashes[row])] ??= []).Add((bucket, row));
            }
        }
    }

    public bool HasChanges(int shard) => HasGone(shard - shards.First) || _cameByShard[shard - shards.First] is { Count: > 0 };

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        int index = shard - shards.First;
        if (HasGone(index))
            WriteGone(writer);
        foreach ((RowBucket<T> bucket, int row) in _cameByShard[index] ?? [])
            Write(bucket, row, writer);
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        foreach (RowBucket<T> bucket in _buckets.Values)
        {
            for (int row = bucket.Done; row < bucket.Count; row++)
            {
                if (shards.Map.ShardOf(bucket.Hashes[row]) == shard)
                    Write(bucket, row, writer);
            }
        }
    }

    public void EndJournal()
    {
        (_journaledNumber, _goneJournaled) = (_nextNumber, _gone);
        foreach (RowBucket<T> bucket in _buckets.Values)
            bucket.Journaled = bucket.Count;
        for (int index = 0; index < _cameByShard.Length; index++)
        {
            foreach ((RowBucket<T> bucket, int row) in _cameByShard[index] ?? [])
                Stored(index, new Place(bucket.Times[row], bucket.Numbers[row]));
        }

        foreach (List<(RowBucket<T>, int)>? came in _cameByShard)
            came?.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<WaitingRow<T>>? codec))
            _readers[written.Text] = codec = _codec.ReaderOf(written);
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case CameRecord:
                    WaitingRow<T> row = codec.Read(ref records);
                    _journaledNumber = _nextNumber = Math.Max(_nextNumber, row.Number + 1);
                    _restored.Add((HashOfStored(row.Row, shard), row));
                    Stored(shard - shards.First, new Place(row.Time, row.Number));
                    break;
                case GoneRecord:
                    var gone = new Place(records.ReadInt64(), records.ReadInt64());
                    _restored.RemoveAll(one => new Place(one.Row.Time, one.Row.Number) < gone && shards.Map.ShardOf(one.Hash) == shard);
                    break;
                case byte kind:
                    throw new CodecException($"Stored data is damaged: a record of kind {kind} among waiting rows.");
            }
        }
    }

    private static Place[] NoPlaces(int count)
    {
        var places = new Place[count];
        Array.Fill(places, Place.First);
        return places;
    }

    /// <summary>Whether the journal has rows of the shard that may have gone since.</summary>
    private bool HasGone(int index) => _gone > _goneJournaled && !(_stored[index] < _goneJournaled) && _stored[index] != Place.First;

    private void Stored(int index, Place place) => _stored[index] = place > _stored[index] ? place : _stored[index];

    private void Gone(Place place) => _gone = place > _gone ? place : _gone;

    private int IndexOf(ulong hash) => shards.Map.ShardOf(hash) - shards.First;

    private RowBucket<T> BucketOf(long time)
    {
        long start = EventTime.FloorDiv(time, step) * step;
        if (_newest is { } newest && newest.Start == start)
            return newest;
        if (!_buckets.TryGetValue(start, out RowBucket<T>? bucket))
        {
            if (!_spare.TryPop(out bucket))
                bucket = new RowBucket<T>(withPositions);
            bucket.Start = start;
            _buckets.Add(start, bucket);
        }

        return _newest = bucket;
    }

    /// <summary>The restored rows enter the buckets when these are first used: before, the journal may still take some away.</summary>
    private void TakeIn()
    {
        foreach ((ulong hash, WaitingRow<T> row) in _restored.OrderBy(one => one.Row.Number))
        {
            RowBucket<T> bucket = BucketOf(row.Time);
            bucket.Reserve(1);
            int at = bucket.Count++;
            bucket.IsSorted &= at == 0 || row.Time >= bucket.Times[at - 1];
            (bucket.Rows[at], bucket.Times[at], bucket.Hashes[at], bucket.Numbers[at]) = (row.Row, row.Time, hash, row.Number);
            if (withPositions)
                bucket.Positions[at] = row.Position;
            bucket.Journaled = bucket.Count;
        }

        _restored.Clear();
    }

    private void WriteGone(ShardBlobWriter writer)
    {
        writer.Out.WriteByte(GoneRecord);
        writer.Out.WriteInt64(_gone.Time);
        writer.Out.WriteInt64(_gone.Number);
        writer.EndRecord();
    }

    private void Write(RowBucket<T> bucket, int row, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(CameRecord);
        _codec.Write(writer.Out,
            new WaitingRow<T>(bucket.Times[row], bucket.Numbers[row], withPositions ? bucket.Positions[row] : Position.None,
            bucket.Rows[row]));
        writer.EndRecord();
    }
}
