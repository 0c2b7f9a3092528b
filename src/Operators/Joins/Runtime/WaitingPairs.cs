using System.Runtime.InteropServices;
using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>What waits for partners under one key.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct KeyBuffers<TLeft, TRight>
{
    public TimedBuffer<TLeft> Left;
    public TimedBuffer<TRight> Right;

    /// <summary>The slice of time in which the key is looked at next; valid if <see cref="IsScheduled"/>.</summary>
    public long Due;
    public bool IsScheduled;
}

/// <summary>The rows of both sides that wait, by key.</summary>
/// <remarks>
/// Records: 0 key (nothing waits any more); 1 key, rows that came; 2 key, all rows. Which rows are dropped follows from the watermark, so it is not written.
/// A join that has to remember which rows have found a partner writes keys whole.
/// </remarks>
internal sealed class WaitingPairs<TKey, TLeft, TRight>(ShardRange shards, JoinType type) : EntityStates<TKey>, IShardedState
{
    private const byte GoneRecord = 0;
    private const byte CameRecord = 1;
    private const byte WholeRecord = 2;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<TLeft> _left = RecordCodec.Of<TLeft>();
    private readonly Codec<TRight> _right = RecordCodec.Of<TRight>();
    private readonly Dictionary<string, (Codec<TKey> Keys, Codec<TLeft> Left, Codec<TRight> Right)> _readers = new(StringComparer.Ordinal);
    private readonly DirtySlots _dirty = new(shards);

    public StateMap<TKey, KeyBuffers<TLeft, TRight>> Map { get; } = new(shards);

    /// <summary>Rows may change after they came: the join remembers which have found a partner.</summary>
    public bool RemembersPartners { get; } = type != JoinType.Inner;

    public string Name => "waiting";

    public Schema Schema => PairSchema.Of(_keys.Schema, _left.Schema, _right.Schema);

    public override IReadOnlyList<IShardedState> Journaled => [this];

    public override IReadOnlyList<string> Names => [Name];

    public override object? Read(TKey key, string name)
    {
        int slot = Map.Find(key, KeyHash<TKey>.Of(key));
        if (slot < 0)
            return null;
        ref KeyBuffers<TLeft, TRight> buffers = ref Map.At(slot).State;
        return new WaitingRows<TLeft, TRight>(RowsOf(buffers.Left), RowsOf(buffers.Right));
    }

    public void BeginJournal() => _dirty.Sort(Map);

    public bool HasChanges(int shard) => !_dirty[shard].IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in _dirty[shard])
        {
            ref StateMap<TKey, KeyBuffers<TLeft, TRight>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                Write(writer, entry.Key, ref entry.State, RemembersPartners ? WholeRecord : CameRecord);
            else
                WriteGone(writer, entry.Key);
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        (int start, int end) = Map.SlotsOf(shard);
        for (int slot = start; slot < end; slot++)
        {
            ref StateMap<TKey, KeyBuffers<TLeft, TRight>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry) && Map.ShardOf(entry) == shard)
                Write(writer, entry.Key, ref entry.State, WholeRecord);
        }
    }

    public void EndJournal()
    {
        foreach (int slot in Map.Dirty)
        {
            ref StateMap<TKey, KeyBuffers<TLeft, TRight>>.Entry entry = ref Map.At(slot);
            if (!Map.IsLive(entry))
                continue;
            NoneNew(entry.State.Left.Rows);
            NoneNew(entry.State.Right.Rows);
        }

        Map.ClearDirty();
        _dirty.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out (Codec<TKey> Keys, Codec<TLeft> Left, Codec<TRight> Right) codecs))
        {
            Schema[] schemas = PairSchema.Split(written, 3);
            _readers[written.Text] = codecs = (_keys.ReaderOf(schemas[0]), _left.ReaderOf(schemas[1]), _right.ReaderOf(schemas[2]));
        }

        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = codecs.Keys.Read(ref records);
            ulong hash = KeyHash<TKey>.Of(key);
            if (kind == GoneRecord)
            {
                Map.RestoreRemoved(key, hash);
                continue;
            }

            if (kind is not (CameRecord or WholeRecord))
                throw new CodecException($"Stored data is damaged: a record of kind {kind} among waiting rows.");
            ref KeyBuffers<TLeft, TRight> buffers = ref Map.Restore(key, hash);
            if (kind == WholeRecord)
                buffers = default;
            ReadRows(ref buffers.Left, codecs.Left, ref records);
            ReadRows(ref buffers.Right, codecs.Right, ref records);
        }
    }

    private static T[] RowsOf<T>(in TimedBuffer<T> buffer)
    {
        var rows = new T[buffer.Count];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = buffer.Rows[i].Row;
        return rows;
    }

    private static void NoneNew<T>(Span<TimedRow<T>> rows)
    {
        foreach (ref TimedRow<T> row in rows)
            row.Flags &= unchecked((byte)~TimedRow<T>.New);
    }

    private static void ReadRows<T>(ref TimedBuffer<T> buffer, Codec<T> codec, ref BlobReader reader)
    {
        uint count = reader.ReadVarint();
        for (uint i = 0; i < count; i++)
        {
            long time = reader.ReadInt64();
            byte flags = reader.ReadByte();
            buffer.Add(codec.Read(ref reader), time, flags);
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

    private void WriteGone(ShardBlobWriter writer, TKey key)
    {
        writer.Out.WriteByte(GoneRecord);
        _keys.Write(writer.Out, key);
        writer.EndRecord();
    }

    private void Write(ShardBlobWriter writer, TKey key, ref KeyBuffers<TLeft, TRight> buffers, byte kind)
    {
        writer.Out.WriteByte(kind);
        _keys.Write(writer.Out, key);
        WriteRows<TLeft>(writer.Out, _left, buffers.Left.Rows, kind == CameRecord);
        WriteRows<TRight>(writer.Out, _right, buffers.Right.Rows, kind == CameRecord);
        writer.EndRecord();
    }
}
