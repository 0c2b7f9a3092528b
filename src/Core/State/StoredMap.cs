using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>Key to state, journaled by shard: what an operator works on directly where user code gets a
/// <see cref="KeyedValue{TKey, T}"/>.</summary>
/// <remarks>A state that is changed must be touched, or its change is not seen by the journal.</remarks>
internal sealed class StoredMap<TKey, TState> : JournaledMap<TKey, TState>
{
    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<TState> _states = RecordCodec.Of<TState>();

    public StoredMap(string name, ShardRange shards)
        : base(name) => Open(shards);

    public override Schema Schema => PairSchema.Of(_keys.Schema, _states.Schema);

    public new StateMap<TKey, TState> Map => base.Map;

    protected override bool NotesChanges => false;

    /// <summary>The key's state, added as default if it has none, dirty from now on.</summary>
    public ref TState Touch(TKey key, ulong hash)
    {
        Map.Reserve(1);
        return ref Map.Touch(key, hash);
    }

    public ulong HashOf(TKey key) => Map.HashOf(key);

    public bool TryGet(TKey key, ulong hash, out TState state)
    {
        int slot = Map.Find(key, hash);
        state = slot < 0 ? default! : Map.At(slot).State;
        return slot >= 0;
    }

    public void Remove(TKey key, ulong hash) => Map.Remove(key, hash);

    protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

    protected override void WriteChange(BlobWriter writer, in TState cell) => _states.Write(writer, cell);

    protected override void WriteWhole(BlobWriter writer, in TState cell) => _states.Write(writer, cell);

    protected override object ReadersOf(Schema written)
    {
        Schema[] schemas = PairSchema.Split(written, 2);
        return (StoredKeys.ReaderOf(_keys, schemas[0]), _states.ReaderOf(schemas[1]));
    }

    protected override TKey ReadKey(object codecs, ref BlobReader reader) => (((Codec<TKey>, Codec<TState>))codecs).Item1.Read(ref reader);

    protected override void ApplyChange(ref TState cell, object codecs, ref BlobReader reader) =>
        cell = (((Codec<TKey>, Codec<TState>))codecs).Item2.Read(ref reader);
}

/// <summary>The entities of an operator that keeps one state per key.</summary>
internal sealed class StoredEntities<TKey,
    TState>(ShardRange shards, string name, Func<TState, object?>? shown = null, params IShardedState[] others) : EntityStates<TKey>
{
    public StoredMap<TKey, TState> States { get; } = new(name, shards);

    public override IReadOnlyList<IShardedState> Journaled => [States, .. others];

    public override IReadOnlyList<string> Names => [States.Name];

    public override object? Read(TKey key, string name) =>
        States.TryGet(key, States.HashOf(key), out TState state) ? shown is null ? state : shown(state) : null;
}
