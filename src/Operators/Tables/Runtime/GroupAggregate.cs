using ActorStreams.Core.Process;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>An aggregate by group, in the graph.</summary>
internal sealed class GroupAggregateNode<TGroup, T, TState, TResult>(
    string name, KeyedStream<TGroup, Change<T>> input, Retractable<T, TState, TResult> fold)
    : KeyedNode<TGroup, Change<T>, TableChange<TGroup, TResult>>(name, "group-aggregate", input)
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TState>(pipeline, "state");
    }

    public override EntityStates<TGroup> CreateEntities(ShardRange shards) => EntitiesOf(shards, OwedOf(shards));

    protected override KeyedOperator<TGroup, Change<T>> Build(StageBuild build, RegionSite<TGroup, Change<T>> site)
    {
        OwedRows<TGroup, T>? owed = OwedOf(site.Shards);
        return new GroupAggregate<TGroup, T, TState, TResult>(
            site, EntitiesOf(site.Shards, owed), owed, fold, build.Downstream(this));
    }

    private OwedRows<TGroup, T>? OwedOf(ShardRange shards) => fold.Holds is null ? null : new OwedRows<TGroup, T>(shards);

    private StoredEntities<TGroup, GroupCell<TState>> EntitiesOf(ShardRange shards, OwedRows<TGroup, T>? owed) =>
        new(shards, "group", cell => cell.Count > 0 ? fold.Result(cell.State, cell.Count) : null, owed is null ? [] : [owed.Stored]);
}

/// <summary>One region of an aggregate by group.</summary>
/// <remarks>
/// Weights add up in any order: a row may be taken away before it comes. Then the count of its group, and the state, are what they would
/// be without it; an aggregate that
/// cannot take away what it does not hold has the row remembered beside it until it comes. A group is forgotten when nothing is left of
/// it, not when it has no rows by number.
/// </remarks>
internal sealed class GroupAggregate<TGroup, T, TState, TResult>(
    RegionSite<TGroup, Change<T>> site,
    StoredEntities<TGroup, GroupCell<TState>> entities, OwedRows<TGroup, T>? owedRows, Retractable<T, TState, TResult> fold,
        Receiver<TableChange<TGroup, TResult>> output)
    : RowByRowOperator<TGroup, Change<T>, TableChange<TGroup, TResult>>(site, output)
{
    private readonly StoredMap<TGroup, GroupCell<TState>> _cells = entities.States;
    private readonly EmptyState<T, TState, TResult> _empty = new(fold);

    public override EntityStates<TGroup> Entities => entities;

    protected override void OnRow(in Change<T> row, TGroup key, ulong hash, long time)
    {
        // Everything that may throw comes first.
        GroupCell<TState> cell = _cells.TryGet(key, hash, out GroupCell<TState> known) ? known : new GroupCell<TState>(0, fold.Initial());
        bool had = cell.Count > 0;
        TResult? before = had ? fold.Result(cell.State, cell.Count) : default;
        owedRows?.Begin(key, hash);
        TState state = cell.State;
        for (int weight = row.Weight; weight > 0; weight--)
        {
            if (owedRows is null || !owedRows.TryPay(row.Row))
                state = fold.Add(state, row.Row);
        }

        for (int weight = row.Weight; weight < 0; weight++)
        {
            if (owedRows is null || fold.Holds!(state, row.Row))
                state = fold.Remove(state, row.Row);
            else
                owedRows.Owe(row.Row);
        }

        long count = cell.Count + row.Weight;
        bool has = count > 0;
        TResult? after = has ? fold.Result(state, count) : default;
        if (count == 0 && (owedRows is null || owedRows.IsEmpty) && _empty.IsEmpty(state, row.Row))
            _cells.Remove(key, hash);
        else
            _cells.Touch(key, hash) = new GroupCell<TState>(count, state);
        owedRows?.End(key, hash);
        if ((had || has) && !(had && has && EqualityComparer<TResult>.Default.Equals(before, after)))
            Emit(new TableChange<TGroup, TResult>(key, had, before, has, after), time);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // User code runs before anything changes.
    }
}
