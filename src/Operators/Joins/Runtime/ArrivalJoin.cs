namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join with rows as they are.</summary>
internal sealed class ArrivalJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, TRight>>> output,
    StoredEntities<TKey, List<JoinRow<TRight>>> entities, JoinType type, Func<TLeft, TRight, bool>? where)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(site, output)
{
    private readonly StoredMap<TKey, List<JoinRow<TRight>>> _rows = entities.States;

    public override EntityStates<TKey> Entities => entities;

    protected override bool RightHasSay => false;

    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        if (row.Weight < 0)
        {
            throw new InvalidOperationException("A row that met others as they were when it came cannot be taken back: they may be " +
                "others now. Join rows that only come, as those of an APPEND ONLY table.");
        }

        bool hasPartner = false;
        _rows.TryGet(key, hash, out List<JoinRow<TRight>>? others);
        foreach (JoinRow<TRight> other in others ?? [])
        {
            if (other.Count <= 0 || (where is not null && !where(row.Row, other.Row)))
                continue;
            hasPartner = true;
            Emit(new Change<Joined<TLeft, TRight>>(
                Joined<TLeft, TRight>.Of(row.Row, other.Row), checked((int)(row.Weight * other.Count))), time);
        }

        if (!hasPartner && type == JoinType.Left)
            Emit(new Change<Joined<TLeft, TRight>>(Joined<TLeft, TRight>.OfLeft(row.Row), row.Weight), time);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        ref List<JoinRow<TRight>> rows = ref _rows.Touch(key, hash);
        rows ??= [];
        JoinRow<TRight>.Add(rows, row.Row, row.Weight, 0, time);
        if (rows.Count == 0)
            _rows.Remove(key, hash);
    }
}
