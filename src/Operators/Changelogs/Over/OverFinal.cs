using System.Diagnostics.CodeAnalysis;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>One region that gives each row once, in the order of time: when the watermark has passed all that its functions look
/// at.</summary>
/// <remarks>Rows that no function looks back at any more are forgotten.</remarks>
internal sealed class OverFinal<TKey, TRow, TResult>(
    RegionSite<TKey, Change<TRow>> site, PartitionStates<TKey, TRow> states, OverPlan<TRow, TResult> plan,
    Receiver<Change<Joined<TRow, TResult>>> output)
    : RowByRowOperator<TKey, Change<TRow>, Change<Joined<TRow, TResult>>>(site, output)
{
    private readonly GroupRows<TKey, TRow> _rows = states.Rows;
    private readonly StoredMap<TKey, int> _given = states.Given;
    private readonly OverFunction<TRow, TResult>[] _functions = plan.Functions();
    private readonly OrderedRows<TRow> _ordered = new(plan.Order);
    private readonly CloseQueue<TKey> _closing = new();
    private readonly HashSet<TKey> _looked = new(KeyComparer<TKey>.Instance);
    private TResult[] _results = [];
    private long _at = EventTime.MinValue;

    public override EntityStates<TKey> Entities => states;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        for (int slot = 0; slot < _rows.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, SortedRows<TRow>>.Entry entry = ref _rows.Map.At(slot);
            if (!_rows.Map.IsLive(entry))
                continue;
            ulong hash = _rows.Map.HashOf(entry.Key);
            _closing.Add(entry.Key, hash, EventTime.MaxValue);
            foreach (TRow row in entry.State.All)
                Await(row, entry.Key, hash);
        }
    }

    protected override void OnRow(in Change<TRow> row, TKey key, ulong hash, long time)
    {
        if (plan.ClosesAt!(row.Row) is not { } at || at < Watermark)
        {
            CountLate();
            return;
        }

        if (_rows.Find(key, hash) is null)
            _closing.Add(key, hash, EventTime.MaxValue);
        for (int weight = row.Weight; weight > 0; weight--)
            _rows.Add(key, hash, row.Row, 0, out _);
        for (int weight = row.Weight; weight < 0; weight++)
            _rows.Remove(key, hash, row.Row, 0, out _);
        Await(row.Row, key, hash);
    }

    protected override bool FireOne(long watermark)
    {
        if (watermark != _at)
            _looked.Clear();
        _at = watermark;
        while (_closing.TryTake(watermark, out TKey key, out ulong hash, out _))
        {
            if (!_looked.Add(key) || _rows.Find(key, hash) is not { } rows)
                continue;
            Give(key, hash, rows, watermark);
            return true;
        }

        return false;
    }

    protected override void RollBack()
    {
        // A firing that fails ends the attempt.
    }

    private void Await(in TRow row, TKey key, ulong hash)
    {
        _closing.Add(key, hash, plan.ClosesAt!(row) ?? EventTime.MaxValue);
        foreach (RowFunction<TRow, long?> further in plan.FurtherTimes)
            _closing.Add(key, hash, further(row) ?? EventTime.MaxValue);
    }

    private void Give(TKey key, ulong hash, SortedRows<TRow> rows, long watermark)
    {
        _given.TryGet(key, hash, out int given);
        (int final, int before) = Settle(rows, watermark);
        while (final > given && !TryFill(out Exception? error))
        {
            LeaveOut(error!, key, hash, rows);
            (final, before) = Settle(rows, watermark);
        }

        if (final <= given)
            return;
        for (int row = given; row < final; row++)
        {
            if (plan.Range.Has(_ordered, row))
            {
                Emit(Change<Joined<TRow, TResult>>.Insert(Joined<TRow, TResult>.Of(_ordered[row], _results[row])),
                    plan.ClosesAt!(_ordered[row]) ?? watermark);
            }
        }

        int forgotten = before == int.MaxValue ? 0 : Math.Max(0, final - before);
        for (int row = 0; row < forgotten; row++)
            _rows.Remove(key, hash, _ordered[row], 0, out _);
        if (final - forgotten == 0)
            _given.Remove(key, hash);
        else
            _given.Touch(key, hash) = final - forgotten;
    }

    /// <summary>Takes the rows that are in order for good.</summary>
    /// <returns>How many of them are final, and how many rows before the first that is not are still looked at.</returns>
    private (int Final, int Before) Settle(SortedRows<TRow> rows, long watermark)
    {
        _ordered.Fill(rows, RankRange.All);
        int settled = 0;
        while (settled < _ordered.Count && (plan.ClosesAt!(_ordered[settled]) < watermark || watermark == EventTime.MaxValue))
            settled++;
        _ordered.Cut(settled);
        int final = settled, before = 0;
        foreach (OverFunction<TRow, TResult> function in _functions)
        {
            final = Math.Min(final, function.Final(_ordered, watermark));
            before = Math.Max(before, function.Before);
        }

        return (final, before);
    }

    private bool TryFill([NotNullWhen(false)] out Exception? error)
    {
        if (_results.Length < _ordered.Count)
            _results = new TResult[_ordered.Count * 2];
        _results.AsSpan(0, _ordered.Count).Clear();
        error = null;
        try
        {
            foreach (OverFunction<TRow, TResult> function in _functions)
                function.Fill(_ordered, _results);
        }
        catch (Exception found)
        {
            error = found;
        }

        return error is null;
    }

    /// <summary>The first row with which the functions fail, while they do not without it and those behind it, has never come.</summary>
    private void LeaveOut(Exception error, TKey key, ulong hash, SortedRows<TRow> rows)
    {
        int good = 0, bad = _ordered.Count;
        while (bad - good > 1)
        {
            int middle = (good + bad) >>> 1;
            _ordered.Fill(rows, RankRange.All);
            _ordered.Cut(middle);
            if (TryFill(out Exception? found))
                good = middle;
            else
                (bad, error) = (middle, found);
        }

        _ordered.Fill(rows, RankRange.All);
        TRow row = _ordered[bad - 1];
        Errors.OnRow(error, Change<TRow>.Insert(row), plan.ClosesAt!(row) ?? EventTime.MaxValue, ActorStreams.Authoring.Position.None);
        _rows.Remove(key, hash, row, 0, out _);
    }
}
