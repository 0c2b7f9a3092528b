using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>The timers of one region, in one domain of time: each (key, time) at most once, fired in order of time.</summary>
/// <remarks>Timers of equal time fire in order of their keys' hashes, so that a run that is repeated fires alike. Records: 1 key time
/// (set); 0 key time (gone).</remarks>
internal sealed class TimerQueue<TKey>(string name, ShardRange shards) : IShardedState
{
    private const byte GoneRecord = 0;
    private const byte SetRecord = 1;
    private const int SpareEntries = 1024;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly PriorityQueue<TKey, (long Time, ulong Hash)> _queue = new();
    private readonly HashSet<(TKey Key, long Time)> _set = new(KeyComparer<TKey>.With<long>());
    private readonly HashSet<(TKey Key, long Time)> _changed = new(KeyComparer<TKey>.With<long>());
    private readonly List<(TKey Key, long Time)>[] _changedByShard = new List<(TKey Key, long Time)>[shards.Count];
    private readonly Dictionary<string, Codec<TKey>> _readers = new(StringComparer.Ordinal);
    private List<(TKey Key, long Time)>[]? _snapshot;

    public string Name { get; } = name;

    public Schema Schema => _keys.Schema;

    /// <summary>Entries of the queue, those of deleted timers included.</summary>
    public int QueuedEntries => _queue.Count;

    /// <summary>Timers set.</summary>
    public int Count => _set.Count;

    /// <summary>The time of the next timer; <see cref="EventTime.MaxValue"/> if there is none.</summary>
    public long NextTime
    {
        get
        {
            DropDeleted();
            return _queue.TryPeek(out _, out (long Time, ulong Hash) next) ? next.Time : EventTime.MaxValue;
        }
    }

    public bool Add(TKey key, ulong hash, long time)
    {
        if (!_set.Add((key, time)))
            return false;
        _changed.Add((key, time));
        _queue.Enqueue(key, (time, hash));
        if (_queue.Count > (2 * _set.Count) + SpareEntries)
            DropAllDeleted();
        return true;
    }

    public bool Remove(TKey key, long time)
    {
        if (!_set.Remove((key, time)))
            return false;
        _changed.Add((key, time));
        return true;
    }

    /// <summary>Takes the next timer that is due at <paramref name="now"/>.</summary>
    public bool TryTake(long now, out TKey key, out ulong hash, out long time)
    {
        DropDeleted();
        if (!_queue.TryPeek(out TKey? next, out (long Time, ulong Hash) at) || at.Time > now)
        {
            (key, hash, time) = (default!, 0, 0);
            return false;
        }

        _queue.Dequeue();
        (key, hash, time) = (next, at.Hash, at.Time);
        Remove(key, time);
        return true;
    }

    public void BeginJournal()
    {
        _snapshot = null;
        foreach ((TKey Key, long Time) timer in _changed)
            (_changedByShard[IndexOf(timer.Key)] ??= []).Add(timer);
    }

    public bool HasChanges(int shard) => _changedByShard[shard - shards.First] is { Count: > 0 };

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach ((TKey Key, long Time) timer in _changedByShard[shard - shards.First] ?? [])
            Write(writer, _set.Contains(timer) ? SetRecord : GoneRecord, timer);
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        if (_snapshot is null)
        {
            _snapshot = new List<(TKey Key, long Time)>[shards.Count];
            foreach ((TKey Key, long Time) timer in _set)
                (_snapshot[IndexOf(timer.Key)] ??= []).Add(timer);
        }

        foreach ((TKey Key, long Time) timer in _snapshot[shard - shards.First] ?? [])
            Write(writer, SetRecord, timer);
    }

    public void EndJournal()
    {
        _snapshot = null;
        _changed.Clear();
        foreach (List<(TKey Key, long Time)>? changed in _changedByShard)
            changed?.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<TKey>? codec))
            _readers[written.Text] = codec = StoredKeys.ReaderOf(_keys, written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = codec.Read(ref records);
            long time = records.ReadInt64();
            ulong hash = StoredKeys.HashOf(key, shard, shards.Map);
            if (kind == SetRecord)
                Add(key, hash, time);
            else
                _set.Remove((key, time));
        }

        _changed.Clear();
    }

    private void Write(ShardBlobWriter writer, byte kind, (TKey Key, long Time) timer)
    {
        writer.Out.WriteByte(kind);
        _keys.Write(writer.Out, timer.Key);
        writer.Out.WriteInt64(timer.Time);
        writer.EndRecord();
    }

    private int IndexOf(TKey key) => shards.Map.ShardOf(shards.HashOf(key)) - shards.First;

    /// <summary>A timer that is moved for every row leaves an entry behind each time: they must not wait until their time has
    /// come.</summary>
    private void DropAllDeleted()
    {
        _queue.Clear();
        foreach ((TKey key, long time) in _set)
            _queue.Enqueue(key, (time, shards.HashOf(key)));
    }

    private void DropDeleted()
    {
        while (_queue.TryPeek(out TKey? key, out (long Time, ulong Hash) at) && !_set.Contains((key, at.Time)))
            _queue.Dequeue();
    }
}
