using ActorStreams.Core.Journal;
using ActorStreams.Core.Process;
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

    protected override KeyedOperator<TGroup, Change<T>> Build(StageBuild build, RegionSite<TGroup, Change<T>> site)
    {
        return new Top<TGroup, T>(site, new TopStates<TGroup, T>(site.Shards, count, order), count, build.Downstream(this));
    }
}

/// <summary>One region of a top-N: a row that enters pushes the one behind the last out, one that leaves lets it in again.</summary>
/// <remarks>A row that leaves before it came is remembered until it comes: weights add up in any order.</remarks>
internal sealed class Top<TGroup, T>(
    RegionSite<TGroup, Change<T>> site, TopStates<TGroup, T> states, int count,
    Receiver<Change<TableRow<TGroup, T>>> output)
    : RowByRowOperator<TGroup, Change<T>, Change<TableRow<TGroup, T>>>(site, output)
{
    /// <summary>Rows whose places are fetched from memory before the first of them is added or removed.</summary>
    private const int Ahead = 32;

    private readonly GroupRows<TGroup, T> _groups = states.Rows;
    private readonly SortedRows<T>?[] _ahead = new SortedRows<T>?[Ahead];
    private long _unknown;

    public override EntityStates<TGroup> Entities => states;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("unknown_retractions", _unknown)];

    protected override void RestoreCounters(Func<string, long> counter) => _unknown = counter("unknown_retractions");

    protected override void OnRows(in Chunk<Change<T>> chunk, ReadOnlySpan<TGroup> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        while (row < chunk.Count && !IsOutputFull)
        {
            int end = Math.Min(row + Ahead, chunk.Count);
            Fetch(chunk.Rows[row..end], keys[row..end], hashes[row..end]);
            for (; row < end && !IsOutputFull; row++)
            {
                BeginRow(chunk.PositionOf(row));
                OnRow(chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
            }
        }
    }

    protected override void OnRow(in Change<T> row, TGroup key, ulong hash, long time)
    {
        for (int weight = row.Weight; weight > 0; weight--)
            Add(row.Row, key, hash, time);
        for (int weight = row.Weight; weight < 0; weight++)
            Remove(row.Row, key, hash, time);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // No user code but the comparer, which must not throw.
    }

    private void Fetch(ReadOnlySpan<Change<T>> rows, ReadOnlySpan<TGroup> keys, ReadOnlySpan<ulong> hashes)
    {
        SortedRows<T>?[] ahead = _ahead;
        _groups.Map.Prefetch(hashes);
        for (int row = 0; row < rows.Length; row++)
            SortedRows<T>.Prefetch(ahead[row] = _groups.Find(keys[row], hashes[row]));
        for (int row = 0; row < rows.Length; row++)
            ahead[row]?.PrefetchFences();
        for (int row = 0; row < rows.Length; row++)
            ahead[row]?.PrefetchRun(rows[row].Row);
    }

    private void Add(T row, TGroup key, ulong hash, long time)
    {
        SortedRows<T> rows = _groups.Add(key, hash, row, count, out int place);
        if (place >= count)
            return;
        if (rows.Count > count)
            Emit(Change<TableRow<TGroup, T>>.Retract(new TableRow<TGroup, T>(key, rows[count])), time);
        Emit(Change<TableRow<TGroup, T>>.Insert(new TableRow<TGroup, T>(key, row)), time);
    }

    private void Remove(T row, TGroup key, ulong hash, long time)
    {
        SortedRows<T> rows = _groups.Remove(key, hash, row, count, out int place);
        if (place < 0)
            _unknown++;
        if (place < 0 || place >= count)
            return;
        Emit(Change<TableRow<TGroup, T>>.Retract(new TableRow<TGroup, T>(key, row)), time);
        if (rows.Count >= count)
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
        Rows = new GroupRows<TGroup, T>(new ContentOrder<T>(order), shards);
        _journaled = [Rows];
    }

    public GroupRows<TGroup, T> Rows { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["rows"];

    public override object? Read(TGroup key, string name) =>
        Rows.Find(key, Rows.Map.HashOf(key)) is { Count: > 0 } rows ? rows.All.Take(_count).ToArray() : null;
}

/// <summary>The user's order, and among rows that it calls equal the order of their form (see <see cref="KeyForm{TKey}"/>): only rows that
/// are the same compare equal.</summary>
internal sealed class ContentOrder<T>(IComparer<T> order) : IComparer<T>
{
    private readonly BlobWriter _left = new();
    private readonly BlobWriter _right = new();

    public int Compare(T? x, T? y)
    {
        int compared = order.Compare(x, y);
        if (compared != 0 || EqualityComparer<T>.Default.Equals(x, y))
            return compared;
        _left.Clear();
        _right.Clear();
        KeyForm<T>.Write(_left, x!);
        KeyForm<T>.Write(_right, y!);
        return _left.Written.SequenceCompareTo(_right.Written);
    }
}
