namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join with the nearest row, which may become another with every change.</summary>
internal sealed class NearestJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, TRight>>> output,
    StoredEntities<TKey, JoinRows<TLeft, TRight>> entities, NearestPlan<TLeft, TRight> plan)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(site, output)
{
    private readonly StoredMap<TKey, JoinRows<TLeft, TRight>> _rows = entities.States;
    private readonly List<int> _nearest = [];

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        List<JoinRow<TRight>> others = rows.Right ??= [];
        int nearest = Versions.Nearest(others, row.Row, plan);
        Put(row.Row, others, nearest, row.Weight, nearest < 0 ? time : Math.Max(time, others[nearest].Time));
        rows.Left ??= [];
        JoinRow<TLeft>.Add(rows.Left, row.Row, row.Weight, 0, time);
        Keep(key, hash, rows);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        List<JoinRow<TRight>> others = rows.Right ??= [];
        List<JoinRow<TLeft>> lefts = rows.Left ??= [];
        List<JoinRow<TRight>> changed = [.. others];
        JoinRow<TRight>.Add(changed, row.Row, row.Weight, 0, time);
        _nearest.Clear();
        foreach (JoinRow<TLeft> left in lefts)
        {
            _nearest.Add(Versions.Nearest(others, left.Row, plan));
            _nearest.Add(Versions.Nearest(changed, left.Row, plan));
        }

        // From here on nothing fails.
        for (int at = 0; at < lefts.Count; at++)
        {
            (int before, int after) = (_nearest[at * 2], _nearest[(at * 2) + 1]);
            bool isSame = before < 0 ? after < 0
                : after >= 0 && EqualityComparer<TRight>.Default.Equals(others[before].Row, changed[after].Row);
            if (isSame)
                continue;
            long latest = Math.Max(time, lefts[at].Time);
            Put(lefts[at].Row, others, before, -lefts[at].Count, latest);
            Put(lefts[at].Row, changed, after, lefts[at].Count, latest);
        }

        rows.Right = changed;
        Keep(key, hash, rows);
    }

    private void Put(TLeft left, List<JoinRow<TRight>> others, int nearest, long weight, long time)
    {
        if (weight == 0 || (nearest < 0 && plan.Type != JoinType.Left))
            return;
        Emit(new Change<Joined<TLeft, TRight>>(nearest < 0 ? Joined<TLeft, TRight>.OfLeft(left)
            : Joined<TLeft, TRight>.Of(left, others[nearest].Row), checked((int)weight)), time);
    }

    private void Keep(TKey key, ulong hash, in JoinRows<TLeft, TRight> rows)
    {
        if (rows.IsEmpty)
            _rows.Remove(key, hash);
        else
            _rows.Touch(key, hash) = rows;
    }
}

/// <summary>Finds the nearest of some rows.</summary>
internal static class Versions
{
    /// <returns>Its place; negative: there is none, or it is no partner.</returns>
    public static int Nearest<TLeft, TRight>(List<JoinRow<TRight>> others, TLeft left, NearestPlan<TLeft, TRight> plan)
    {
        int nearest = -1;
        for (int at = 0; at < others.Count; at++)
        {
            if (others[at].Count > 0 && plan.MayMeet(left, others[at].Row)
                && (nearest < 0 || plan.Order.Compare(others[at].Row, others[nearest].Row) <= 0))
                nearest = at;
        }

        return nearest >= 0 && (plan.Where is null || plan.Where(left, others[nearest].Row)) ? nearest : -1;
    }
}
