using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>What is stored for a key in a window or slice.</summary>
internal record struct PaneEntry<TKey, TAcc>(TKey Key, TAcc Accumulator);

/// <summary>How accumulators by key and stretch of time (a window, a slice) are written to the journal and read back.</summary>
/// <remarks>Records: 2 = the stretch that the following records are about (its start); 0 = an entry; 1 = something has fired in this shard,
/// as the store that writes it means it.</remarks>
internal sealed class PaneRecords<TKey, TAcc>
{
    public const byte Entry = 0;
    public const byte Fired = 1;
    public const byte Stretch = 2;

    private readonly Codec<PaneEntry<TKey, TAcc>> _codec = RecordCodec.Of<PaneEntry<TKey, TAcc>>();
    private readonly Dictionary<string, Codec<PaneEntry<TKey, TAcc>>> _readers = new(StringComparer.Ordinal);

    public Schema Schema => _codec.Schema;

    public Codec<PaneEntry<TKey, TAcc>> ReaderOf(Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<PaneEntry<TKey, TAcc>>? codec))
            _readers[written.Text] = codec = StoredKeys.ReaderOfRecords(_codec, written);
        return codec;
    }

    public static CodecException Damaged(byte kind) => new($"Stored data is damaged: a window record of kind {kind}.");

    public static void WriteStretch(long start, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(Stretch);
        writer.Out.WriteInt64(start);
    }

    /// <summary>Writes a stretch and some of its entries.</summary>
    public void Write(long start, ReadOnlySpan<PaneEntry<TKey, TAcc>> entries, ShardBlobWriter writer)
    {
        WriteStretch(start, writer);
        foreach (ref readonly PaneEntry<TKey, TAcc> entry in entries)
            Write(start, entry, writer);
    }

    /// <summary>Writes a stretch and the entries in some slots of its map.</summary>
    public void Write(long start, StateMap<TKey, TAcc> map, ReadOnlySpan<int> slots, ShardBlobWriter writer)
    {
        WriteStretch(start, writer);
        foreach (int slot in slots)
            Write(start, EntryAt(map, slot), writer);
    }

    /// <summary>Writes a stretch and all entries of a shard in its map.</summary>
    public void WriteShard(long start, StateMap<TKey, TAcc> map, int shard, ShardBlobWriter writer)
    {
        WriteStretch(start, writer);
        (int slot, int end) = map.SlotsOf(shard);
        Span<int> found = stackalloc int[64];
        while (map.ListShard(shard, ref slot, end, found) is > 0 and int count)
        {
            foreach (int at in found[..count])
                Write(start, EntryAt(map, at), writer);
        }
    }

    public static void Restore(StateMap<TKey, TAcc> map, int shard, in PaneEntry<TKey, TAcc> entry) =>
        map.Restore(entry.Key, map.HashOfStored(entry.Key, shard)) = entry.Accumulator;

    /// <summary>A shard's entries are of no use any more.</summary>
    public static void Forget(StateMap<TKey, TAcc> map, int shard)
    {
        (int slot, int end) = map.SlotsOf(shard);
        Span<int> found = stackalloc int[64];
        while (map.ListShard(shard, ref slot, end, found) is > 0 and int count)
        {
            foreach (int at in found[..count])
                map.RestoreRemoved(map.At(at).Key, map.HashOf(map.At(at).Key));
        }
    }

    private static PaneEntry<TKey, TAcc> EntryAt(StateMap<TKey, TAcc> map, int slot)
    {
        ref StateMap<TKey, TAcc>.Entry entry = ref map.At(slot);
        return new PaneEntry<TKey, TAcc>(entry.Key, entry.State);
    }

    private void Write(long start, in PaneEntry<TKey, TAcc> entry, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(Entry);
        _codec.Write(writer.Out, entry);
        if (writer.EndRecord())
            WriteStretch(start, writer);
    }
}
