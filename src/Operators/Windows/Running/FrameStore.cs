using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>The frames of a region's keys. An epoch journals how many rows have left a frame and which have come, not the whole.</summary>
internal sealed class FrameStore<TKey, T, TAcc> : KeyedMapState<TKey, KeyFrame<T, TAcc>>
{
    private const byte Change = 1;
    private const byte Whole = 2;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<FrameRow<T>> _rows = RecordCodec.Of<FrameRow<T>>();

    public FrameStore(ShardRange shards)
        : base("frames") => Bind(shards, new KeyScope<TKey>());

    public override Schema Schema => PairSchema.Of(_keys.Schema, _rows.Schema, new Schema("frame"));

    public int Count => Map.Count;

    public KeyFrame<T, TAcc>? Find(TKey key, ulong hash) => TryFind(key, hash, out int slot) ? Map.At(slot).State : null;

    /// <summary>The frame of a key, made if there is none; journaled with this epoch.</summary>
    public KeyFrame<T, TAcc> Touch(TKey key, ulong hash)
    {
        bool isNew = !TryFind(key, hash, out _);
        Map.Reserve(1);
        ref KeyFrame<T, TAcc> frame = ref Map.Touch(key, hash);
        return isNew ? frame = new KeyFrame<T, TAcc>() : frame;
    }

    public void Remove(TKey key, ulong hash) => Map.Remove(key, hash);

    /// <summary>All keys with their frames.</summary>
    public List<(TKey Key, ulong Hash, KeyFrame<T, TAcc> Frame)> All()
    {
        var all = new List<(TKey, ulong, KeyFrame<T, TAcc>)>(Map.Count);
        for (int slot = 0; slot < Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyFrame<T, TAcc>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                all.Add((entry.Key, Map.HashOf(entry.Key), entry.State));
        }

        return all;
    }

    protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

    protected override void WriteChange(BlobWriter writer, in KeyFrame<T, TAcc> cell)
    {
        if (cell.IsWhole)
        {
            WriteWhole(writer, cell);
            return;
        }

        writer.WriteByte(Change);
        writer.WriteVarint((uint)cell.Dropped);
        int count = 0;
        for (int row = cell.FirstNew; row < cell.Count; row++)
            count += cell.IsNew(row) ? 1 : 0;
        WriteHead(writer, cell, count);
        for (int row = cell.FirstNew; row < cell.Count; row++)
        {
            if (cell.IsNew(row))
                _rows.Write(writer, cell[row]);
        }
    }

    protected override void WriteWhole(BlobWriter writer, in KeyFrame<T, TAcc> cell)
    {
        writer.WriteByte(Whole);
        WriteHead(writer, cell, cell.Count);
        for (int row = 0; row < cell.Count; row++)
            _rows.Write(writer, cell[row]);
    }

    protected override object ReadersOf(Schema written)
    {
        Schema[] schemas = PairSchema.Split(written, 3);
        return (StoredKeys.ReaderOf(_keys, schemas[0]), _rows.ReaderOf(schemas[1]));
    }

    protected override TKey ReadKey(object codecs, ref BlobReader reader) =>
        (((Codec<TKey>, Codec<FrameRow<T>>))codecs).Item1.Read(ref reader);

    protected override void ApplyChange(ref KeyFrame<T, TAcc> cell, object codecs, ref BlobReader reader)
    {
        Codec<FrameRow<T>> rows = (((Codec<TKey>, Codec<FrameRow<T>>))codecs).Item2;
        if (reader.ReadByte() == Whole || cell is null)
            cell = new KeyFrame<T, TAcc>();
        else
            cell.RestoreDropped((int)reader.ReadVarint());
        int done = (int)reader.ReadVarint(), front = (int)reader.ReadVarint(), fresh = (int)reader.ReadVarint(),
            panes = (int)reader.ReadVarint();
        for (uint left = reader.ReadVarint(); left > 0; left--)
            cell.Insert(rows.Read(ref reader));
        (cell.Done, cell.Front, cell.Fresh, cell.Panes) = (done, front, fresh, panes);
        cell.OnJournaled();
    }

    protected override void OnJournaled(ref KeyFrame<T, TAcc> cell) => cell.OnJournaled();

    private static void WriteHead(BlobWriter writer, KeyFrame<T, TAcc> frame, int rows)
    {
        writer.WriteVarint((uint)frame.Done);
        writer.WriteVarint((uint)frame.Front);
        writer.WriteVarint((uint)frame.Fresh);
        writer.WriteVarint((uint)frame.Panes);
        writer.WriteVarint((uint)rows);
    }
}

/// <summary>What an operator over frames keeps per key; a question about a key gets the rows of its frame, or those that wait.</summary>
internal sealed class FrameEntities<TKey, T, TAcc>(ShardRange shards) : EntityStates<TKey>
{
    public FrameStore<TKey, T, TAcc> Store { get; } = new(shards);

    public override IReadOnlyList<IShardedState> Journaled => [Store];

    public override IReadOnlyList<string> Names => ["rows", "waiting"];

    public override object? Read(TKey key, string name)
    {
        if (Store.Find(key, shards.HashOf(key)) is not { } frame)
            return null;
        (int from, int to) = name == "rows" ? (0, frame.Done) : (frame.Done, frame.Count);
        var rows = new List<T>();
        for (int row = from; row < to; row++)
            rows.Add(frame[row].Row);
        return rows;
    }
}
