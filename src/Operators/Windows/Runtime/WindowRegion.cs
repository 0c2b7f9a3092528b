using System.Runtime.CompilerServices;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>One region of a window operator of any kind: when panes come out, and what becomes of a window in the end.</summary>
/// <remarks>
/// <para>The life of a window, in order: its first row opens it; rows are added, and after each one the trigger is asked, unless it has granted rows that
/// cannot make it fire (<see cref="WindowCell{TAcc, TOut}.Left"/>: the inner loop does no more than count them down). A timer asks it when the watermark
/// completes the window or time passes a boundary of the trigger. A trigger that finishes closes it. It expires once the watermark has reached its end
/// and the allowed lateness: a last pane, if anything is left to show, and it is gone.</para>
/// <para>Timers are not stored: they follow from the windows, and are set again when those are restored. Firing stops at any key where output is full, and
/// a barrier may cut in between two keys.</para>
/// </remarks>
internal abstract class WindowRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes> : KeyedOperator<TKey, T>, IResumable, IProcessingTimePart
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut, TRow>
{
    private const int TimersPerSlice = 256;

    private readonly WindowStates<TKey, T, TAgg, TAcc, TOut> _states;
    private readonly Receiver<TRow> _output;
    private readonly Receiver<T>? _lateOutput;
    private readonly TimerCalendar<TKey> _eventTimers = new();
    private readonly TimerCalendar<TKey> _clockTimers = new();
    private readonly List<(TKey Key, ulong Hash)> _touched = [];
    private TRow[] _rows = new TRow[Chunk<TRow>.Size];
    private long[] _times = new long[Chunk<TRow>.Size];
    private int _count;
    private int _sent;
    private bool _isFiring;
    private bool _isClockFiring;
    private long _lateRows;
    private long _closedRows;
    private long _unassignedRows;

    protected WindowRegion(
        string name, ActorContext context, ShardRange shards, Func<T, TKey> keyOf, OperatorErrors errors, WindowOptions<T> options, TriggerProgram program,
        TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, Receiver<TRow> output, Receiver<T>? lateOutput)
        : base(name, context, shards, keyOf, errors)
    {
        (Options, Program, Root, Aggregator, _states, _output, _lateOutput) = (options, program, program.Root, aggregator, states, output, lateOutput);
        Map = states.Cells.Map;
        UsesClock = program.UsesClock || options.IsProcessingTime;
    }

    public override EntityStates<TKey> Entities => _states;

    public bool IsSuspended => _isFiring || _isClockFiring || _sent < _count;

    public bool CanCut => _sent == _count;

    public long NextProcessingTime => _clockTimers.NextTime;

    /// <summary>Whether it has to be told of the clock.</summary>
    public bool UsesClock { get; }

    protected WindowOptions<T> Options { get; }

    protected TriggerProgram Program { get; }

    protected TriggerNode Root { get; }

    protected TAgg Aggregator { get; }

    protected StateMap<TKey, KeyWindows<TAcc, TOut>> Map { get; }

    /// <summary>The clock, as of the present chunk or timer.</summary>
    protected long Clock { get; private set; } = EventTime.MinValue;

    /// <summary>How far time has come in the windows' own domain.</summary>
    protected long Progress => !Options.IsProcessingTime || Watermark == EventTime.MaxValue ? Watermark : Clock;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("late_dropped", _lateRows), ("closed_dropped", _closedRows), ("unassigned", _unassignedRows)];

    public override async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        ReadClock();
        for (int slot = 0; slot < Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyWindows<TAcc, TOut>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                SetTimers(ref entry.State, entry.Key, KeyHash<TKey>.Of(entry.Key));
        }

        // A barrier may have cut into a firing: the rest comes before anything else.
        _isFiring = _eventTimers.Count > 0 && _eventTimers.NextTime <= Watermark;
    }

    public void Resume() => Continue();

    public void OnProcessingTime(long now)
    {
        Clock = now;
        _isClockFiring = true;
        Continue();
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (_lateRows, _closedRows, _unassignedRows) = (counter("late_dropped"), counter("closed_dropped"), counter("unassigned"));

    protected sealed override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        ReadClock();
        AddRows(chunk, keys, hashes);
        if (_touched.Count > 0)
            AskTouched();
        Send();
    }

    protected override void Advance(long watermark)
    {
        ReadClock();
        _isFiring = true;
        Continue();
    }

    /// <summary>Adds the rows to their windows.</summary>
    protected abstract void AddRows(in Chunk<T> chunk, TKey[] keys, ulong[] hashes);

    /// <summary>Where a window expires. One in processing time does so with its end: no row can come for it later.</summary>
    protected long ExpiryOf(Window window) => Options.IsProcessingTime ? window.End : EventTime.AddSaturated(window.End, Options.Lateness);

    protected Moment MomentOf(Window window) => new(window, Progress, ExpiryOf(window), Clock, Options.Merges);

    /// <summary>Opens a window; complete already, if its first row is that late.</summary>
    protected ref WindowCell<TAcc, TOut> Open(ref KeyWindows<TAcc, TOut> windows, Window window)
    {
        ref WindowCell<TAcc, TOut> cell = ref windows.At(windows.Open(window));
        cell.Trigger = Program.Begin();
        ResetStamp(ref cell);
        if (Progress >= window.End)
            cell.Flags |= CellFlags.Completed;
        return ref cell;
    }

    /// <summary>A row was added that the trigger must know of.</summary>
    /// <returns>False if the window has closed by it.</returns>
    protected bool OnRow(ref KeyWindows<TAcc, TOut> windows, ref WindowCell<TAcc, TOut> cell, TKey key, ulong hash, long time)
    {
        Moment now = MomentOf(cell.Window);
        Tell(ref cell, now);
        Root.OnRows(ref cell.Trigger, 1, time, now);
        cell.Fresh++;
        if (Options.ResultTime == ResultTime.Earliest)
            cell.Stamp = Math.Min(cell.Stamp, time);
        else if (Options.ResultTime == ResultTime.Latest)
            cell.Stamp = Math.Max(cell.Stamp, time);
        if (Options.PerBatch)
        {
            if (!cell.IsTouched)
                _touched.Add((key, hash));
            cell.Flags |= CellFlags.Touched;
        }
        else
        {
            Ask(ref cell, key, now, isCompleting: false);
        }

        if (!cell.IsClosed)
            Grant(ref cell, now);
        else if (Options.Merges)
            return false;
        SetTimers(ref windows, key, hash);
        return true;
    }

    /// <summary>Makes all rows known to the trigger.</summary>
    protected void Tell(ref WindowCell<TAcc, TOut> cell, in Moment now)
    {
        int rows = cell.Granted - cell.Left;
        if (rows > 0)
        {
            Root.OnRows(ref cell.Trigger, rows, now.Window.Start, now);
            cell.Fresh += rows;
        }

        (cell.Left, cell.Granted) = (0, 0);
    }

    /// <summary>Sets the key's timers for the first instant at which one of its windows wants to be looked at.</summary>
    protected void SetTimers(ref KeyWindows<TAcc, TOut> windows, TKey key, ulong hash)
    {
        long nextEvent = EventTime.MaxValue, nextClock = EventTime.MaxValue;
        for (int i = 0; i < windows.Count; i++)
        {
            ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
            Moment now = MomentOf(cell.Window);
            long next = cell.IsCompleted || cell.IsClosed ? now.Expiry : cell.End;
            if (!cell.IsClosed)
            {
                next = Math.Min(next, Root.NextEventTime(ref cell.Trigger, now));
                nextClock = Math.Min(nextClock, Root.NextClock(ref cell.Trigger));
            }

            if (Options.IsProcessingTime)
                nextClock = Math.Min(nextClock, next);
            else
                nextEvent = Math.Min(nextEvent, next);
        }

        SetTimer(_eventTimers, ref windows.EventTimer, key, hash, nextEvent);
        if (nextClock != EventTime.MaxValue)
            SetTimer(_clockTimers, ref windows.ClockTimer, key, hash, nextClock);
    }

    protected void OnLate(in Chunk<T> rows)
    {
        _lateRows += rows.Count;
        if (Options.Late == LateRows.Output)
        {
            _lateOutput!.OnChunk(rows);
        }
        else if (Options.Late == LateRows.DeadLetter)
        {
            for (int row = 0; row < rows.Count; row++)
                Errors.OnLate(rows.Rows[row], rows.Times[row], rows.PositionOf(row), Watermark);
        }
    }

    /// <summary>A row came for a window whose trigger has finished.</summary>
    protected void OnClosed() => _closedRows++;

    /// <summary>Rows belong to no window at all.</summary>
    protected void OnUnassigned(int rows) => _unassignedRows += rows;

    protected void ResetStamp(ref WindowCell<TAcc, TOut> cell) =>
        cell.Stamp = Options.ResultTime == ResultTime.Earliest ? EventTime.MaxValue : EventTime.MinValue;

    protected void Grant(ref WindowCell<TAcc, TOut> cell, in Moment now) =>
        cell.Left = cell.Granted = Options.ResultTime == ResultTime.EndOfWindow && !cell.IsTouched ? Root.Quiet(ref cell.Trigger, now) : 0;

    private static void SetTimer(TimerCalendar<TKey> timers, ref long timer, TKey key, ulong hash, long time)
    {
        long coded = Math.Max(time, EventTime.MinValue + 1) ^ long.MinValue;
        if (timer != 0 && (timer ^ long.MinValue) <= time)
            return;
        timer = coded;
        timers.Add(key, hash, coded ^ long.MinValue);
    }

    private void ReadClock()
    {
        if (UsesClock)
            Clock = Context.Clock.GetUtcNow().ToMicros();
    }

    /// <summary>Fires if the trigger is ready.</summary>
    /// <returns>Whether a pane came out.</returns>
    private bool Ask(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting)
    {
        if (!Root.IsReady(ref cell.Trigger, now))
            return false;
        bool shows = cell.Fresh > 0;
        if (!shows)
        {
            shows = isCompleting
                ? Options.OnTime == OnTimeBehaviour.FireAlways
                : Options.Mode != PaneMode.Discarding && Root.ShowsAgain(ref cell.Trigger, now);
        }

        Root.Fire(ref cell.Trigger, now);
        bool isFinished = Root.IsFinished(cell.Trigger);
        if (shows)
            Emit(ref cell, key, now, isCompleting, isFinished || now.IsExpired);
        if (isFinished)
            Close(ref cell);
        return shows;
    }

    private void Emit(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting, bool isLast)
    {
        PaneTiming timing = isCompleting ? PaneTiming.OnTime : now.IsComplete ? PaneTiming.Late : PaneTiming.Early;
        var pane = new PaneInfo(timing, cell.Panes, cell.OnTimePanes, isLast);
        long time = Options.ResultTime == ResultTime.EndOfWindow || cell.Fresh == 0 ? now.Window.MaxTime : cell.Stamp;
        try
        {
            TOut result = Aggregator.Result(cell.Accumulator);
            if (Options.Mode == PaneMode.Retracting)
                Replace(ref cell, key, new EmittedPane<TOut>(now.Window, pane, result), time, isLast);
            Add(TPanes.Row(new WindowResult<TKey, TOut>(key, now.Window, result) { Pane = pane }, 1), time);
            cell.Panes++;
            cell.OnTimePanes += timing == PaneTiming.Early ? 0 : 1;
        }
        catch (Exception error) when (error is not Core.JobException)
        {
            Errors.OnWindow(error, key, now.Window);
        }

        cell.Fresh = 0;
        ResetStamp(ref cell);
        if (Options.Mode == PaneMode.Discarding)
            cell.Accumulator = default!;
    }

    /// <summary>Takes back what the pane replaces.</summary>
    private void Replace(ref WindowCell<TAcc, TOut> cell, TKey key, EmittedPane<TOut> pane, long time, bool isLast)
    {
        foreach (EmittedPane<TOut> old in cell.Emitted ?? [])
            Add(TPanes.Row(new WindowResult<TKey, TOut>(key, old.Window, old.Result) { Pane = old.Pane }, -1), time);
        if (isLast)
            cell.Emitted = null;
        else if (cell.Emitted is { Length: 1 } one)
            one[0] = pane;
        else
            cell.Emitted = [pane];
    }

    /// <summary>Nothing more comes of the window; that much is remembered until it expires.</summary>
    private static void Close(ref WindowCell<TAcc, TOut> cell)
    {
        cell.Flags = (cell.Flags | CellFlags.Closed) & ~CellFlags.Touched;
        (cell.Accumulator, cell.Emitted, cell.Trigger, cell.Left, cell.Granted) = (default!, null, default, 0, 0);
    }

    /// <summary>The batch is over: asks the triggers of the windows that it touched.</summary>
    private void AskTouched()
    {
        foreach ((TKey key, ulong hash) in _touched)
        {
            if (Map.Find(key, hash) < 0)
                continue;
            Map.Reserve(1);
            ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(key, hash);
            for (int i = windows.Count - 1; i >= 0; i--)
            {
                ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
                if (!cell.IsTouched)
                    continue;
                cell.Flags &= ~CellFlags.Touched;
                Moment now = MomentOf(cell.Window);
                Ask(ref cell, key, now, isCompleting: false);
                Settle(ref windows, i, now);
            }

            SetTimers(ref windows, key, hash);
            if (windows.Count == 0)
                Map.Remove(key, hash);
        }

        _touched.Clear();
    }

    /// <summary>After a trigger was asked: grants rows, or takes a closed window out where windows merge.</summary>
    private void Settle(ref KeyWindows<TAcc, TOut> windows, int index, in Moment now)
    {
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        if (!cell.IsClosed)
            Grant(ref cell, now);
        else if (Options.Merges)
            windows.RemoveAt(index);
    }

    private void Continue()
    {
        if (!Send())
            return;
        if (_isFiring)
        {
            if (!FireDue(_eventTimers, Watermark, isClock: false))
                return;
            _isFiring = false;
            _output.OnWatermark(Watermark);
        }

        if (_isClockFiring && !Context.MustYield)
            _isClockFiring = !FireDue(_clockTimers, Clock, isClock: true);
    }

    /// <returns>Whether all are done and out.</returns>
    private bool FireDue(TimerCalendar<TKey> timers, long now, bool isClock)
    {
        for (int fired = 1; timers.TryTake(now, out TKey key, out ulong hash, out long time, out ulong ahead); fired++)
        {
            Map.Prefetch(ahead);
            OnTimer(key, hash, time, isClock);
            if (_count >= Chunk<TRow>.Size && !Send())
                return false;
            if (fired % TimersPerSlice != 0 || !Context.WantsCut || !Send())
                continue;
            Context.Yield();
            return false;
        }

        return Send();
    }

    private void OnTimer(TKey key, ulong hash, long time, bool isClock)
    {
        int slot = Map.Find(key, hash);
        if (slot < 0 || (isClock ? Map.At(slot).State.ClockTimer : Map.At(slot).State.EventTimer) != (time ^ long.MinValue))
            return;
        Map.Reserve(1);
        ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(key, hash);
        if (isClock)
            windows.ClockTimer = 0;
        else
            windows.EventTimer = 0;
        for (int i = windows.Count - 1; i >= 0; i--)
            Look(ref windows, i, key);
        if (windows.Count == 0)
            Map.Remove(key, hash);
        else
            SetTimers(ref windows, key, hash);
    }

    /// <summary>Time has passed for a window.</summary>
    private void Look(ref KeyWindows<TAcc, TOut> windows, int index, TKey key)
    {
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        Moment now = MomentOf(cell.Window);
        bool isCompleting = now.IsComplete && !cell.IsCompleted;
        if (now.IsExpired)
        {
            if (!cell.IsClosed)
                Expire(ref cell, key, now, isCompleting);
            windows.RemoveAt(index);
            return;
        }

        bool isDue = isCompleting || (!cell.IsClosed &&
            (Root.NextEventTime(ref cell.Trigger, now) <= Progress || Root.NextClock(ref cell.Trigger) <= Clock));
        if (!isDue)
            return;
        if (isCompleting)
            cell.Flags |= CellFlags.Completed;
        if (cell.IsClosed)
            return;
        Tell(ref cell, now);
        Ask(ref cell, key, now, isCompleting);
        Settle(ref windows, index, now);
    }

    /// <summary>The last chance for a pane.</summary>
    private void Expire(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting)
    {
        Tell(ref cell, now);
        if (!Ask(ref cell, key, now, isCompleting) && !cell.IsClosed && (cell.Fresh > 0 || Options.Closing == ClosingBehaviour.FireAlways))
            Emit(ref cell, key, now, isCompleting, isLast: true);
    }

    private void Add(TRow row, long time)
    {
        if (_count == _rows.Length)
        {
            Array.Resize(ref _rows, _count * 2);
            Array.Resize(ref _times, _count * 2);
        }

        _rows[_count] = row;
        _times[_count++] = time;
    }

    /// <returns>Whether everything is out and more may follow.</returns>
    private bool Send()
    {
        while (_sent < _count)
        {
            if (Context.MustYield)
                return false;
            int count = Math.Min(Chunk<TRow>.Size, _count - _sent);
            int from = _sent;
            _sent += count;
            _output.OnChunk(new Chunk<TRow>(_rows.AsSpan(from, count), _times.AsSpan(from, count)));
        }

        (_count, _sent) = (0, 0);
        return !Context.MustYield;
    }
}
