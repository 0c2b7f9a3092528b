using ActorStreams.Core.Codecs;
using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

internal sealed class KeyedMap<TKey, TField, T>(string name, Codec<T>? codec = null) : MapState<TField, T>, IKeyedState<TKey>
    where TField : notnull
{
    private static readonly Dictionary<TField, T> s_empty = [];

    private readonly Cells _cells = new(name, codec ?? RecordCodec.Of<T>());
    private readonly bool _isBounded = NestingBound<TField>.IsNeeded || NestingBound<T>.IsNeeded;

    public string Name => _cells.Name;

    public override IReadOnlyDictionary<TField, T> Entries => _cells.Find() ?? s_empty;

    public override void Put(TField field, T value)
    {
        if (_isBounded)
            (_, _) = (NestingBound<TField>.Checked(field), NestingBound<T>.Checked(value));
        _cells.Put(field, value);
    }

    public override bool Remove(TField field) => _cells.Remove(field);

    public override void Clear() => _cells.Remove();

    public override bool TryGet(TField field, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        value = default;
        return _cells.Find() is { } entries && entries.TryGetValue(field, out value);
    }

    public IShardedState Bind(Keys.ShardRange shards, KeyScope<TKey> scope) => _cells.Bind(shards, scope);

    /// <summary>Every key with its entries; the map must not change meanwhile.</summary>
    public IEnumerable<(TKey Key, ulong Hash, IReadOnlyDictionary<TField, T> Entries)> All() => _cells.All();

    public Dictionary<TField, T>? Find() => _cells.Find();

    public Dictionary<TField, T>? Find(TKey key, ulong hash) => _cells.Find(key, hash);

    public void Sweep(int slots, ICellCleaner<Cell> cleaner) => _cells.Sweep(slots, cleaner);

    public void Purge(ICellCleaner<Cell> cleaner) => _cells.Purge(cleaner);

    public object? Read(TKey key, ulong hash) => _cells.Find(key, hash) is { } entries ? new Dictionary<TField, T>(entries) : null;

    /// <summary>A map, and the fields that changed in this epoch; null: all of it must be journaled.</summary>
    internal struct Cell
    {
        public Dictionary<TField, T> Entries;
        public HashSet<TField>? Changed;
    }

    private sealed class Cells(string name, Codec<T> values) : KeyedMapState<TKey, Cell>(name)
    {
        private const byte Changes = 1;
        private const byte Whole = 2;

        private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
        private readonly Codec<TField> _fields = RecordCodec.Of<TField>();

        public override Schema Schema => PairSchema.Of(_keys.Schema, _fields.Schema, values.Schema, new Schema("map"));

        public Dictionary<TField, T>? Find() => Find(Scope.Key, Scope.Hash);

        public Dictionary<TField, T>? Find(TKey key, ulong hash) => TryFind(key, hash, out int slot) ? Map.At(slot).State.Entries : null;

        public IEnumerable<(TKey, ulong, IReadOnlyDictionary<TField, T>)> All()
        {
            for (int slot = 0; slot < Map.SlotCount; slot++)
            {
                if (Map.IsLive(Map.At(slot)))
                    yield return (Map.At(slot).Key, Map.HashOf(Map.At(slot).Key), Map.At(slot).State.Entries);
            }
        }

        public void Put(TField field, T value)
        {
            if (Find() is not { } entries)
            {
                Scope.Undo?.Add(() => Map.Remove(Scope.Key, Scope.Hash));
                Touch() = new Cell { Entries = new Dictionary<TField, T> { [field] = value } };
                return;
            }

            if (Scope.Undo is not null)
                NoteBefore(entries, field);
            Touch().Changed?.Add(field);
            entries[field] = value;
        }

        public bool Remove(TField field)
        {
            if (Find() is not { } entries || !entries.ContainsKey(field))
                return false;
            if (Scope.Undo is not null)
                NoteBefore(entries, field);
            entries.Remove(field);
            Touch().Changed?.Add(field);
            return true;
        }

        public void Remove()
        {
            if (Find() is not { } before)
                return;
            if (Scope.Undo is not null)
                NoteRemoved(before);
            Map.Remove(Scope.Key, Scope.Hash);
        }

        // In methods of their own: where nothing is undone, nothing is captured.
        private void NoteBefore(Dictionary<TField, T> entries, TField field)
        {
            bool had = entries.TryGetValue(field, out T? before);
            Scope.Undo!.Add(() =>
            {
                if (had)
                    entries[field] = before!;
                else
                    entries.Remove(field);
            });
        }

        private void NoteRemoved(Dictionary<TField, T> before) => Scope.Undo!.Add(() => Touch() = new Cell { Entries = before });

        protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

        protected override void WriteChange(BlobWriter writer, in Cell cell)
        {
            if (cell.Changed is null)
            {
                WriteWhole(writer, cell);
                return;
            }

            writer.WriteByte(Changes);
            writer.WriteVarint((uint)cell.Changed.Count);
            foreach (TField field in cell.Changed)
            {
                bool isPut = cell.Entries.TryGetValue(field, out T? value);
                _fields.Write(writer, field);
                writer.WriteByte(isPut ? (byte)1 : (byte)0);
                if (isPut)
                    values.Write(writer, value!);
            }
        }

        protected override void WriteWhole(BlobWriter writer, in Cell cell)
        {
            writer.WriteByte(Whole);
            writer.WriteVarint((uint)cell.Entries.Count);
            foreach ((TField field, T value) in cell.Entries)
            {
                _fields.Write(writer, field);
                writer.WriteByte(1);
                values.Write(writer, value);
            }
        }

        protected override object ReadersOf(Schema written)
        {
            Schema[] schemas = PairSchema.Split(written, 4);
            return (StoredKeys.ReaderOf(_keys, schemas[0]), _fields.ReaderOf(schemas[1]), StoredTimes.ReaderOf(values, schemas[2]));
        }

        protected override TKey ReadKey(object codecs, ref BlobReader reader) =>
            (((Codec<TKey>, Codec<TField>, Codec<T>))codecs).Item1.Read(ref reader);

        protected override void ApplyChange(ref Cell cell, object codecs, ref BlobReader reader)
        {
            (_, Codec<TField> fields, Codec<T> stored) = ((Codec<TKey>, Codec<TField>, Codec<T>))codecs;
            if (reader.ReadByte() == Whole || cell.Entries is null)
                cell.Entries = [];
            uint count = reader.ReadVarint();
            for (uint i = 0; i < count; i++)
            {
                TField field = fields.Read(ref reader);
                if (reader.ReadByte() == 1)
                    cell.Entries[field] = stored.Read(ref reader);
                else
                    cell.Entries.Remove(field);
            }

            cell.Changed = [];
        }

        protected override void OnJournaled(ref Cell cell)
        {
            if (cell.Changed is null)
                cell.Changed = [];
            else
                cell.Changed.Clear();
        }
    }
}
