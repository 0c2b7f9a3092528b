using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Rows that come and go, with the session that each is in: SQL's SESSION.</summary>
internal static class SessionChangesOperator
{
    /// <summary>Each row with the bounds of its session: rows of a key, each at most a gap after the one before.</summary>
    /// <param name="source">The rows, by what they are in sessions of.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows of open sessions are stored under it.</param>
    /// <param name="gap">In microseconds. A session ends so long after its last row.</param>
    /// <param name="timeOf">The time of a row; null: it is in no session.</param>
    /// <param name="row">A row with the bounds of its session.</param>
    /// <param name="whenClosed">The rows of a session come once, when it is complete; else with every change of its bounds.</param>
    /// <remarks>A row is late if it touches no open session, and one of it alone would be complete already: then it is dropped, and counted
    /// as <c>late_dropped</c>. What comes out has the end of its session, less a microsecond, as its event time.</remarks>
    public static Stream<Change<TOut>> Sessions<TKey, TRow, TTime, TOut>(
        this KeyedStream<TKey, Change<TRow>> source, string name, long gap, RowFunction<TRow, long?> timeOf,
        PairFunction<TRow, WindowBounds<TTime>, TOut> row, bool whenClosed)
        where TTime : struct =>
        source.Stream.Add(new SessionChangesNode<TKey, TRow, TTime, TOut>(name, source, gap, timeOf, row, whenClosed));
}

/// <summary>A row of an open session.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct SessionRow<TRow>(long Time, long Weight, TRow Row);

internal sealed class SessionChangesNode<TKey, TRow, TTime, TOut>(
    string name, KeyedStream<TKey, Change<TRow>> input, long gap, RowFunction<TRow, long?> timeOf,
    PairFunction<TRow, WindowBounds<TTime>, TOut> row, bool whenClosed)
    : KeyedNode<TKey, Change<TRow>, Change<TOut>>(name, "sessions", input)
    where TTime : struct
{
    public override string Detail => $"gap {TimeSpan.FromMicroseconds(gap)}";

    public override string Definition => $"gap {gap}";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TRow>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<TKey, Change<TRow>> Build(StageBuild build, RegionSite<TKey, Change<TRow>> site) =>
        new SessionChanges<TKey, TRow, TTime, TOut>(site, EntitiesOf(site.Shards), gap, timeOf, row, whenClosed, build.Downstream(this));

    private static StoredEntities<TKey, List<SessionRow<TRow>>> EntitiesOf(ShardRange shards) => new(shards, "rows");
}

