using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Tables;

internal sealed class TopNode<TGroup, T>(string name, KeyedStream<TGroup, Change<T>> input, int count, IComparer<T> order)
    : KeyedNode<TGroup, Change<T>, Change<TableRow<TGroup, T>>>(name, "top", input)
{
    public override string Detail => $"first {count}";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TGroup> CreateEntities(ShardRange shards) => new TopStates<TGroup, T>(shards, count, order);

    protected override KeyedOperator<TGroup, Change<T>> Build(ActorBuild build, ShardRange shards)
    {
        var region = new Top<TGroup, T>(Name, build.Context, shards, KeyOf, build.ErrorsOf(this), new TopStates<TGroup, T>(shards, count, order), count, build.Downstream(this));
        build.Context.Resumables.Add(region);
        return region;
    }
}

/// <summary>One region of a top-N: a row that enters pushes the one behind the last out, one that leaves lets it in again.</summary>
internal sealed class Top<TGroup, T>(
    string name, ActorContext context, ShardRange shards, Func<Change<T>, TGroup> keyOf, OperatorErrors errors, TopStates<TGroup, T> states, int count,
    Receiver<Change<TableRow<TGroup, T>>> output)
    : RowByRowOperator<TGroup, Change<T>, Change<TableRow<TGroup, T>>>(name, context, shards, keyOf, errors, output)
{
    public override EntityStates<TGroup> Entities => states;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("unknown_retractions", _unknown)];

    private long _unknown;

    protected override void RestoreCounters(Func<string, long> counter) => _unknown = counter("unknown_retractions");

    protected override void OnRow(in Change<T> row, TGroup key, ulong hash, long time)
    {
        states.Rows.Enter(key, hash);
        for (int weight = row.Weight; weight > 0; weight--)
            Add(row.Row, key, time);
        for (int weight = row.Weight; weight < 0; weight++)
            Remove(row.Row, key, time);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // No user code but the comparer, which must not throw.
    }

    private void Add(T row, TGroup key, long time)
    {
        SortedRows<T> rows = states.Rows.Add(row, count, out int place);
        if (place >= count)
            return;
        if (rows.Count > count)
            Emit(Change<TableRow<TGroup, T>>.Retract(new TableRow<TGroup, T>(key, rows[count])), time);
        Emit(Change<TableRow<TGroup, T>>.Insert(new TableRow<TGroup, T>(key, row)), time);
    }

    private void Remove(T row, TGroup key, long time)
    {
        SortedRows<T>? rows = states.Rows.Remove(row, count, out int place);
        if (place < 0)
            _unknown++;
        if (place < 0 || place >= count)
            return;
        Emit(Change<TableRow<TGroup, T>>.Retract(new TableRow<TGroup, T>(key, row)), time);
        if (rows!.Count >= count)
            Emit(Change<TableRow<TGroup, T>>.Insert(new TableRow<TGroup, T>(key, rows[count - 1])), time);
    }
}

/// <summary>What a top-N keeps: a question about a group gets its first rows.</summary>
internal sealed class TopStates<TGroup, T> : EntityStates<TGroup>
{
    private readonly IShardedState[] _journaled;
    private readonly int _count;

    public TopStates(ShardRange shards, int count, IComparer<T> order)
    {
        _count = count;
        Rows = new GroupRows<TGroup, T>(new ContentOrder<T>(order));
        _journaled = [Rows.Bind(shards, new KeyScope<TGroup>())];
    }

    public GroupRows<TGroup, T> Rows { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["rows"];

    public override object? Read(TGroup key, string name) => Rows.First(key, KeyHash<TGroup>.Of(key), _count);
}

/// <summary>The user's order, and among rows that it calls equal the order of their bytes: only rows that are the same compare equal.</summary>
internal sealed class ContentOrder<T>(IComparer<T> order) : IComparer<T>
{
    private readonly Codec<T> _codec = RecordCodec.Of<T>();
    private readonly BlobWriter _left = new();
    private readonly BlobWriter _right = new();

