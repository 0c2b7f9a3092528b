using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;

namespace ActorStreams.Operators.Windows.PerKey;

/// <summary>One region of windows by keys' own watermarks: a row can complete windows of its key, and so can the key's silence.</summary>
internal sealed class PerKeyRegion<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site,
    PerKeyAssigner<T> assigner, TAgg aggregator, PerKeyEntities<TKey, T, TAgg, TAcc, TOut> entities,
        Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late)
    : RowByRowOperator<TKey, T, WindowResult<TKey, TOut>>(site, output), IProcessingTimePart, IResumable
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private const long Anytime = 0;

    private readonly KeyWatermarks<TKey> _watermarks = entities.Watermarks;
    private readonly List<Window> _windows = [];
    private readonly List<Window> _parts = [];
    private readonly List<Window> _complete = [];
    private long _now = EventTime.MinValue;
    private long _told = EventTime.MinValue;
    private long _unassignedRows;

    public override EntityStates<TKey> Entities => entities;

    public long NextProcessingTime => _watermarks.NextTime;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("late_dropped", late.Rows), ("unassigned", _unassignedRows)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _watermarks.ListeningSince = ReadClock();
    }

    public void OnProcessingTime(long now)
    {
        _now = now;
        FireClock();
    }

    /// <summary>While its output was full the region heard of nobody: that is no silence.</summary>
    void IResumable.Resume()
    {
        ReadClock();
        Resume();
        if (!IsSuspended)
            _watermarks.ListeningSince = _now;
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (late.Rows, _unassignedRows) = (counter("late_dropped"), counter("unassigned"));

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        ReadClock();
        base.OnKeyed(chunk, keys, hashes);
    }

    protected override void Advance(long watermark)
    {
        if (watermark != EventTime.MaxValue)
            _told = watermark;
        base.Advance(watermark);
    }

    protected override void OnRow(in T row, TKey key, ulong hash, long time)
    {
        entities.Scope.Enter(key, hash);
        long before = _watermarks.Of();
        _windows.Clear();
        assigner.Assign(row, time, _windows);
        bool isAlone = entities.Panes.Entries.Count == 0;
        bool isIn = assigner.Merges ? AddMerging(row, before) : AddAligned(row, before);
        if (isIn && isAlone)
            entities.OpenKeys.Add(key, hash, Anytime);
        else if (_windows.Count == 0)
            _unassignedRows++;
        else if (!isIn)
            late.OnLate(row, time, Position, before);
        long after = _watermarks.Advance(time, _now);
        if (assigner.MayComplete(before, after))
            Complete(after);
    }

    /// <summary>Adds a row to its windows that are not complete.</summary>
    /// <returns>False: all are.</returns>
    private bool AddAligned(in T row, long watermark)
    {
        if (Errors.Skips && System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
        {
            // User code first: what it changes in place is not rolled back.
            foreach (Window window in _windows)
            {
                if (window.End > watermark)
                    aggregator.Check(entities.Panes.TryGet(window, out TAcc? accumulator) ? accumulator : default!, row);
            }
        }

        bool isIn = false;
        foreach (Window window in _windows)
        {
            if (window.End <= watermark)
                continue;
            _ = entities.Panes.TryGet(window, out TAcc? accumulator);
            aggregator.Add(ref accumulator!, row);
            entities.Panes.Put(window, accumulator);
            isIn = true;
        }

        return isIn;
    }

    /// <summary>Adds a row to what its windows become with the open ones that they overlap.</summary>
    private bool AddMerging(in T row, long watermark)
    {
        bool isIn = false;
        foreach (Window window in _windows)
        {
            Window merged = assigner.FindParts(entities.Panes.Entries.Keys, window, _parts);
            if (_parts.Count == 0 && window.End <= watermark)
                continue;
            TAcc accumulator = default!;
            for (int i = 0; i < _parts.Count; i++)
            {
                _ = entities.Panes.TryGet(_parts[i], out TAcc? part);
                if (i == 0)
                    accumulator = part!;
                else
                    aggregator.Merge(ref accumulator, part!);
            }

            if (Errors.Skips && System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
                aggregator.Check(accumulator, row);
            aggregator.Add(ref accumulator, row);
            foreach (Window part in _parts)
            {
                if (part != merged)
                    entities.Panes.Remove(part);
            }

            entities.Panes.Put(merged, accumulator);
            isIn = true;
        }

        return isIn;
    }

    /// <summary>The input has ended: every key is complete.</summary>
    protected override bool FireOne(long watermark)
    {
        if (watermark != EventTime.MaxValue || !entities.OpenKeys.TryTake(EventTime.MaxValue, out TKey key, out ulong hash, out _))
            return false;
        entities.Scope.Enter(key, hash);
        Complete(EventTime.MaxValue);
        return true;
    }

    protected override bool FireOneByClock()
    {
        if (!_watermarks.TryTakeSilent(_now, out KeySilence silence))
            return false;
        if (silence == KeySilence.Closed)
            _watermarks.Close(Complete(EventTime.MaxValue), _now);
        return true;
    }

    protected override void RollBack() => entities.Scope.RollBack();

    /// <summary>Puts out the present key's windows that end at or before a watermark, in the order of their ends.</summary>
    /// <returns>The end of the last of them.</returns>
    private long Complete(long watermark)
    {
        _complete.Clear();
        foreach (Window window in entities.Panes.Entries.Keys)
        {
            if (window.End <= watermark)
                _complete.Add(window);
        }

        if (_complete.Count == 0)
            return EventTime.MinValue;
        _complete.Sort(static (a, b) => (a.End, a.Start).CompareTo((b.End, b.Start)));
        TKey key = entities.Scope.Key;
        foreach (Window window in _complete)
        {
            _ = entities.Panes.TryGet(window, out TAcc? accumulator);
            try
            {
                // Not behind what was told downstream, or it would be late there.
                Emit(new WindowResult<TKey, TOut>(key, window, aggregator.Result(accumulator!)),
                    Math.Max(window.MaxTime, Watermark == EventTime.MaxValue ? _told : Watermark));
            }
            catch (Exception error)
            {
                Errors.OnWindow(error, key, window);
            }

            entities.Panes.Remove(window);
        }

        if (entities.Panes.Entries.Count == 0)
        {
            entities.Panes.Clear();
            entities.OpenKeys.Remove(key, Anytime);
        }

        return _complete[^1].End;
    }

    private long ReadClock() => _now = Context.Clock.GetUtcNow().ToMicros();
}
