using System.Runtime.InteropServices;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join of changes.</summary>
/// <remarks>
/// What comes out for a change is the difference between what the join shows after it and before it, so weights may come in any order. Each
/// row knows how many partners it has: a row without partners is told from one with some without looking at the other side.
/// </remarks>
internal sealed class ChangesJoin<TKey, TLeft, TRight>(
    TwoInputSite<TKey, Change<TLeft>, Change<TRight>> site, Receiver<Change<Joined<TLeft, TRight>>> output,
    StoredEntities<TKey, JoinRows<TLeft, TRight>> entities, JoinType type, Func<TLeft, TRight, bool>? where,
    ChangesJoinOptions options)
    : RowByRowTwoInputOperator<TKey, Change<TLeft>, Change<TRight>, Change<Joined<TLeft, TRight>>>(site, output)
{
    private readonly StoredMap<TKey, JoinRows<TLeft, TRight>> _rows = entities.States;
    private readonly List<int> _partners = [];
    private readonly bool _closes = options.Closes;
    private readonly bool _onlyPairs = options.OnlyAdds && type == JoinType.Inner && where is null;
    private readonly Func<Exception>? _onSeveral = options.OnSeveral;
    private readonly CloseQueue<TKey> _closing = new();

    public override EntityStates<TKey> Entities => entities;

    public override bool RefusesLateRows => _closes;

    protected override long OutputDelay => options.LongestWait;

    protected override void OnRestored()
    {
        if (_closes)
            _closing.Restore(_rows.Map, static rows => rows.Time);
    }

    protected override void OnLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        if (IsLate(time))
            return;
        if (_onlyPairs)
        {
            AddLeft(row, key, hash, time);
            return;
        }

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

        if (partners > 1 && row.Weight > 0 && _onSeveral is not null)
            throw _onSeveral();

        // From here on nothing fails: what is put out and what is stored agree.
        foreach (int at in _partners)
        {
            ref JoinRow<TRight> other = ref others[at];
            long before = other.Partners, after = before + row.Weight;
            other.Partners = after;
            if (type.EmitsPairs())
                Put(Joined<TLeft, TRight>.Of(row.Row, other.Row), row.Weight * other.Count, Math.Max(time, other.Time));
            if (type.EmitsRight() && before > 0 != after > 0)
                Put(Joined<TLeft, TRight>.OfRight(other.Row), before > 0 ? other.Count : -other.Count, Math.Max(time, other.Time));
        }

        bool isShownAlone = type == JoinType.Semi ? partners > 0 : type.EmitsLeft() && partners <= 0;
        if (isShownAlone)
            Put(Joined<TLeft, TRight>.OfLeft(row.Row), row.Weight, time);
        rows.Left ??= [];
        JoinRow<TLeft>.Add(rows.Left, row.Row, row.Weight, partners, time);
        Keep(key, hash, rows, time);
    }

    protected override void OnRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        if (IsLate(time))
            return;
        if (_onlyPairs)
        {
            AddRight(row, key, hash, time);
            return;
        }

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
            if (_onSeveral is not null && row.Weight > 0 && others[at].Partners + row.Weight > 1)
                throw _onSeveral();
        }

        foreach (int at in _partners)
        {
            ref JoinRow<TLeft> other = ref others[at];
            long before = other.Partners, after = before + row.Weight;
            other.Partners = after;
            if (type.EmitsPairs())
                Put(Joined<TLeft, TRight>.Of(other.Row, row.Row), row.Weight * other.Count, Math.Max(time, other.Time));
            if (before > 0 == after > 0)
                continue;
            if (type == JoinType.Semi)
                Put(Joined<TLeft, TRight>.OfLeft(other.Row), after > 0 ? other.Count : -other.Count, Math.Max(time, other.Time));
            else if (type.EmitsLeft())
                Put(Joined<TLeft, TRight>.OfLeft(other.Row), before > 0 ? other.Count : -other.Count, Math.Max(time, other.Time));
        }

        if (type.EmitsRight() && partners <= 0)
            Put(Joined<TLeft, TRight>.OfRight(row.Row), row.Weight, time);
        rows.Right ??= [];
        JoinRow<TRight>.Add(rows.Right, row.Row, row.Weight, partners, time);
        Keep(key, hash, rows, time);
    }

    /// <summary>Rows only come, and only pairs come out: a row meets those that are there, and nobody asks how many partners it
    /// has.</summary>
    private void AddLeft(in Change<TLeft> row, TKey key, ulong hash, long time)
    {
        ref JoinRows<TLeft, TRight> rows = ref _rows.Touch(key, hash);
        foreach (ref readonly JoinRow<TRight> other in CollectionsMarshal.AsSpan(rows.Right))
            Put(Joined<TLeft, TRight>.Of(row.Row, other.Row), row.Weight * other.Count, Math.Max(time, other.Time));
        (rows.Left ??= []).Add(new JoinRow<TLeft>(row.Row, row.Weight, 0, time));
        Latest(key, hash, ref rows, time);
    }

    /// <inheritdoc cref="AddLeft"/>
    private void AddRight(in Change<TRight> row, TKey key, ulong hash, long time)
    {
        ref JoinRows<TLeft, TRight> rows = ref _rows.Touch(key, hash);
        foreach (ref readonly JoinRow<TLeft> other in CollectionsMarshal.AsSpan(rows.Left))
            Put(Joined<TLeft, TRight>.Of(other.Row, row.Row), row.Weight * other.Count, Math.Max(time, other.Time));
        (rows.Right ??= []).Add(new JoinRow<TRight>(row.Row, row.Weight, 0, time));
        Latest(key, hash, ref rows, time);
    }

    private void Latest(TKey key, ulong hash, ref JoinRows<TLeft, TRight> rows, long time)
    {
        if (time <= rows.Time && (rows.Left?.Count ?? 0) + (rows.Right?.Count ?? 0) > 1)
            return;
        rows.Time = time;
        if (_closes)
            _closing.Add(key, hash, time);
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

    private void Keep(TKey key, ulong hash, JoinRows<TLeft, TRight> rows, long time)
    {
        if (rows.IsEmpty)
        {
            _rows.Remove(key, hash);
            return;
        }

        ref JoinRows<TLeft, TRight> kept = ref _rows.Touch(key, hash);
        kept = rows;
        Latest(key, hash, ref kept, time);
    }

    private bool IsLate(long time)
    {
        bool isLate = _closes && time < Watermark;
        if (isLate)
            CountLate();
        return isLate;
    }

    /// <summary>The rows of a window that is complete are forgotten; nothing is put out.</summary>
    protected override bool FireOne(long watermark)
    {
        while (_closes && _closing.TryTake(watermark, out TKey key, out ulong hash, out long time))
        {
            if (!_rows.TryGet(key, hash, out JoinRows<TLeft, TRight> rows) || rows.Time != time)
                continue;
            _rows.Remove(key, hash);
            return true;
        }

        return false;
    }
}
