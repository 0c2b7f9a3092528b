using ActorStreams.Core.Actors;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>What a window operator by keys' own watermarks keeps: for each key its watermark and its open windows by their start.</summary>
internal sealed class PerKeyEntities<TKey, T, TAgg, TAcc, TOut> : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly TumblingWindows _windows;
    private readonly TAgg _aggregator;
    private readonly KeyedMap<TKey, long, TAcc> _panes = new("panes");
    private readonly IShardedState[] _journaled;

    public PerKeyEntities(ShardRange shards, TumblingWindows windows, KeyWatermarkSettings settings, TAgg aggregator, bool undoes)
    {
        (_windows, _aggregator) = (windows, aggregator);
        Scope.Undo = undoes ? [] : null;
        Watermarks = new KeyWatermarks<TKey>(settings, shards, Scope);
        OpenKeys = new TimerQueue<TKey>("open-keys", shards);
        _journaled = [_panes.Bind(shards, Scope), OpenKeys, .. Watermarks.Journaled];
    }

    public KeyScope<TKey> Scope { get; } = new();

    public KeyWatermarks<TKey> Watermarks { get; }

    /// <summary>The open windows of the present key.</summary>
    public MapState<long, TAcc> Panes => _panes;

    /// <summary>The keys that have open windows: those to be closed when the input ends.</summary>
    public TimerQueue<TKey> OpenKeys { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["windows", "watermark"];

    public override object? Read(TKey key, string name)
    {
        ulong hash = KeyHash<TKey>.Of(key);
        if (name == "watermark")
            return Watermarks.Read(key, hash);
        var panes = (IReadOnlyDictionary<long, TAcc>?)_panes.Read(key, hash);
        return panes?.OrderBy(pane => pane.Key)
            .Select(pane => new WindowResult<TKey, TOut>(key, new Window(pane.Key, _windows.EndOf(pane.Key)), _aggregator.Result(pane.Value))).ToList() ?? [];
    }
}

/// <summary>One region of a tumbling aggregate by keys' own watermarks: a row can complete windows of its key, and so can the key's silence.</summary>
internal sealed class PerKeyTumbling<TKey, T, TAgg, TAcc, TOut>(
    string name, ActorContext context, ShardRange shards, Func<T, TKey> keyOf, OperatorErrors errors,
    TumblingWindows windows, TAgg aggregator, PerKeyEntities<TKey, T, TAgg, TAcc, TOut> entities, Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late)
    : RowByRowOperator<TKey, T, WindowResult<TKey, TOut>>(name, context, shards, keyOf, errors, output), IProcessingTimePart, IResumable
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private const long Anytime = 0;

    private readonly KeyWatermarks<TKey> _watermarks = entities.Watermarks;
    private readonly List<long> _complete = [];
    private long _now = EventTime.MinValue;
    private long _told = EventTime.MinValue;

    public override EntityStates<TKey> Entities => entities;

    public long NextProcessingTime => _watermarks.NextTime;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("late_dropped", late.Rows)];

    public override async ValueTask OpenAsync(Core.Epochs.ActorOpening opening, CancellationToken cancellation)
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

    protected override void RestoreCounters(Func<string, long> counter) => late.Rows = counter("late_dropped");

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
        long start = windows.StartOf(time);
        if (windows.EndOf(start) <= before)
        {
            _watermarks.Advance(time, _now);
            late.OnLate(row, time, Position, before);
            return;
        }

        // User code first: when it throws nothing has changed yet.
        _ = entities.Panes.TryGet(start, out TAcc? accumulator);
        if (Errors.Skips && System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            aggregator.Check(accumulator!, row);
        aggregator.Add(ref accumulator!, row);
        if (entities.Panes.Entries.Count == 0)
            entities.OpenKeys.Add(key, hash, Anytime);
        entities.Panes.Put(start, accumulator);
        long after = _watermarks.Advance(time, _now);
        if (before == EventTime.MinValue || windows.StartOf(after) != windows.StartOf(before))
            Complete(after);
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

    /// <summary>Puts out the present key's windows that end at or before a watermark, in order.</summary>
    /// <returns>The end of the last of them.</returns>
    private long Complete(long watermark)
    {
        long last = EventTime.MinValue;
        _complete.Clear();
        foreach (long start in entities.Panes.Entries.Keys)
        {
            if (windows.EndOf(start) <= watermark)
                _complete.Add(start);
        }

        if (_complete.Count == 0)
            return last;
        _complete.Sort();
        TKey key = entities.Scope.Key;
        foreach (long start in _complete)
        {
            var window = new Window(start, last = windows.EndOf(start));
            _ = entities.Panes.TryGet(start, out TAcc? accumulator);
            try
            {
                // Not behind what was told downstream, or it would be late there.
                Emit(new WindowResult<TKey, TOut>(key, window, aggregator.Result(accumulator!)), Math.Max(window.MaxTime, Watermark == EventTime.MaxValue ? _told : Watermark));
            }
            catch (Exception error)
            {
                Errors.OnWindow(error, key, window);
            }

            entities.Panes.Remove(start);
        }

        if (entities.Panes.Entries.Count == 0)
        {
            entities.Panes.Clear();
            entities.OpenKeys.Remove(key, Anytime);
        }

        return last;
    }

    private long ReadClock() => _now = Context.Clock.GetUtcNow().ToMicros();
}
