using System.Runtime.InteropServices;
using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Operators.Tables;

namespace ActorStreams.Operators.Joins;

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
        return new(TwoInputs.Add(left.Keyed, right.Keyed, name, (first, second) => new TableJoinNode<TKey, TLeft, TRight>(name, first, second, type)));
    }
}

/// <summary>What a join of two tables keeps for a key.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct BothSides<TLeft, TRight>(bool HasLeft, bool HasRight, TLeft? Left, TRight? Right)
{
    /// <summary>What the join shows for it.</summary>
    /// <returns>Whether it shows anything.</returns>
    public readonly bool TryShow(JoinType type, out Joined<TLeft, TRight> shown)
    {
        switch (type)
        {
            case JoinType.Semi:
                shown = new Joined<TLeft, TRight>(true, Left, false, default);
                return HasLeft && HasRight;
            case JoinType.Anti:
                shown = new Joined<TLeft, TRight>(true, Left, false, default);
                return HasLeft && !HasRight;
            default:
                shown = new Joined<TLeft, TRight>(HasLeft, Left, HasRight, Right);
                return (HasLeft && HasRight) || (HasLeft && type.EmitsLeft()) || (HasRight && type.EmitsRight());
        }
    }
}

internal sealed class TableJoinNode<TKey, TLeft, TRight>(
    string name, SideInput<TKey, TableChange<TKey, TLeft>> left, SideInput<TKey, TableChange<TKey, TRight>> right, JoinType type)
    : TwoInputNode<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>>(name, "table-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant();

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TLeft>(pipeline, "left value");
        Require<TRight>(pipeline, "right value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>> Build(
        ActorBuild build, ShardRange shards) =>
        new TableJoin<TKey, TLeft, TRight>(Name, build.Context, shards, LeftKeyOf, RightKeyOf, build.ErrorsOf(this), build.Downstream(this), EntitiesOf(shards), type);

    private StoredEntities<TKey, BothSides<TLeft, TRight>> EntitiesOf(ShardRange shards)
    {
        JoinType shownAs = type;
        return new(shards, "pair", both => both.TryShow(shownAs, out Joined<TLeft, TRight> shown) ? shown : null);
    }
}

/// <summary>One region of a join of two tables: one entry per key holds both values.</summary>
internal sealed class TableJoin<TKey, TLeft, TRight>(
    string name, ActorContext context, ShardRange shards, Func<TableChange<TKey, TLeft>, TKey> leftKeyOf, Func<TableChange<TKey, TRight>, TKey> rightKeyOf,
    OperatorErrors errors, Receiver<TableChange<TKey, Joined<TLeft, TRight>>> output, StoredEntities<TKey, BothSides<TLeft, TRight>> entities, JoinType type)
    : TwoInputOperator<TKey, TableChange<TKey, TLeft>, TableChange<TKey, TRight>, TableChange<TKey, Joined<TLeft, TRight>>>(
        name, context, shards, leftKeyOf, rightKeyOf, errors, output)
{
    private readonly StateMap<TKey, BothSides<TLeft, TRight>> _map = entities.States.Map;

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeftRows(in Chunk<TableChange<TKey, TLeft>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        Prepare(hashes[row..]);
        base.OnLeftRows(chunk, keys, hashes, ref row);
    }

    protected override void OnRightRows(in Chunk<TableChange<TKey, TRight>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        Prepare(hashes[row..]);
        base.OnRightRows(chunk, keys, hashes, ref row);
    }

    protected override void OnLeft(in TableChange<TKey, TLeft> row, TKey key, ulong hash, long time)
    {
        ref BothSides<TLeft, TRight> both = ref _map.Touch(key, hash);
        bool had = both.TryShow(type, out Joined<TLeft, TRight> before);
        (both.HasLeft, both.Left) = (row.HasAfter, row.After);
        Tell(ref both, key, hash, had, before, time);
    }

    protected override void OnRight(in TableChange<TKey, TRight> row, TKey key, ulong hash, long time)
    {
        ref BothSides<TLeft, TRight> both = ref _map.Touch(key, hash);
        bool had = both.TryShow(type, out Joined<TLeft, TRight> before);
        (both.HasRight, both.Right) = (row.HasAfter, row.After);

        // What semi and anti joins show of a left row does not change with the right row's value.
        if (!type.EmitsPairs() && had == both.TryShow(type, out _))
            RemoveIfEmpty(both, key, hash);
        else
            Tell(ref both, key, hash, had, before, time);
    }

    private void Prepare(ReadOnlySpan<ulong> hashes)
    {
        _map.Reserve(hashes.Length);
        _map.Prefetch(hashes);
    }

    private void Tell(ref BothSides<TLeft, TRight> both, TKey key, ulong hash, bool had, in Joined<TLeft, TRight> before, long time)
    {
        bool has = both.TryShow(type, out Joined<TLeft, TRight> after);
        RemoveIfEmpty(both, key, hash);
        if (had || has)
        {
            Emit(new TableChange<TKey, Joined<TLeft, TRight>>(key, had, had ? before : default, has, has ? after : default), time);
        }
    }

    private void RemoveIfEmpty(in BothSides<TLeft, TRight> both, TKey key, ulong hash)
    {
        if (!both.HasLeft && !both.HasRight)
            _map.Remove(key, hash);
    }
}
