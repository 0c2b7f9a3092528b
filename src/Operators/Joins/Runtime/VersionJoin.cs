using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join with the version that was valid at the time of each left row.</summary>
internal sealed class VersionJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, TRight>>> output,
    StoredEntities<TKey, JoinRows<TLeft, TRight>> entities, NearestPlan<TLeft, TRight> plan)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(site, output)
{
    private readonly StoredMap<TKey, JoinRows<TLeft, TRight>> _rows = entities.States;
    private readonly CloseQueue<TKey> _due = new();

    public override EntityStates<TKey> Entities => entities;

    protected override void OnRestored()
    {
        for (int slot = 0; slot < _rows.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, JoinRows<TLeft, TRight>>.Entry entry = ref _rows.Map.At(slot);
            if (!_rows.Map.IsLive(entry))
                continue;
            foreach (JoinRow<TLeft> left in entry.State.Left ?? [])
                _due.Add(entry.Key, _rows.HashOf(entry.Key), left.Time);
        }
    }

    /// <summary>A row that comes late meets the versions that are left.</summary>
    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        if (time < Watermark)
        {
            Put(row.Row, rows.Right ?? [], row.Weight, time);
            return;
        }

        rows.Left ??= [];
        JoinRow<TLeft>.Add(rows.Left, row.Row, row.Weight, 0, time);
        _rows.Touch(key, hash) = rows;
        _due.Add(key, hash, time);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        // What is taken away was valid before.
        if (row.Weight < 0)
            return;
        _rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows);
        rows.Right ??= [];
        rows.Right.Add(new JoinRow<TRight>(row.Row, 1, 0, time));
        _rows.Touch(key, hash) = rows;
    }

    protected override bool FireOne(long watermark)
    {
        while (_due.TryTake(watermark, out TKey key, out ulong hash, out _))
        {
            if (!_rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows) || rows.Left is not { Count: > 0 } lefts)
                continue;
            bool isEnd = watermark == EventTime.MaxValue;
            for (int at = 0; at < lefts.Count; at++)
            {
                if (lefts[at].Time < watermark || isEnd)
                    Give(lefts[at], rows.Right ?? []);
            }

            lefts.RemoveAll(left => left.Time < watermark || isEnd);
            Forget(rows.Right, watermark);
            if (rows.IsEmpty)
                _rows.Remove(key, hash);
            else
                _rows.Touch(key, hash) = rows;
            return true;
        }

        return false;
    }

    /// <summary>A row whose conditions fail is skipped, or ends the job.</summary>
    private void Give(in JoinRow<TLeft> left, List<JoinRow<TRight>> versions)
    {
        try
        {
            Put(left.Row, versions, left.Count, left.Time);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, new Change<TLeft>(left.Row, checked((int)left.Count)), left.Time, ActorStreams.Authoring.Position.None);
        }
    }

    /// <summary>Of the versions before the watermark only the last can be met any more.</summary>
    private static void Forget(List<JoinRow<TRight>>? versions, long watermark)
    {
        if (versions is not { Count: > 1 })
            return;
        long last = EventTime.MinValue;
        foreach (JoinRow<TRight> version in versions)
        {
            if (version.Time < watermark)
                last = Math.Max(last, version.Time);
        }

        versions.RemoveAll(version => version.Time < last);
    }

    private void Put(TLeft left, List<JoinRow<TRight>> versions, long weight, long time)
    {
        int nearest = Versions.Nearest(versions, left, plan);
        if (weight == 0 || (nearest < 0 && plan.Type != JoinType.Left))
            return;
        Emit(new Change<Joined<TLeft, TRight>>(nearest < 0 ? Joined<TLeft, TRight>.OfLeft(left)
            : Joined<TLeft, TRight>.Of(left, versions[nearest].Row), checked((int)weight)), time);
    }
}
