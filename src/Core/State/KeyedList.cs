using ActorStreams.Core.Codecs;
using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

internal sealed class KeyedList<TKey, T>(string name, Codec<T>? codec = null) : ListState<T>, IKeyedState<TKey>
{
    private readonly Cells _cells = new(name, codec ?? RecordCodec.Of<T>());
    private readonly bool _isBounded = NestingBound<T>.IsNeeded;

    public string Name => _cells.Name;

    public override IReadOnlyList<T> Items => _cells.Find() ?? (IReadOnlyList<T>)[];

    public override void Add(T item) => _cells.Add(_isBounded ? NestingBound<T>.Checked(item) : item);

    public override void Clear() => _cells.Remove();

    public override void Replace(IEnumerable<T> items) => _cells.Replace([.. _isBounded ? items.Select(NestingBound<T>.Checked) : items]);

    public IShardedState Bind(Keys.ShardRange shards, KeyScope<TKey> scope) => _cells.Bind(shards, scope);

    public List<T>? Find() => _cells.Find();

    public List<T>? Find(TKey key, ulong hash) => _cells.Find(key, hash);

    public void Sweep(int slots, ICellCleaner<Cell> cleaner) => _cells.Sweep(slots, cleaner);

    public void Purge(ICellCleaner<Cell> cleaner) => _cells.Purge(cleaner);

    public object? Read(TKey key, ulong hash) => _cells.Find(key, hash) is { } items ? (IReadOnlyList<T>)[.. items] : null;

    /// <summary>A list, and how much of it the journal holds already; -1: the journal's list must be replaced.</summary>
    internal struct Cell
    {
        public List<T> Items;
        public int Journaled;
    }

    private sealed class Cells(string name, Codec<T> items) : KeyedMapState<TKey, Cell>(name)
    {
        private const byte Append = 1;
        private const byte Whole = 2;

        private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();

        public override Schema Schema => PairSchema.Of(_keys.Schema, items.Schema, new Schema("list"));

        public List<T>? Find() => Find(Scope.Key, Scope.Hash);

        public List<T>? Find(TKey key, ulong hash) => TryFind(key, hash, out int slot) ? Map.At(slot).State.Items : null;

        public void Add(T item)
        {
            if (!TryFind(Scope.Key, Scope.Hash, out _))
            {
                Replace([item]);
                return;
            }

            List<T> list = Touch().Items;
            list.Add(item);
            if (Scope.Undo is not null)
                NoteAppended(list);
        }

        public void Replace(List<T> list)
        {
            if (Scope.Undo is not null)
                NoteBefore(Find());
            Touch() = new Cell { Items = list, Journaled = -1 };
        }

        public void Remove()
        {
            if (Find() is not { } before)
                return;
            if (Scope.Undo is not null)
                NoteBefore(before);
            Map.Remove(Scope.Key, Scope.Hash);
        }

        // In methods of their own: where nothing is undone, nothing is captured.
        private void NoteAppended(List<T> list) => Scope.Undo!.Add(() => list.RemoveAt(list.Count - 1));

        private void NoteBefore(List<T>? before) => Scope.Undo!.Add(() => TakeBack(before));

        protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

        protected override void WriteChange(BlobWriter writer, in Cell cell)
        {
            bool isAppend = cell.Journaled >= 0 && cell.Journaled <= cell.Items.Count;
            WriteItems(writer, isAppend ? Append : Whole, cell.Items, isAppend ? cell.Journaled : 0);
        }

        protected override void WriteWhole(BlobWriter writer, in Cell cell) => WriteItems(writer, Whole, cell.Items, 0);

        protected override object ReadersOf(Schema written)
        {
            Schema[] schemas = PairSchema.Split(written, 3);
            return (StoredKeys.ReaderOf(_keys, schemas[0]), StoredTimes.ReaderOf(items, schemas[1]));
        }

        protected override TKey ReadKey(object codecs, ref BlobReader reader) => (((Codec<TKey>, Codec<T>))codecs).Item1.Read(ref reader);

        protected override void ApplyChange(ref Cell cell, object codecs, ref BlobReader reader)
        {
            Codec<T> codec = (((Codec<TKey>, Codec<T>))codecs).Item2;
            bool isAppend = reader.ReadByte() == Append;
            uint count = reader.ReadVarint();
            if (!isAppend || cell.Items is null)
                cell.Items = [];
            for (uint i = 0; i < count; i++)
                cell.Items.Add(codec.Read(ref reader));
            cell.Journaled = cell.Items.Count;
        }

        protected override void OnJournaled(ref Cell cell) => cell.Journaled = cell.Items.Count;

        private void WriteItems(BlobWriter writer, byte kind, List<T> list, int from)
        {
            writer.WriteByte(kind);
            writer.WriteVarint((uint)(list.Count - from));
            for (int i = from; i < list.Count; i++)
                items.Write(writer, list[i]);
        }

        private void TakeBack(List<T>? before)
        {
            if (before is null)
                Map.Remove(Scope.Key, Scope.Hash);
            else
                Touch() = new Cell { Items = before, Journaled = -1 };
        }
    }
}
