using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>The lives of the entities of some shards: when each was written last, and whether it is over.</summary>
/// <param name="timeToLive">How long they live.</param>
/// <param name="shards">The shards.</param>
/// <param name="renewed">Journals that an entity lives longer without an event.</param>
/// <param name="remove">Removes an entity that is over for good.</param>
internal sealed class EntityLives<TKey>(TimeToLive timeToLive, ShardRange shards, Action<TKey, ulong, long> renewed, Action<TKey,
    ulong> remove)
{
    private const int SlotsPerRow = 4, SlotsPerWatermark = 256;

    private readonly StateMap<TKey, long> _times = new(shards);
    private readonly Lives _lives = new(timeToLive);
    private SlotRound _round;

    /// <summary>A row comes; some of what is over is removed.</summary>
    public void OnRow(long time, long watermark, TimeProvider clock)
    {
        _lives.Clock.Use(clock);
        _lives.Clock.OnRow(time, watermark);
        Sweep(SlotsPerRow);
    }

    public void OnWatermark(long watermark)
    {
        _lives.Clock.OnWatermark(watermark);
        Sweep(SlotsPerWatermark);
    }

    public void StandAt(long watermark, long clockTime) => _lives.Clock.StandAt(watermark, clockTime);

    /// <summary>Whether an entity is there and not over.</summary>
    public bool IsAlive(TKey key, ulong hash) => _times.Find(key, hash) is >= 0 and int slot && !_lives.IsOver(_times.At(slot).State);

    public bool IsOver(TKey key, ulong hash) => _times.Find(key, hash) is >= 0 and int slot && _lives.IsOver(_times.At(slot).State);

    public bool IsOverOutside(TKey key, ulong hash) => _times.Find(key, hash) is >= 0 and int slot
        && _lives.IsOverOutside(_times.At(slot).State);

    /// <summary>When it was written last.</summary>
    public long? AtOf(TKey key, ulong hash) => _times.Find(key, hash) is >= 0 and int slot && _times.At(slot).State is var at
        && at != Lives.Unknown ? at : null;

    /// <summary>Events are added to an entity.</summary>
    /// <returns>The time of its life from now on.</returns>
    public long OnWritten(TKey key, ulong hash)
    {
        int slot = _times.Find(key, hash);
        long at = slot < 0 ? _lives.Now : _lives.StampOver(_times.At(slot).State);
        Set(key, hash, at);
        return at;
    }

    /// <summary>An entity was looked at, and no event was added.</summary>
    public void OnRead(TKey key, ulong hash)
    {
        if (!timeToLive.RenewedByReads || _times.Find(key, hash) is not (>= 0 and int slot) || _lives.IsOver(_times.At(slot).State))
            return;
        long before = _times.At(slot).State, at = _lives.StampOver(before);
        if (at != before)
            Renew(key, hash, at);
    }

    public void Restore(TKey key, ulong hash, long at) => Set(key, hash, at);

    public void Forget(TKey key, ulong hash) => _times.Remove(key, hash);

    /// <summary>The times are journaled with the events: the table has nothing of its own to be written.</summary>
    public void EndJournal() => _times.ClearDirty();

    private void Renew(TKey key, ulong hash, long at)
    {
        Set(key, hash, at);
        renewed(key, hash, at);
    }

    private void Set(TKey key, ulong hash, long at)
    {
        _times.Reserve(1);
        _times.Touch(key, hash) = at;
    }

    /// <summary>Looks at so many slots: removes entities that are over for good, and begins the lives of those whose times
    /// are not known.</summary>
    private void Sweep(int slots)
    {
        int looks = Math.Min(slots, _times.SlotCount);
        while (_round.TryNext(_times, ref looks, out int slot))
        {
            ref StateMap<TKey, long>.Entry entry = ref _times.At(slot);
            (TKey key, ulong hash, long at) = (entry.Key, _times.HashOf(entry.Key), entry.State);
            if (at == Lives.Unknown && _lives.Knows)
            {
                Renew(key, hash, _lives.Floor);
            }
            else if (_lives.IsGone(at))
            {
                _times.Remove(key, hash);
                remove(key, hash);
            }
        }
    }
}