    public int Compare(T? x, T? y)
    {
        int compared = order.Compare(x, y);
        if (compared != 0 || EqualityComparer<T>.Default.Equals(x, y))
            return compared;
        _left.Clear();
        _right.Clear();
        _codec.Write(_left, x!);
        _codec.Write(_right, y!);
        return _left.Written.SequenceCompareTo(_right.Written);
    }
}

/// <summary>The rows of each group in order, and what the epoch did to them, which is what is journaled.</summary>
internal sealed class GroupRows<TGroup, T>(IComparer<T> order) : KeyedMapState<TGroup, GroupRows<TGroup, T>.Cell>("rows")
{
    private readonly Codec<TGroup> _keys = RecordCodec.Of<TGroup>();
    private readonly Codec<T> _rows = RecordCodec.Of<T>();

    /// <summary>A group's rows.</summary>
    internal struct Cell
    {
        public SortedRows<T> Rows;
        public List<(T Row, bool IsAdded)> Log;

        /// <summary>It began in this epoch, perhaps after an earlier one of the same key ended: what was stored of that one does not count.</summary>
        public bool IsNew;
    }

    public override Schema Schema => PairSchema.Of(_keys.Schema, _rows.Schema, new Schema("sorted"));

    public void Enter(TGroup key, ulong hash) => Scope.Enter(key, hash);

    public T[]? First(TGroup key, ulong hash, int count) => TryFind(key, hash, out int slot) ? [.. Map.At(slot).State.Rows.All.Take(count)] : null;

    public SortedRows<T> Add(T row, int limit, out int place)
    {
        ref Cell cell = ref Touch();
        if (cell.Rows is null)
            (cell.Rows, cell.Log, cell.IsNew) = (new SortedRows<T>(order), [], true);
        cell.Log.Add((row, true));
        place = cell.Rows.Add(row, limit);
        return cell.Rows;
    }

    public SortedRows<T>? Remove(T row, int limit, out int place)
    {
        place = -1;
        if (!TryFind(Scope.Key, Scope.Hash, out _))
            return null;
        ref Cell cell = ref Touch();
        place = cell.Rows.Remove(row, limit);
        if (place >= 0)
            cell.Log.Add((row, false));
        SortedRows<T> rows = cell.Rows;
        if (rows.Count == 0)
            Map.Remove(Scope.Key, Scope.Hash);
        return rows;
    }

    protected override void WriteKey(BlobWriter writer, TGroup key) => _keys.Write(writer, key);

    protected override void WriteChange(BlobWriter writer, in Cell cell)
    {
        if (cell.IsNew)
        {
            WriteWhole(writer, cell);
            return;
        }

        writer.WriteByte(0);
        writer.WriteVarint((uint)cell.Log.Count);
        foreach ((T row, bool isAdded) in cell.Log)
        {
            writer.WriteByte(isAdded ? (byte)1 : (byte)0);
            _rows.Write(writer, row);
        }
    }

    protected override void WriteWhole(BlobWriter writer, in Cell cell)
    {
        writer.WriteByte(1);
        writer.WriteVarint((uint)cell.Rows.Count);
        foreach (T row in cell.Rows.All)
        {
            writer.WriteByte(1);
            _rows.Write(writer, row);
        }
    }

    protected override object ReadersOf(Schema written)
    {
        Schema[] schemas = PairSchema.Split(written, 3);
        return (_keys.ReaderOf(schemas[0]), _rows.ReaderOf(schemas[1]));
    }

    protected override TGroup ReadKey(object codecs, ref BlobReader reader) => (((Codec<TGroup>, Codec<T>))codecs).Item1.Read(ref reader);

    protected override void ApplyChange(ref Cell cell, object codecs, ref BlobReader reader)
    {
        bool isWhole = reader.ReadByte() == 1;
        if (isWhole || cell.Rows is null)
            cell.Rows = new SortedRows<T>(order);
        cell.Log = [];
        uint count = reader.ReadVarint();
        for (uint i = 0; i < count; i++)
        {
            bool isAdded = reader.ReadByte() == 1;
            T row = (((Codec<TGroup>, Codec<T>))codecs).Item2.Read(ref reader);
            if (isAdded)
                cell.Rows.Add(row, 0);
            else
                cell.Rows.Remove(row, 0);
        }
    }

    protected override void OnJournaled(ref Cell cell)
    {
        cell.Log.Clear();
        cell.IsNew = false;
    }
}
