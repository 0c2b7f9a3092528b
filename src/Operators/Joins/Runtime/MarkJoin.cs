using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join that marks rows. Each left row knows how many partners it has, and how many it may have.</summary>
internal sealed class MarkJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, Mark>>> output,
    StoredEntities<TKey, MarkedRows<TLeft, TRight>> entities, Func<TLeft, TRight, bool?>? where)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, Mark>>>(site, output)
{
    private readonly StoredMap<TKey, MarkedRows<TLeft, TRight>> _rows = entities.States;
    private readonly List<bool?> _truths = [];

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out MarkedRows<TLeft, TRight> rows);
        long partners = 0, unknown = 0;
        foreach (JoinRow<TRight> other in rows.Right ?? [])
        {
            bool? truth = where is null ? true : where(row.Row, other.Row);
            partners += truth == true ? other.Count : 0;
            unknown += truth is null ? other.Count : 0;
        }

        Put(row.Row, partners, unknown, row.Weight, time);
        Add(rows.Left ??= [], new MarkedRow<TLeft>(row.Row, row.Weight, partners, unknown, time));
        Keep(key, hash, rows);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out MarkedRows<TLeft, TRight> rows);
        Span<MarkedRow<TLeft>> lefts = CollectionsMarshal.AsSpan(rows.Left ??= []);
        _truths.Clear();
        foreach (ref MarkedRow<TLeft> left in lefts)
            _truths.Add(where is null ? true : where(left.Row, row.Row));

        // From here on nothing fails.
        for (int at = 0; at < lefts.Length; at++)
        {
            ref MarkedRow<TLeft> left = ref lefts[at];
            if (_truths[at] == false)
                continue;
            (long partners, long unknown) = (left.Partners, left.Unknown);
            left.Partners += _truths[at] == true ? row.Weight : 0;
            left.Unknown += _truths[at] is null ? row.Weight : 0;
            if (MarkOf(partners, unknown) == MarkOf(left.Partners, left.Unknown))
                continue;
            Put(left.Row, partners, unknown, -left.Count, Math.Max(time, left.Time));
            Put(left.Row, left.Partners, left.Unknown, left.Count, Math.Max(time, left.Time));
        }

        JoinRow<TRight>.Add(rows.Right ??= [], row.Row, row.Weight, 0, time);
        Keep(key, hash, rows);
    }

    private static bool? MarkOf(long partners, long unknown) => partners > 0 ? true : unknown > 0 ? null : false;

    private void Put(TLeft row, long partners, long unknown, long weight, long time)
    {
        if (weight != 0)
        {
            Emit(new Change<Joined<TLeft, Mark>>(
                Joined<TLeft, Mark>.Of(row, new Mark { Value = MarkOf(partners, unknown) }), checked((int)weight)), time);
        }
    }

    private static void Add(List<MarkedRow<TLeft>> rows, in MarkedRow<TLeft> row)
    {
        Span<MarkedRow<TLeft>> all = CollectionsMarshal.AsSpan(rows);
        for (int at = 0; at < all.Length; at++)
        {
            if (!EqualityComparer<TLeft>.Default.Equals(all[at].Row, row.Row))
                continue;
            all[at].Count += row.Count;
            all[at].Time = Math.Max(all[at].Time, row.Time);
            if (all[at].Count == 0)
            {
                all[at] = all[^1];
                rows.RemoveAt(rows.Count - 1);
            }

            return;
        }

        rows.Add(row);
    }

    private void Keep(TKey key, ulong hash, in MarkedRows<TLeft, TRight> rows)
    {
        if (rows.IsEmpty)
            _rows.Remove(key, hash);
        else
            _rows.Touch(key, hash) = rows;
    }
}
