using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Joins of two tables by their keys.</summary>
public static class TableJoinOperator
{
    /// <summary>The values of both tables under one key; changes with either.</summary>
    /// <param name="left">The left table.</param>
    /// <param name="name">Stable and unique in the pipeline: the values of both are stored under it.</param>
    /// <param name="right">The right table.</param>
    /// <param name="type">Which keys the result has: those of both tables, of the left one, of either, of the left one alone, ….</param>
    /// <returns>A table of pairs by the same key.</returns>
    /// <remarks>Keeps the present values of both tables.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the two belong to two pipelines.</exception>
    public static Table<TKey, Joined<TLeft, TRight>> Join<TKey, TLeft, TRight>(
        this Table<TKey, TLeft> left, string name, Table<TKey, TRight> right, JoinType type = JoinType.Inner)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new(TwoInputs.Add(left.Keyed, right.Keyed, name,
            (first, second) => new TableJoinNode<TKey, TLeft, TRight>(name, first, second, type)));
    }
}

/// <summary>What a join of two tables keeps for a key.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct BothSides<TLeft, TRight>(bool HasLeft, bool HasRight, TLeft? Left, TRight? Right)
{
    /// <summary>Whether the join shows anything for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsShown(JoinType type) => type switch
    {
        JoinType.Inner or JoinType.Semi => HasLeft && HasRight,
        JoinType.Left => HasLeft,
        JoinType.Right => HasRight,
        JoinType.Anti => HasLeft && !HasRight,
        _ => HasLeft || HasRight,
    };

    /// <summary>What the join shows for it, if anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Joined<TLeft, TRight> Show(JoinType type) => type.EmitsPairs() ? new(HasLeft, Left, HasRight, Right)
        : new(true, Left, false, default);
}

internal sealed class TableJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, TableChange<TKey, TLeft>> left, SideInput<TKey, TableChange<TKey, TRight>> right, JoinType type)
    : TwoInputNode<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>>(name, "table-join",
        left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant();

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left value");
        Require<TRight>(pipeline, "right value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<
        TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>> Build(
        StageBuild build, TwoInputSite<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>> site) =>
        new TableJoin<TKey, TLeft, TRight>(site, build.Downstream(this), EntitiesOf(site.Shards), type);

    private StoredEntities<TKey, BothSides<TLeft, TRight>> EntitiesOf(ShardRange shards)
    {
        JoinType shownAs = type;
        return new(shards, "pair", both => both.IsShown(shownAs) ? both.Show(shownAs) : null);
    }
}

/// <summary>One region of a join of two tables: one entry per key holds both values.</summary>
internal sealed class TableJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>> site,
    Receiver<TableChange<TKey, Joined<TLeft, TRight>>> output, StoredEntities<TKey, BothSides<TLeft, TRight>> entities, JoinType type)
    : TwoInputOperator<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>>(site, output)
{
    private readonly StateMap<TKey, BothSides<TLeft, TRight>> _map = entities.States.Map;

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeftRows(in Chunk<TableChange<TKey, TLeft>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes,
        ref int row) =>
        Run<SetsLeft<TLeft, TRight>, TLeft>(chunk, keys, hashes, ref row);

    protected override void OnRightRows(in Chunk<TableChange<TKey, TRight>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes,
        ref int row) =>
        Run<SetsRight<TLeft, TRight>, TRight>(chunk, keys, hashes, ref row);

    private void Run<TSide, T>(in Chunk<TableChange<TKey, T>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
        where TSide : struct, ISetsSide<T, TLeft, TRight>
    {
        StateMap<TKey, BothSides<TLeft, TRight>> map = _map;
        map.Reserve(chunk.Count - row);
        map.Prefetch(hashes[row..]);

        // What semi and anti joins show of a left row does not change with the right row's value.
        bool showsValue = TSide.IsLeft || type.EmitsPairs();
        ReadOnlySpan<TableChange<TKey, T>> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times;
        for (; row < rows.Length && !IsOutputFull; row++)
        {
            int at = row;
            ref BothSides<TLeft, TRight> both = ref map.Touch(keys[at], hashes[at]);
            BothSides<TLeft, TRight> before = both;
            TSide.Set(ref both, rows[at].HasAfter, rows[at].After);
            bool had = before.IsShown(type), has = both.IsShown(type);
            if ((had || has) && (showsValue || had != has))
            {
                ref TableChange<TKey, Joined<TLeft, TRight>> change = ref Next(times[at]);
                change = new(keys[at], had, had ? before.Show(type) : default, has, has ? both.Show(type) : default);
            }

            if (!both.HasLeft && !both.HasRight)
                map.Remove(keys[at], hashes[at]);
        }
    }
}

/// <summary>Which side a change sets. A struct, so that both sides share their code.</summary>
internal interface ISetsSide<T, TLeft, TRight>
{
    static abstract bool IsLeft { get; }

    static abstract void Set(ref BothSides<TLeft, TRight> both, bool has, T? value);
}

internal readonly struct SetsLeft<TLeft, TRight> : ISetsSide<TLeft, TLeft, TRight>
{
    public static bool IsLeft => true;

    public static void Set(ref BothSides<TLeft, TRight> both, bool has, TLeft? value) => (both.HasLeft, both.Left) = (has, value);
}

internal readonly struct SetsRight<TLeft, TRight> : ISetsSide<TRight, TLeft, TRight>
{
    public static bool IsLeft => false;

    public static void Set(ref BothSides<TLeft, TRight> both, bool has, TRight? value) => (both.HasRight, both.Right) = (has, value);
}
