namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of an as-of join.</summary>
internal sealed class AsOfJoin<TKey, T, TValue> : RowByRowTwoInputOperator<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>>
{
    private const long Never = EventTime.MaxValue;

    private readonly StoredEntities<TKey, AsOfCell<T, TValue>> _entities;
    private readonly StoredMap<TKey, AsOfCell<T, TValue>> _cells;
    private readonly Agenda<TKey> _agenda = new();
    private readonly JoinType _type;
    private readonly bool _waits;
    private readonly long _allowed;
    private readonly long _retained;
    private readonly long _slice;
    private long _late;
    private long _buffered;

    public AsOfJoin(TwoInputSite<TKey, T, TableChange<TKey, TValue>> site,
        Receiver<Joined<T, TValue>> output, StoredEntities<TKey, AsOfCell<T, TValue>> entities, JoinType type, AsOfJoinOptions options)
        : base(site, output)
    {
        (_entities, _cells, _type, _waits) = (entities, entities.States, type, options.Waits);
        (_allowed, _retained) = (options.AllowedLateness.ToMicros(), options.RetainFor.ToMicros());
        _slice = 1;
        OutputDelay = options.Waits ? _allowed : 0;
    }

    public override EntityStates<TKey> Entities => _entities;

    protected override long OutputDelay { get; }

    public override KeptBack KeptBack => new(_buffered, "rows that wait for their turn");

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("late", _late), ("buffered", _buffered)];

    protected override void RestoreCounters(Func<string, long> counter) => _late = counter("late");

    protected override void OnRestored()
    {
        StateMap<TKey, AsOfCell<T, TValue>> map = _cells.Map;
        foreach (int slot in map.Live)
        {
            ref StateMap<TKey, AsOfCell<T, TValue>>.Entry entry = ref map.At(slot);
            _buffered += entry.State.Waiting?.Count ?? 0;
            entry.State.Due = Never;
            Schedule(ref entry.State, entry.Key, map.HashOf(entry.Key));
        }
    }

    protected override void OnLeft(in T row, TKey key, ulong hash, long time)
    {
        if (key is null)
        {
            Show(row, default, time);
            return;
        }

        bool isDue = Watermark > EventTime.AddSaturated(time, _allowed) || Watermark == EventTime.MaxValue;
        _late += time < Watermark ? 1 : 0;
        if (isDue || !_waits)
        {
            Show(row, _cells.TryGet(key, hash, out AsOfCell<T, TValue> known) ? VersionAt(known.Versions, time) : default, time);
            return;
        }

        ref AsOfCell<T, TValue> cell = ref Touch(key, hash);
        List<AsOfRow<T>> waiting = cell.Waiting ??= [];
        int at = waiting.Count;
        while (at > 0 && waiting[at - 1].Time > time)
            at--;
        waiting.Insert(at, new AsOfRow<T>(time, row));
        _buffered++;
        Schedule(ref cell, key, hash);
    }

    protected override void OnRight(in TableChange<TKey, TValue> row, TKey key, ulong hash, long time)
    {
        if (key is null)
            return;
        ref AsOfCell<T, TValue> cell = ref Touch(key, hash);
        List<TableVersion<TValue>> versions = cell.Versions ??= [];
        int at = versions.Count;
        while (at > 0 && versions[at - 1].Time > time)
            at--;
        var version = new TableVersion<TValue>(time, row.HasAfter, row.After);
        if (at > 0 && versions[at - 1].Time == time)
            versions[at - 1] = version;
        else
            versions.Insert(at, version);
        Schedule(ref cell, key, hash);
    }

    protected override bool FireOne(long watermark)
    {
        long last = watermark == EventTime.MaxValue ? long.MaxValue : EventTime.FloorDiv(watermark, _slice) - 1;
        while (_agenda.TryTake(last, out long slice, out TKey key, out ulong hash))
        {
            if (!_cells.TryGet(key, hash, out AsOfCell<T, TValue> known) || known.Due != slice)
                continue;
            ref AsOfCell<T, TValue> cell = ref _cells.Touch(key, hash);
            cell.Due = Never;
            PutOutDue(ref cell);
            Forget(cell.Versions);
            if (cell.Versions is { Count: > 0 } || cell.Waiting is { Count: > 0 })
                Schedule(ref cell, key, hash);
            else
                _cells.Remove(key, hash);
            return true;
        }

        return false;
    }

    private static TableVersion<TValue> VersionAt(List<TableVersion<TValue>>? versions, long time)
    {
        int low = 0, high = versions?.Count ?? 0;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (versions![middle].Time <= time)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? default : versions![low - 1];
    }

    private ref AsOfCell<T, TValue> Touch(TKey key, ulong hash)
    {
        ref AsOfCell<T, TValue> cell = ref _cells.Touch(key, hash);
        if (cell.Versions is null && cell.Waiting is null)
            cell.Due = Never;
        return ref cell;
    }

    private void Show(in T row, in TableVersion<TValue> version, long time)
    {
        if (_type is JoinType.Semi or JoinType.Anti)
        {
            if (version.HasValue == (_type == JoinType.Semi))
                Emit(Joined<T, TValue>.OfLeft(row), time);
        }
        else if (version.HasValue || _type == JoinType.Left)
        {
            Emit(new Joined<T, TValue>(true, row, version.HasValue, version.Value), time);
        }
    }

    private void PutOutDue(ref AsOfCell<T, TValue> cell)
    {
        if (cell.Waiting is not { Count: > 0 } waiting)
            return;
        int due = 0;
        while (due < waiting.Count && (Watermark == EventTime.MaxValue || EventTime.AddSaturated(waiting[due].Time, _allowed) < Watermark))
        {
            AsOfRow<T> row = waiting[due++];
            Show(row.Row, VersionAt(cell.Versions, row.Time), row.Time);
        }

        waiting.RemoveRange(0, due);
        _buffered -= due;
    }

    /// <summary>Drops the versions that no row can ask for any more: those before the one that is valid where rows are too late.</summary>
    /// <remarks>A deletion is a version as any other. Were the last one dropped, an older value that comes after it would be valid
    /// again.</remarks>
    private void Forget(List<TableVersion<TValue>>? versions)
    {
        if (versions is null)
            return;
        long kept = KeptFrom;
        int drop = 0;
        while (drop + 1 < versions.Count && versions[drop + 1].Time <= kept)
            drop++;
        versions.RemoveRange(0, drop);
    }

    private long KeptFrom => Watermark == EventTime.MaxValue ? Watermark : EventTime.AddSaturated(Watermark, -(_retained + _allowed));

    /// <summary>Has the key looked at when its first row comes out, or its first version is followed by another.</summary>
    private void Schedule(ref AsOfCell<T, TValue> cell, TKey key, ulong hash)
    {
        long due = cell.Waiting is { Count: > 0 } waiting ? EventTime.AddSaturated(waiting[0].Time, _allowed) : Never;
        if (cell.Versions is { Count: > 1 } versions)
            due = Math.Min(due, EventTime.AddSaturated(versions[1].Time, _retained + _allowed));

        if (due == Never || cell.Due <= EventTime.FloorDiv(due, _slice))
            return;
        cell.Due = EventTime.FloorDiv(due, _slice);
        _agenda.Add(cell.Due, key, hash);
    }
}
