using ActorStreams.Core.Journal;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Tables;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Functions over the rows of a partition in their order, as rows come and go: SQL's OVER, and its first rows by an
/// order.</summary>
internal static class OverChangesOperator
{
    /// <summary>Each row with the results of functions over the rows of its partition.</summary>
    /// <param name="source">The rows, by partition.</param>
    /// <param name="name">Stable and unique in the pipeline: all rows are stored under it.</param>
    /// <param name="plan">What is computed.</param>
    /// <returns>At all times, added up, what the functions give over the rows of each partition.</returns>
    /// <remarks>Keeps every row; of rows that only come, where only the first are given, these. A change costs a look at the rows of its
    /// partition, or, where only the first rows are given, at these.</remarks>
    public static Stream<Change<Joined<TRow, TResult>>> Over<TKey, TRow, TResult>(
        this KeyedStream<TKey, Change<TRow>> source, string name, OverPlan<TRow, TResult> plan) =>
        source.Stream.Add(new OverChangesNode<TKey, TRow, TResult>(name, source, plan));
}

/// <summary>What is computed over the rows of a partition.</summary>
/// <param name="Order">The order; null: there is none.</param>
/// <param name="Functions">Makes the functions; called for each region, since they work in memory of their own.</param>
/// <param name="Range">Which rows are given.</param>
/// <param name="ClosesAt">The time of a row after which it is complete: its event time, or the last instant of its window. Null: it never
/// is.</param>
/// <param name="Emits">When rows come.</param>
internal sealed record OverPlan<TRow, TResult>(
    IComparer<TRow>? Order, Func<OverFunction<TRow, TResult>[]> Functions, RankRange Range, RowFunction<TRow, long?>? ClosesAt,
    OverEmission Emits)
{
    /// <summary>Where rows come once: further times of a row that the watermark must have passed before it can be final.</summary>
    public IReadOnlyList<RowFunction<TRow, long?>> FurtherTimes { get; init; } = [];

    /// <summary>No row is ever taken back: then rows behind the first that are given need not be kept.</summary>
    public bool OnlyAdds { get; init; }

    /// <summary>How many rows of a partition are kept, the first by the order.</summary>
    public long Kept => OnlyAdds && Emits != OverEmission.WhenFinal && Range.Kind == RankKind.RowNumber ? Range.MostRows : long.MaxValue;
}

/// <summary>When results come.</summary>
internal enum OverEmission : byte
{
    /// <summary>With every change.</summary>
    WithChanges,

    /// <summary>The same, and a partition is one window: it is forgotten when the window is complete.</summary>
    OfWindows,

    /// <summary>Once, in the order of the rows, which is that of time: when no row can come any more that changes them.</summary>
    WhenFinal,
}

internal sealed class OverChangesNode<TKey, TRow, TResult>(
    string name, KeyedStream<TKey, Change<TRow>> input, OverPlan<TRow, TResult> plan)
    : KeyedNode<TKey, Change<TRow>, Change<Joined<TRow, TResult>>>(name, "over", input)
{
    public override string Detail => plan.Range.To == long.MaxValue ? "" : $"first {plan.Range.To}";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TRow>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new PartitionStates<TKey, TRow>(shards, plan.Order);

    protected override KeyedOperator<TKey, Change<TRow>> Build(StageBuild build, RegionSite<TKey, Change<TRow>> site)
    {
        var states = new PartitionStates<TKey, TRow>(site.Shards, plan.Order);
        return plan.Emits == OverEmission.WhenFinal
            ? new OverFinal<TKey, TRow, TResult>(site, states, plan, build.Downstream(this))
            : new OverChanges<TKey, TRow, TResult>(site, states, plan, build.Downstream(this));
    }
}

