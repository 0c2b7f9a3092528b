using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join of changes.</summary>
/// <remarks>
/// What comes out for a change is the difference between what the join shows after it and before it, so weights may come in any order. Each
/// row knows how many partners it has: a row without partners is told from one with some without looking at the other side.
/// </remarks>
internal sealed class ChangesJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, TRight>>> output,
    StoredEntities<TKey, JoinRows<TLeft, TRight>> entities, JoinType type, Func<TLeft, TRight, bool>? where)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(site, output)
{
    private readonly StoredMap<TKey, JoinRows<TLeft, TRight>> _rows = entities.States;
    private readonly List<int> _partners = [];

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        Span<JoinRow<TRight>> others = CollectionsMarshal.AsSpan(rows.Right);
        _partners.Clear();
        long partners = 0;
        for (int at = 0; at < others.Length; at++)
        {
            if (where is not null && !where(row.Row, others[at].Row))
                continue;
            _partners.Add(at);
            partners += others[at].Count;
        }

        // From here on nothing fails: what is put out and what is stored agree.
        foreach (int at in _partners)
        {
            ref JoinRow<TRight> other = ref others[at];
            long before = other.Partners, after = before + row.Weight;
            other.Partners = after;
            if (type.EmitsPairs())
                Put(Joined<TLeft, TRight>.Of(row.Row, other.Row), row.Weight * other.Count, time);
            if (type.EmitsRight() && before > 0 != after > 0)
                Put(Joined<TLeft, TRight>.OfRight(other.Row), before > 0 ? other.Count : -other.Count, time);
        }

        bool isShownAlone = type == JoinType.Semi ? partners > 0 : type.EmitsLeft() && partners <= 0;
        if (isShownAlone)
            Put(Joined<TLeft, TRight>.OfLeft(row.Row), row.Weight, time);
        rows.Left ??= [];
        Count(rows.Left, row.Row, row.Weight, partners);
        Keep(key, hash, rows);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        Span<JoinRow<TLeft>> others = CollectionsMarshal.AsSpan(rows.Left);
        _partners.Clear();
        long partners = 0;
        for (int at = 0; at < others.Length; at++)
        {
            if (where is not null && !where(others[at].Row, row.Row))
                continue;
            _partners.Add(at);
            partners += others[at].Count;
        }

        foreach (int at in _partners)
        {
            ref JoinRow<TLeft> other = ref others[at];
            long before = other.Partners, after = before + row.Weight;
            other.Partners = after;
            if (type.EmitsPairs())
                Put(Joined<TLeft, TRight>.Of(other.Row, row.Row), row.Weight * other.Count, time);
            if (before > 0 == after > 0)
                continue;
            if (type == JoinType.Semi)
                Put(Joined<TLeft, TRight>.OfLeft(other.Row), after > 0 ? other.Count : -other.Count, time);
            else if (type.EmitsLeft())
                Put(Joined<TLeft, TRight>.OfLeft(other.Row), before > 0 ? other.Count : -other.Count, time);
        }

        if (type.EmitsRight() && partners <= 0)
            Put(Joined<TLeft, TRight>.OfRight(row.Row), row.Weight, time);
        rows.Right ??= [];
        Count(rows.Right, row.Row, row.Weight, partners);
        Keep(key, hash, rows);
    }

    /// <summary>Weights beyond what a change can carry come as several.</summary>
    private void Put(in Joined<TLeft, TRight> row, long weight, long time)
    {
        while (weight != 0)
        {
            int part = (int)Math.Clamp(weight, -int.MaxValue, int.MaxValue);
            Emit(new Change<Joined<TLeft, TRight>>(row, part), time);
            weight -= part;
        }
    }

    private static void Count<T>(List<JoinRow<T>> rows, T row, long weight, long partners)
    {
        Span<JoinRow<T>> all = CollectionsMarshal.AsSpan(rows);
        for (int at = 0; at < all.Length; at++)
        {
            if (!EqualityComparer<T>.Default.Equals(all[at].Row, row))
                continue;
            all[at].Count += weight;
            if (all[at].Count == 0)
            {
                all[at] = all[^1];
                rows.RemoveAt(rows.Count - 1);
            }

            return;
        }

        rows.Add(new JoinRow<T>(row, weight, partners));
    }

    private void Keep(TKey key, ulong hash, in JoinRows<TLeft, TRight> rows)
    {
        if (rows.IsEmpty)
            _rows.Remove(key, hash);
        else
            _rows.Touch(key, hash) = rows;
    }
}
