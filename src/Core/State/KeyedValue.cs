using ActorStreams.Core.Codecs;
using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

internal sealed class KeyedValue<TKey, T>(string name, T initial, Codec<T>? codec = null) : ValueState<T>, IKeyedState<TKey>
{
    private readonly Cells _cells = new(name, codec ?? RecordCodec.Of<T>());

    public string Name => _cells.Name;

    public override bool HasValue => _cells.Find(out _);

    public override T Value
    {
        get => _cells.Find(out T value) ? value : initial;
        set => _cells.Set(value);
    }

    public override void Clear() => _cells.Remove();

    public IShardedState Bind(Keys.ShardRange shards, KeyScope<TKey> scope) => _cells.Bind(shards, scope);

    public bool TryGet(out T value) => _cells.Find(out value);

    public bool TryGet(TKey key, ulong hash, out T value) => _cells.Find(key, hash, out value);

    public void Sweep(int slots, ICellCleaner<T> cleaner) => _cells.Sweep(slots, cleaner);

    public void Purge(ICellCleaner<T> cleaner) => _cells.Purge(cleaner);

    public object? Read(TKey key, ulong hash) => _cells.Find(key, hash, out T value) ? value : null;

    private sealed class Cells(string name, Codec<T> values) : KeyedMapState<TKey, T>(name)
    {
        private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
        private readonly bool _isBounded = NestingBound<T>.IsNeeded;

        public override Schema Schema => PairSchema.Of(_keys.Schema, values.Schema);

        protected override bool NotesChanges => false;

        public bool Find(out T value) => Find(Scope.Key, Scope.Hash, out value);

        public bool Find(TKey key, ulong hash, out T value)
        {
            bool found = TryFind(key, hash, out int slot);
            value = found ? Map.At(slot).State : default!;
            return found;
        }

        public void Set(T value)
        {
            if (_isBounded)
                NestingBound<T>.Checked(value);
            if (Scope.Undo is not null)
                NoteBefore();
            Touch() = value;
        }

        public void Remove()
        {
            if (!Find(out _))
                return;
            if (Scope.Undo is not null)
                NoteBefore();
            Map.Remove(Scope.Key, Scope.Hash);
        }

        /// <summary>In a method of its own: where nothing is undone, nothing is captured.</summary>
        private void NoteBefore()
        {
            bool had = Find(out T before);
            Scope.Undo!.Add(() =>
            {
                if (had)
                    Touch() = before;
                else
                    Map.Remove(Scope.Key, Scope.Hash);
            });
        }

        protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

        protected override void WriteChange(BlobWriter writer, in T cell) => values.Write(writer, cell);

        protected override void WriteWhole(BlobWriter writer, in T cell) => values.Write(writer, cell);

        protected override object ReadersOf(Schema written)
        {
            Schema[] schemas = PairSchema.Split(written, 2);
            return (StoredKeys.ReaderOf(_keys, schemas[0]), StoredTimes.ReaderOf(values, schemas[1]));
        }

        protected override TKey ReadKey(object codecs, ref BlobReader reader) => (((Codec<TKey>, Codec<T>))codecs).Item1.Read(ref reader);

        protected override void ApplyChange(ref T cell, object codecs, ref BlobReader reader) =>
            cell = (((Codec<TKey>, Codec<T>))codecs).Item2.Read(ref reader);
    }
}