/// <summary>What is kept for a partition: its rows; and of those that come once, how many have come.</summary>
internal sealed class PartitionStates<TKey, TRow> : EntityStates<TKey>
{
    public PartitionStates(ShardRange shards, IComparer<TRow>? order)
    {
        Rows = new GroupRows<TKey, TRow>(new ContentOrder<TRow>(order ?? Comparer<TRow>.Create(static (_, _) => 0)), shards);
        Given = new StoredMap<TKey, int>("given", shards);
    }

    public GroupRows<TKey, TRow> Rows { get; }

    public StoredMap<TKey, int> Given { get; }

    public override IReadOnlyList<IShardedState> Journaled => [Rows, Given];

    public override IReadOnlyList<string> Names => ["rows"];

    public override object? Read(TKey key, string name) => Rows.Find(key, Rows.Map.HashOf(key)) is { Count: > 0 } rows ? rows.All.ToArray()
        : null;
}

/// <summary>One region that gives results with every change.</summary>
/// <remarks>What the rows show is a function of them: it is computed before and after a change, and the difference comes out. Changes of
/// one partition that come together count as one.</remarks>
internal sealed class OverChanges<TKey, TRow, TResult>(
    RegionSite<TKey, Change<TRow>> site, PartitionStates<TKey, TRow> states, OverPlan<TRow, TResult> plan,
    Receiver<Change<Joined<TRow, TResult>>> output)
    : RowByRowOperator<TKey, Change<TRow>, Change<Joined<TRow, TResult>>>(site, output)
{
    private readonly GroupRows<TKey, TRow> _rows = states.Rows;
    private readonly OverFunction<TRow, TResult>[] _functions = plan.Functions();
    private readonly ContentOrder<TRow> _order = new(plan.Order ?? Comparer<TRow>.Create(static (_, _) => 0));
    private readonly OrderedRows<TRow> _before = new(plan.Order), _after = new(plan.Order);
    private readonly CloseQueue<TKey> _closing = new();
    private readonly long _kept = plan.Kept;
    private TResult[] _resultsBefore = [], _resultsAfter = [];

    public override EntityStates<TKey> Entities => states;

    private bool Closes => plan.Emits == OverEmission.OfWindows;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        if (Closes)
            _closing.Restore(_rows.Map, rows => rows.All.Max(row => plan.ClosesAt!(row)) ?? EventTime.MaxValue);
    }

    protected override void OnRows(in Chunk<Change<TRow>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        while (row < chunk.Count && !IsOutputFull)
        {
            int end = row + 1;
            while (end < chunk.Count && hashes[end] == hashes[row] && EqualityComparer<TKey>.Default.Equals(keys[end], keys[row]))
                end++;
            BeginRow(chunk.PositionOf(row));
            if (end - row > 1 && TryRun(chunk.Rows[row..end], chunk.Times[row..end], keys[row], hashes[row]))
            {
                row = end;
                continue;
            }

            // One by one: a row that fails is found so.
            for (; row < end && !IsOutputFull; row++)
            {
                BeginRow(chunk.PositionOf(row));
                OnRow(chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
            }
        }
    }

    protected override void OnRow(in Change<TRow> row, TKey key, ulong hash, long time) =>
        Run(new ReadOnlySpan<Change<TRow>>(in row), new ReadOnlySpan<long>(in time), key, hash);

    protected override bool FireOne(long watermark)
    {
        while (Closes && _closing.TryTake(watermark, out TKey key, out ulong hash, out _))
        {
            if (_rows.Find(key, hash) is not { } rows)
                continue;
            foreach (TRow row in rows.All.ToArray())
                _rows.Remove(key, hash, row, 0, out _);
            return true;
        }

        return false;
    }

    protected override void RollBack()
    {
        // What failed has been taken back where it did.
    }

    private bool TryRun(ReadOnlySpan<Change<TRow>> rows, ReadOnlySpan<long> times, TKey key, ulong hash)
    {
        try
        {
            Run(rows, times, key, hash);
            return true;
        }
        catch (Exception error) when (error is not JobException)
        {
            return false;
        }
    }

    private void Run(ReadOnlySpan<Change<TRow>> changes, ReadOnlySpan<long> times, TKey key, ulong hash)
    {
        SortedRows<TRow>? known = _rows.Find(key, hash);
        if (known is not null && known.Count >= _kept && AreBehind(changes, times, known))
            return;
        bool isNew = known is null;
        Look(key, hash, _before, ref _resultsBefore);
        int done = 0, late = 0;
        long latest = EventTime.MinValue;
        for (; done < changes.Length; done++)
        {
            if (Closes && times[done] < Watermark)
            {
                late++;
                continue;
            }

            Change(changes[done].Row, changes[done].Weight, key, hash);
            latest = Math.Max(latest, times[done]);
        }

        try
        {
            Look(key, hash, _after, ref _resultsAfter);
        }
        catch
        {
            while (--done >= 0)
            {
                if (!Closes || times[done] >= Watermark)
                    Change(changes[done].Row, -changes[done].Weight, key, hash);
            }

            throw;
        }

        CountLate(late);
        Difference(latest);
        known = _rows.Find(key, hash);
        while (known is not null && known.Count > _kept)
            _rows.Remove(key, hash, known[known.Count - 1], 0, out _);
        if (Closes && isNew && known is not null)
            _closing.Add(key, hash, known.All.Max(row => plan.ClosesAt!(row)) ?? EventTime.MaxValue);
    }

    /// <summary>Whether no row can come among the first, now or ever.</summary>
    private bool AreBehind(ReadOnlySpan<Change<TRow>> changes, ReadOnlySpan<long> times, SortedRows<TRow> known)
    {
        if (_kept == 0)
            return false;
        TRow last = known[(int)_kept - 1];
        for (int at = 0; at < changes.Length; at++)
        {
            if (changes[at].Weight < 0 || (Closes && times[at] < Watermark) || _order.Compare(changes[at].Row, last) < 0)
                return false;
        }

        return true;
    }

    private void Change(TRow row, int weight, TKey key, ulong hash)
    {
        for (; weight > 0; weight--)
            _rows.Add(key, hash, row, 0, out _);
        for (; weight < 0; weight++)
            _rows.Remove(key, hash, row, 0, out _);
    }

    private void Look(TKey key, ulong hash, OrderedRows<TRow> rows, ref TResult[] results)
    {
        rows.Fill(_rows.Find(key, hash), plan.Range);
        if (results.Length < rows.Count)
            results = new TResult[rows.Count * 2];
        results.AsSpan(0, rows.Count).Clear();
        foreach (OverFunction<TRow, TResult> function in _functions)
            function.Fill(rows, results);
    }

    /// <summary>Both are in one order, in which only the same rows are equal.</summary>
    private void Difference(long time)
    {
        int before = 0, after = 0;
        while (before < _before.Count || after < _after.Count)
        {
            if (before < _before.Count && !plan.Range.Has(_before, before))
            {
                before++;
                continue;
            }

            if (after < _after.Count && !plan.Range.Has(_after, after))
            {
                after++;
                continue;
            }

            int compared = before == _before.Count ? 1 : after == _after.Count ? -1 : _order.Compare(_before[before], _after[after]);
            bool isSame = compared == 0 && EqualityComparer<TResult>.Default.Equals(_resultsBefore[before], _resultsAfter[after]);
            if (compared <= 0)
            {
                if (!isSame)
                    Put(_before[before], _resultsBefore[before], -1, time);
                before++;
            }

            if (compared >= 0)
            {
                if (!isSame)
                    Put(_after[after], _resultsAfter[after], 1, time);
                after++;
            }
        }
    }

    private void Put(in TRow row, in TResult result, int weight, long time) =>
        Emit(new Change<Joined<TRow, TResult>>(Joined<TRow, TResult>.Of(row, result), weight), time);
}
