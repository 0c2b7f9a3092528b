using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.State;

/// <summary>What the states of user code share: a journaled map that is worked on under the key of the present row.</summary>
internal abstract class KeyedMapState<TKey, TCell>(string name) : JournaledMap<TKey, TCell>(name)
{
    protected KeyScope<TKey> Scope { get; private set; } = null!;

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope)
    {
        Open(shards);
        Scope = scope;
        return this;
    }

    /// <summary>The cell of a key, if it has one.</summary>
    protected bool TryFind(TKey key, ulong hash, out int slot) => (slot = Map.Find(key, hash)) >= 0;

    /// <summary>The cell of the present key, added if need be, dirty from now on.</summary>
    protected ref TCell Touch()
    {
        Map.Reserve(1);
        return ref Map.Touch(Scope.Key, Scope.Hash);
    }
}
