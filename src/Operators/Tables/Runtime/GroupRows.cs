using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>The rows of each group in order. What an epoch did to them is journaled change by change, in the order in which it
/// happened.</summary>
/// <remarks>
/// Records: 0 group row (removed); 1 group row (added); 2 group, all of its rows; 3 group, all rows that were removed before they came (2
/// and 3 in snapshots). A row that is
/// removed before it came is owed: when it comes, neither is there. A group that has no rows and owes none is forgotten.
/// </remarks>
internal sealed class GroupRows<TGroup, T>(IComparer<T> order, ShardRange shards) : IShardedState
{
    private const byte RemovedRecord = 0;
    private const byte AddedRecord = 1;
    private const byte WholeRecord = 2;
    private const byte OwedRecord = 3;

    private readonly Codec<TGroup> _groups = RecordCodec.Of<TGroup>();
    private readonly Codec<T> _rows = RecordCodec.Of<T>();
    private readonly Dictionary<string, (Codec<TGroup> Groups, Codec<T> Rows)> _readers = new(StringComparer.Ordinal);
    private readonly List<Happened> _log = [];
    private int[] _byShard = [];
    private int[] _runs = [];

    public string Name => "rows";

    public Schema Schema => PairSchema.Of(_groups.Schema, _rows.Schema, new Schema("sorted, by change"));

    public StateMap<TGroup, SortedRows<T>> Map { get; } = new(shards);

    public SortedRows<T>? Find(TGroup group, ulong hash)
    {
        int slot = Map.Find(group, hash);
        return slot < 0 ? null : Map.At(slot).State;
    }

    /// <param name="group">The group.</param>
    /// <param name="hash">Of the group.</param>
    /// <param name="row">The row.</param>
    /// <param name="limit">Places from here on need not be told apart.</param>
    /// <param name="place">Its place, or anything from <paramref name="limit"/> on: so, too, if it was owed.</param>
    /// <returns>The group's rows.</returns>
    public SortedRows<T> Add(TGroup group, ulong hash, T row, int limit, out int place)
    {
        SortedRows<T> rows = RowsOf(group, hash);
        Log(group, hash, row, AddedRecord);
        if (!rows.TryPay(row))
        {
            place = rows.Add(row, limit);
            return rows;
        }

        place = limit;
        if (rows.IsEmpty)
            Map.RestoreRemoved(group, hash);
        return rows;
    }

    /// <param name="group">The group.</param>
    /// <param name="hash">Of the group.</param>
    /// <param name="row">The row.</param>
    /// <param name="limit">Places from here on need not be told apart.</param>
    /// <param name="place">Its place, anything from <paramref name="limit"/> on, or -1 if it is not there, and owed from now on.</param>
    /// <returns>The group's rows.</returns>
    public SortedRows<T> Remove(TGroup group, ulong hash, T row, int limit, out int place)
    {
        SortedRows<T> rows = RowsOf(group, hash);
        Log(group, hash, row, RemovedRecord);
        place = rows.Remove(row, limit);
        if (place < 0)
            rows.Owe(row);
        else if (rows.IsEmpty)
            Map.RestoreRemoved(group, hash);
        return rows;
    }

    /// <summary>Counting sort of the changes by shard: one list while they happen, because one for each would be written all over
    /// memory.</summary>
    public void BeginJournal()
    {
        ReadOnlySpan<Happened> log = CollectionsMarshal.AsSpan(_log);
        _runs = new int[shards.Count + 2];
        if (_byShard.Length < log.Length)
            _byShard = new int[log.Length];
        foreach (ref readonly Happened change in log)
            _runs[change.Shard + 2]++;
        for (int shard = 2; shard < _runs.Length; shard++)
            _runs[shard] += _runs[shard - 1];
        for (int at = 0; at < log.Length; at++)
            _byShard[_runs[log[at].Shard + 1]++] = at;
    }

    public bool HasChanges(int shard) => !ChangesOf(shard).IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int at in ChangesOf(shard))
        {
            ref readonly Happened change = ref CollectionsMarshal.AsSpan(_log)[at];
            writer.Out.WriteByte(change.Kind);
            _groups.Write(writer.Out, change.Group);
            _rows.Write(writer.Out, change.Row);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.LiveOf(shard))
        {
            ref StateMap<TGroup, SortedRows<T>>.Entry entry = ref Map.At(slot);
            if (entry.State.Count > 0)
                WriteAll(WholeRecord, entry.Key, entry.State.Count, entry.State.All, writer);
            T[] owed = [.. entry.State.Owed];
            if (owed.Length > 0)
                WriteAll(OwedRecord, entry.Key, owed.Length, owed, writer);
        }
    }

    public void EndJournal()
    {
        _log.Clear();
        _runs = [];
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out (Codec<TGroup> Groups, Codec<T> Rows) codecs))
        {
            Schema[] schemas = PairSchema.Split(written, 3);
            if (schemas[2].Text != PairSchema.Split(Schema, 3)[2].Text)
                throw new CodecException(
                    $"The stored rows of groups have the format '{schemas[2].Text}', this version knows '{PairSchema.Split(Schema, 3)[2].Text}'. Give the operator a new name.");
            _readers[written.Text] = codecs = (StoredKeys.ReaderOf(_groups, schemas[0]), _rows.ReaderOf(schemas[1]));
        }

        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TGroup group = codecs.Groups.Read(ref records);
            ulong hash = Map.HashOfStored(group, shard);
            if (kind > OwedRecord)
                throw new CodecException($"Stored data is damaged: a record of kind {kind} among the rows of groups.");
            SortedRows<T> rows = RowsOf(group, hash);
            for (uint left = kind >= WholeRecord ? records.ReadVarint() : 1; left > 0; left--)
                Apply(kind, rows, codecs.Rows.Read(ref records));
            if (rows.IsEmpty)
                Map.RestoreRemoved(group, hash);
        }
    }

    private static void Apply(byte kind, SortedRows<T> rows, T row)
    {
        if (kind == OwedRecord || (kind == RemovedRecord && rows.Remove(row, 0) < 0))
            rows.Owe(row);
        else if (kind == WholeRecord || (kind == AddedRecord && !rows.TryPay(row)))
            rows.Add(row, 0);
    }

    private SortedRows<T> RowsOf(TGroup group, ulong hash) => Find(group, hash) ?? (Map.Restore(group, hash) = new SortedRows<T>(order));

    private void WriteAll(byte kind, TGroup group, int count, IEnumerable<T> rows, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(kind);
        _groups.Write(writer.Out, group);
        writer.Out.WriteVarint((uint)count);
        foreach (T row in rows)
            _rows.Write(writer.Out, row);
        writer.EndRecord();
    }

    private ReadOnlySpan<int> ChangesOf(int shard) =>
        _runs.Length == 0 ? [] : _byShard.AsSpan(_runs[shard - shards.First]..(_runs[shard - shards.First + 1]));

    private void Log(TGroup group, ulong hash, T row, byte kind) =>
        _log.Add(new Happened(group, row, (short)(shards.Map.ShardOf(hash) - shards.First), kind));

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Happened(TGroup Group, T Row, short Shard, byte Kind);
}
