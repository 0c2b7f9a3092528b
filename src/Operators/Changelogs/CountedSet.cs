using ActorStreams.Core.Process;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Rows that count as often as they are there: SQL's INTERSECT ALL and EXCEPT ALL.</summary>
internal static class CountedSetOperator
{
    /// <summary>The rows that both have, as often as the fewer times they are there; or those of the left that are left over.</summary>
    /// <param name="left">The left rows.</param>
    /// <param name="name">Stable and unique in the pipeline: how often each row is there is stored under it.</param>
    /// <param name="right">The right rows.</param>
    /// <param name="isExcept">EXCEPT ALL; else INTERSECT ALL.</param>
    public static Stream<Change<T>> CountedSet<T>(this Stream<Change<T>> left, string name, Stream<Change<T>> right, bool isExcept) =>
        TwoInputs.Add(left.KeyBy(static change => change.Row), right.KeyBy(static change => change.Row), name,
            (first, second) => new CountedSetNode<T>(name, first, second, isExcept));
}

/// <summary>How often a row is there on both sides.</summary>
internal record struct BothCounts(long Left, long Right)
{
    public readonly long Of(bool isExcept) => Math.Max(0, isExcept ? Left - Math.Max(0, Right) : Math.Min(Left, Right));
}

internal sealed class CountedSetNode<T>(string name, SideInput<T, Change<T>> left, SideInput<T, Change<T>> right, bool isExcept)
    : TwoInputNode<T, Change<T>, Change<T>, Change<T>>(name, isExcept ? "except-all" : "intersect-all", left, right)
{
    public override EntityStates<T> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<T, Change<T>, Change<T>, Change<T>> Build(
        StageBuild build, TwoInputSite<T, Change<T>, Change<T>> site) =>
        new CountedSet<T>(site, build.Downstream(this), EntitiesOf(site.Shards), isExcept);

    private static StoredEntities<T, BothCounts> EntitiesOf(ShardRange shards) => new(shards, "counts");
}

internal sealed class CountedSet<T>(
    TwoInputSite<T, Change<T>, Change<T>> site, Receiver<Change<T>> output, StoredEntities<T, BothCounts> entities, bool isExcept)
    : RowByRowTwoInputOperator<T, Change<T>, Change<T>, Change<T>>(site, output)
{
    private readonly StoredMap<T, BothCounts> _counts = entities.States;

    public override EntityStates<T> Entities => entities;

    protected override void OnLeft(in Change<T> row, T key, ulong hash, long time) => Count(key, hash, row.Weight, 0, time);

    protected override void OnRight(in Change<T> row, T key, ulong hash, long time) => Count(key, hash, 0, row.Weight, time);

    private void Count(T key, ulong hash, long left, long right, long time)
    {
        _counts.TryGet(key, hash, out BothCounts before);
        var after = new BothCounts(before.Left + left, before.Right + right);
        if (after == default)
            _counts.Remove(key, hash);
        else
            _counts.Touch(key, hash) = after;
        long weight = after.Of(isExcept) - before.Of(isExcept);
        if (weight != 0)
            Emit(new Change<T>(key, checked((int)weight)), time);
    }
}