/// <summary>One region: the rows of a key's open sessions by time. Where two rows are more than a gap apart, one session ends.</summary>
internal sealed class SessionChanges<TKey, TRow, TTime, TOut>(
    RegionSite<TKey, Change<TRow>> site, StoredEntities<TKey, List<SessionRow<TRow>>> entities, long gap,
    RowFunction<TRow, long?> timeOf, PairFunction<TRow, WindowBounds<TTime>, TOut> makeRow, bool whenClosed,
    Receiver<Change<TOut>> output)
    : RowByRowOperator<TKey, Change<TRow>, Change<TOut>>(site, output)
    where TTime : struct
{
    private readonly StoredMap<TKey, List<SessionRow<TRow>>> _cells = entities.States;
    private readonly CloseQueue<TKey> _closing = new();
    private readonly List<(Window Bounds, SessionRow<TRow> Row)> _before = [], _after = [];

    public override EntityStates<TKey> Entities => entities;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        for (int slot = 0; slot < _cells.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, List<SessionRow<TRow>>>.Entry entry = ref _cells.Map.At(slot);
            if (!_cells.Map.IsLive(entry))
                continue;
            for (int at = 0; at < entry.State.Count; at++)
            {
                if (IsLast(entry.State, at))
                    _closing.Add(entry.Key, _cells.HashOf(entry.Key), LastInstant(entry.State[at].Time));
            }
        }
    }

    protected override void OnRow(in Change<TRow> row, TKey key, ulong hash, long time)
    {
        if (timeOf(row.Row) is not { } at)
            return;
        _cells.TryGet(key, hash, out List<SessionRow<TRow>>? rows);
        int place = rows is null ? 0 : PlaceOf(rows, at);
        bool touches = rows is not null && ((place > 0 && at - rows[place - 1].Time <= gap)
            || (place < rows.Count && rows[place].Time - at <= gap));
        if (!touches && LastInstant(at) < Watermark)
        {
            CountLate();
            return;
        }

        rows ??= [];
        (int from, int to) = Around(rows, place, at);
        if (!whenClosed)
            Describe(rows, from, to, _before);
        int count = rows.Count;
        Change(rows, place, at, row);
        if (!whenClosed)
        {
            Describe(rows, from, to + rows.Count - count, _after);
            Emit();
        }

        for (int one = from; one < to + rows.Count - count; one++)
        {
            if (IsLast(rows, one))
                _closing.Add(key, hash, LastInstant(rows[one].Time));
        }

        if (rows.Count == 0)
            _cells.Remove(key, hash);
        else
            _cells.Touch(key, hash) = rows;
    }

    protected override bool FireOne(long watermark)
    {
        while (_closing.TryTake(watermark, out TKey key, out ulong hash, out long time))
        {
            if (!_cells.TryGet(key, hash, out List<SessionRow<TRow>> rows))
                continue;
            int last = rows.FindLastIndex(one => LastInstant(one.Time) == time);
            if (last < 0 || !IsLast(rows, last))
                continue;
            int first = last;
            while (first > 0 && rows[first].Time - rows[first - 1].Time <= gap)
                first--;
            if (whenClosed)
            {
                Window bounds = new(rows[first].Time, rows[last].Time + gap);
                for (int at = first; at <= last; at++)
                    Put(rows[at].Row, bounds, rows[at].Weight);
            }

            _ = _cells.Touch(key, hash);
            rows.RemoveRange(first, last - first + 1);
            if (rows.Count == 0)
                _cells.Remove(key, hash);
            return true;
        }

        return false;
    }

    protected override void RollBack()
    {
        // Nothing of the user's runs after the first change.
    }

    private long LastInstant(long time) => EventTime.AddSaturated(time, gap - 1);

    private bool IsLast(List<SessionRow<TRow>> rows, int at) => at == rows.Count - 1 || rows[at + 1].Time - rows[at].Time > gap;

    /// <summary>Behind the last row that is not later.</summary>
    private static int PlaceOf(List<SessionRow<TRow>> rows, long time)
    {
        int low = 0, high = rows.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (rows[middle].Time <= time)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The rows of all sessions that a row at this place touches.</summary>
    private (int From, int To) Around(List<SessionRow<TRow>> rows, int place, long time)
    {
        int from = place, to = place;
        if (place > 0 && time - rows[place - 1].Time <= gap)
        {
            from--;
            while (from > 0 && rows[from].Time - rows[from - 1].Time <= gap)
                from--;
        }

        if (place < rows.Count && rows[place].Time - time <= gap)
        {
            to++;
            while (to < rows.Count && rows[to].Time - rows[to - 1].Time <= gap)
                to++;
        }

        return (from, to);
    }

    private static void Change(List<SessionRow<TRow>> rows, int place, long time, in Change<TRow> change)
    {
        for (int at = place - 1; at >= 0 && rows[at].Time == time; at--)
        {
            if (!EqualityComparer<TRow>.Default.Equals(rows[at].Row, change.Row))
                continue;
            long weight = rows[at].Weight + change.Weight;
            if (weight == 0)
                rows.RemoveAt(at);
            else
                rows[at] = rows[at] with { Weight = weight };
            return;
        }

        rows.Insert(place, new SessionRow<TRow>(time, change.Weight, change.Row));
    }

    /// <summary>The rows with the bounds of their sessions; rows from other sessions stand at neither end.</summary>
    private void Describe(List<SessionRow<TRow>> rows, int from, int to, List<(Window Bounds, SessionRow<TRow> Row)> into)
    {
        into.Clear();
        for (int first = from; first < to;)
        {
            int last = first;
            while (last + 1 < to && rows[last + 1].Time - rows[last].Time <= gap)
                last++;
            Window bounds = new(rows[first].Time, rows[last].Time + gap);
            for (; first <= last; first++)
                into.Add((bounds, rows[first]));
        }
    }

    /// <summary>The difference: what is the same before and after is not told.</summary>
    private void Emit()
    {
        foreach ((Window bounds, SessionRow<TRow> row) in _before)
        {
            int same = _after.FindIndex(one => one.Bounds == bounds && one.Row.Time == row.Time
                && EqualityComparer<TRow>.Default.Equals(one.Row.Row, row.Row));
            long kept = same < 0 ? 0 : _after[same].Row.Weight;
            if (same >= 0)
                _after.RemoveAt(same);
            Put(row.Row, bounds, kept - row.Weight);
        }

        foreach ((Window bounds, SessionRow<TRow> row) in _after)
            Put(row.Row, bounds, row.Weight);
    }

    private void Put(in TRow row, Window bounds, long weight)
    {
        while (weight != 0)
        {
            int part = (int)Math.Clamp(weight, -int.MaxValue, int.MaxValue);
            Emit(new Change<TOut>(makeRow(row, WindowBounds<TTime>.Of(bounds)), part), bounds.MaxTime);
            weight -= part;
        }
    }
}
