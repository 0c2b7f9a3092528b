using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>What waits for partners under one key.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct KeyBuffers
{
    public TimedBuffer Left;
    public TimedBuffer Right;

    /// <summary>The slice of time in which the key is looked at next; valid if <see cref="IsScheduled"/>.</summary>
    public long Due;
    public bool IsScheduled;

    public readonly bool IsEmpty => Left.Count + Right.Count == 0;
}

/// <summary>The rows of both sides that wait, by key.</summary>
/// <remarks>
/// Changes: 1, rows that came; 2, all rows. Which rows are dropped follows from the watermark, so it is not written. A join that has to
/// remember which rows have found a partner writes keys whole.
/// </remarks>
internal sealed class WaitingPairs<TKey, TLeft, TRight> : JournaledMap<TKey, KeyBuffers>
{
    private const byte Came = 1;
    private const byte Whole = 2;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<TLeft> _left = RecordCodec.Of<TLeft>();
    private readonly Codec<TRight> _right = RecordCodec.Of<TRight>();
    private readonly bool _remembersPartners;

    public WaitingPairs(ShardRange shards, JoinType type)
        : base("waiting")
    {
        Open(shards);
        _remembersPartners = type != JoinType.Inner;
    }

    public new StateMap<TKey, KeyBuffers> Map => base.Map;

    public RowBlocks<TLeft> Left { get; } = new();

    public RowBlocks<TRight> Right { get; } = new();

    public override Schema Schema => PairSchema.Of(_keys.Schema, _left.Schema, _right.Schema, new Schema("by key, in blocks"));

    protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

    protected override void WriteChange(BlobWriter writer, in KeyBuffers cell) => Write(writer, cell, _remembersPartners ? Whole : Came);

    protected override void WriteWhole(BlobWriter writer, in KeyBuffers cell) => Write(writer, cell, Whole);

    protected override object ReadersOf(Schema written)
    {
        Schema[] schemas = PairSchema.Split(written, 4);
        return (StoredKeys.ReaderOf(_keys, schemas[0]), _left.ReaderOf(schemas[1]), _right.ReaderOf(schemas[2]));
    }

    protected override TKey ReadKey(object codecs, ref BlobReader reader) =>
        (((Codec<TKey>, Codec<TLeft>, Codec<TRight>))codecs).Item1.Read(ref reader);

    protected override void ApplyChange(ref KeyBuffers cell, object codecs, ref BlobReader reader)
    {
        (_, Codec<TLeft> left, Codec<TRight> right) = ((Codec<TKey>, Codec<TLeft>, Codec<TRight>))codecs;
        byte kind = reader.ReadByte();
        if (kind is not (Came or Whole))
            throw new CodecException($"Stored data is damaged: a change of kind {kind} among waiting rows.");
        if (kind == Whole)
            OnRestoredRemoval(ref cell);
        ReadRows(Left, ref cell.Left, left, ref reader);
        ReadRows(Right, ref cell.Right, right, ref reader);
    }

    protected override void OnRestoredRemoval(ref KeyBuffers cell)
    {
        Left.Clear(ref cell.Left);
        Right.Clear(ref cell.Right);
    }

    protected override void OnJournaled(ref KeyBuffers cell)
    {
        NoneNew(Left.RowsOf(cell.Left));
        NoneNew(Right.RowsOf(cell.Right));
    }

    private static void NoneNew<T>(Span<TimedRow<T>> rows)
    {
        foreach (ref TimedRow<T> row in rows)
            row.Flags &= unchecked((byte)~TimedRow<T>.New);
    }

    private static void ReadRows<T>(RowBlocks<T> blocks, ref TimedBuffer buffer, Codec<T> codec, ref BlobReader reader)
    {
        uint count = reader.ReadVarint();
        for (uint i = 0; i < count; i++)
        {
            long time = reader.ReadInt64();
            byte flags = reader.ReadByte();
            blocks.Add(ref buffer, codec.Read(ref reader), time, flags);
        }
    }

    private static void WriteRows<T>(BlobWriter writer, Codec<T> codec, ReadOnlySpan<TimedRow<T>> rows, bool onlyNew)
    {
        int count = rows.Length;
        if (onlyNew)
        {
            count = 0;
            foreach (ref readonly TimedRow<T> row in rows)
                count += (row.Flags & TimedRow<T>.New) != 0 ? 1 : 0;
        }

        writer.WriteVarint((uint)count);
        foreach (ref readonly TimedRow<T> row in rows)
        {
            if (onlyNew && (row.Flags & TimedRow<T>.New) == 0)
                continue;
            writer.WriteInt64(row.Time);
            writer.WriteByte((byte)(row.Flags & ~TimedRow<T>.New));
            codec.Write(writer, row.Row);
        }
    }

    private void Write(BlobWriter writer, in KeyBuffers cell, byte kind)
    {
        writer.WriteByte(kind);
        WriteRows<TLeft>(writer, _left, Left.RowsOf(cell.Left), kind == Came);
        WriteRows<TRight>(writer, _right, Right.RowsOf(cell.Right), kind == Came);
    }
}

/// <summary>The entities of a join of two streams: a question about a key gets the rows that wait.</summary>
internal sealed class WaitingEntities<TKey, TLeft, TRight>(ShardRange shards, JoinType type) : EntityStates<TKey>
{
    public WaitingPairs<TKey, TLeft, TRight> Waiting { get; } = new(shards, type);

    public override IReadOnlyList<IShardedState> Journaled => [Waiting];

    public override IReadOnlyList<string> Names => [Waiting.Name];

    public override object? Read(TKey key, string name)
    {
        int slot = Waiting.Map.Find(key, Waiting.Map.HashOf(key));
        if (slot < 0)
            return null;
        ref KeyBuffers buffers = ref Waiting.Map.At(slot).State;
        return new WaitingRows<TLeft, TRight>(RowsOf<TLeft>(Waiting.Left.RowsOf(buffers.Left)),
            RowsOf<TRight>(Waiting.Right.RowsOf(buffers.Right)));
    }

    private static T[] RowsOf<T>(ReadOnlySpan<TimedRow<T>> waiting)
    {
        var rows = new T[waiting.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = waiting[i].Row;
        return rows;
    }
}
