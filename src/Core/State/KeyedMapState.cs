using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>A journaled map that user code works on under the key of the present row.</summary>
internal abstract class KeyedMapState<TKey, TCell>(string name) : JournaledMap<TKey, TCell>(name)
{
    private SlotRound _round;

    protected KeyScope<TKey> Scope { get; private set; } = null!;

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope)
    {
        Open(shards);
        Scope = scope;
        return this;
    }

    /// <summary>The cell of a key, if it has one.</summary>
    protected bool TryFind(TKey key, ulong hash, out int slot) => (slot = Map.Find(key, hash)) >= 0;

    /// <summary>Looks at so many slots, and removes what is over.</summary>
    public void Sweep(int slots, ICellCleaner<TCell> cleaner)
    {
        int looks = Math.Min(slots, Map.SlotCount);
        while (_round.TryNext(Map, ref looks, out int slot))
            Clean(slot, cleaner);
    }

    /// <summary>Removes what is over of the present key.</summary>
    public void Purge(ICellCleaner<TCell> cleaner)
    {
        if (TryFind(Scope.Key, Scope.Hash, out int slot))
            Clean(slot, cleaner);
    }

    private void Clean(int slot, ICellCleaner<TCell> cleaner)
    {
        ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
        CellFate fate = cleaner.FateOf(entry.State);
        if (fate == CellFate.Keep)
            return;
        (TKey key, ulong hash) = (entry.Key, Map.HashOf(entry.Key));
        if (fate == CellFate.Remove)
        {
            Map.Remove(key, hash);
            return;
        }

        // Room may be made for it in another table: the entry is where it was no longer.
        Map.Reserve(1);
        cleaner.Trim(ref Map.Touch(key, hash));
    }

    /// <summary>The cell of the present key, added if need be, dirty from now on.</summary>
    protected ref TCell Touch()
    {
        Map.Reserve(1);
        return ref Map.Touch(Scope.Key, Scope.Hash);
    }
}
