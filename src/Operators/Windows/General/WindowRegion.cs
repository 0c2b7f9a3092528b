using System.Runtime.CompilerServices;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>One region of a window operator of any kind: when panes come out, and what becomes of a window in the end.</summary>
/// <remarks>
/// <para>The life of a window, in order: its first row opens it; rows are added, and after each one the trigger is asked, unless it has
/// granted rows that cannot make it fire (<see cref="WindowCell{TAcc, TOut}.Left"/>: the inner loop does no more than count them down). A
/// timer asks it when the watermark
/// completes the window or time passes a boundary of the trigger. A trigger that finishes closes it. It expires once the watermark has
/// reached its end and the allowed lateness: a last pane, if anything is left to show, and it is gone.</para>
/// <para>Timers are not stored: they follow from the windows, and are set again when those are restored. Firing stops at any key where
/// output is full, and a barrier may cut in between two keys.</para>
/// </remarks>
internal abstract partial class WindowRegion<TKey, T, TAgg, TAcc, TOut, TPanes>
    : KeyedOperator<TKey, T>, IResumable, IFiring, IProcessingTimePart
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut>
{
    /// <summary>A trigger has at most as many parts that can fire one after another.</summary>
    private const int MostFirings = 64;

    private readonly WindowStates<TKey, T, TAgg, TAcc, TOut> _states;
    private readonly FiringLoop _loop;
    private readonly LateOutput<T> _late;
    private readonly TPanes _panes;
    private readonly List<(TKey Key, ulong Hash)> _touched = [];
    private long _closedRows;
    private long _unassignedRows;

    protected WindowRegion(
        RegionSite<TKey, T> site, WindowOptions<T> options, TriggerProgram program,
        TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, TPanes panes, LateOutput<T> late)
        : base(site)
    {
        (Options, Program, Root, Aggregator, _states, _panes, _late) = (options, program, program.Root, aggregator, states, panes, late);
        _loop = new FiringLoop(site.Context, panes.Output);
        Map = states.Cells.Map;
        UsesClock = program.UsesClock || options.IsProcessingTime;
    }

    public override EntityStates<TKey> Entities => _states;

    public bool IsSuspended => _loop.IsSuspended;

    public bool CanCut => _loop.CanCut;

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

    /// <summary>How far it has come for the rows of a chunk: windows that expire by then are closed to them.</summary>
    protected long ProgressOf(in Chunk<T> chunk) => Options.IsProcessingTime ? Progress : _late.WatermarkOf(chunk, Watermark);

    public override KeptBack KeptBack => KeptBack.Of("keys with open windows", () => _eventTimers.Count);

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("late_dropped", _late.Rows), ("closed_dropped", _closedRows), ("unassigned", _unassignedRows)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        ReadClock();
        RestoreTimers();
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (_late.Rows, _closedRows, _unassignedRows) = (counter("late_dropped"), counter("closed_dropped"), counter("unassigned"));

    protected sealed override bool TryTake(in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        ReadClock();
        if (!TryAddRows(chunk, keyOf))
            return false;
        OnAdded();
        return true;
    }

    protected sealed override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        ReadClock();
        AddRows(chunk, keys, hashes);
        OnAdded();
    }

    /// <summary>Adds the rows to their windows.</summary>
    protected abstract void AddRows(in Chunk<T> chunk, TKey[] keys, ulong[] hashes);

    /// <summary>Adds rows whose keys are still to be found, where that is faster than to find them first.</summary>
    /// <returns>False: not added.</returns>
    protected virtual bool TryAddRows(in Chunk<T> chunk, Func<T, TKey> keyOf) => false;

    /// <summary>Where a window expires. One in processing time does so with its end: no row can come for it later.</summary>
    protected long ExpiryOf(Window window) => Options.IsProcessingTime ? window.End : EventTime.AddSaturated(window.End, Options.Lateness);

    protected Moment MomentOf(Window window) => new(window, Progress, ExpiryOf(window), Clock, Options.Merges);

    /// <summary>Opens a window; complete already, if its first row is that late.</summary>
    /// <param name="windows">The windows of its key.</param>
    /// <param name="index">Its place among them.</param>
    /// <param name="window">The window.</param>
    protected ref WindowCell<TAcc, TOut> Open(ref KeyWindows<TAcc, TOut> windows, int index, Window window)
    {
        windows.Insert(index, window);
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        cell.Trigger = Program.Begin();
        ResetStamp(ref cell);
        if (Progress >= window.End)
            cell.Flags |= CellFlags.Completed;
        return ref cell;
    }

    /// <summary>A row was added that the trigger must know of.</summary>
    protected void OnRow(ref KeyWindows<TAcc, TOut> windows, ref WindowCell<TAcc, TOut> cell, TKey key, ulong hash, long time)
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
            if (_touched.Count == 0 || _touched[^1].Hash != hash || !EqualityComparer<TKey>.Default.Equals(_touched[^1].Key, key))
                _touched.Add((key, hash));
            cell.Flags |= CellFlags.Touched;
        }
        else
        {
            Ask(ref cell, key, now, isCompleting: false);
        }

        if (!cell.IsClosed)
            Grant(ref cell, now);
        (long nextEvent, long nextClock) = NextOf(ref cell);
        SetTimers(ref windows, key, hash, nextEvent, nextClock);
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

    protected void OnLate(in Chunk<T> rows) => _late.OnLate(rows, _late.WatermarkOf(rows, Watermark));

    /// <summary>A row came for a window whose trigger has finished.</summary>
    protected void OnClosed() => _closedRows++;

    /// <summary>Rows belong to no window at all.</summary>
    protected void OnUnassigned(int rows) => _unassignedRows += rows;

    protected void ResetStamp(ref WindowCell<TAcc, TOut> cell) =>
        cell.Stamp = Options.ResultTime == ResultTime.Earliest ? EventTime.MaxValue : EventTime.MinValue;

    protected void Grant(ref WindowCell<TAcc, TOut> cell, in Moment now) =>
        cell.Left = cell.Granted = Options.ResultTime == ResultTime.EndOfWindow && !cell.IsTouched ? Root.Quiet(ref cell.Trigger, now) : 0;

    private void OnAdded()
    {
        if (_touched.Count > 0)
            AskTouched();
        _loop.SendOrSuspend();
    }

    private void ReadClock()
    {
        if (UsesClock)
            Clock = Context.Clock.GetUtcNow().ToMicros();
    }

    /// <summary>Fires if the trigger is ready; and again, if the part of it that is active then waits for a time that has come
    /// already.</summary>
    /// <returns>Whether a pane came out.</returns>
    private bool Ask(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting)
    {
        bool shows = AskOnce(ref cell, key, now, isCompleting);
        for (int again = 0; again < MostFirings && !cell.IsClosed && Root.IsReady(ref cell.Trigger, now) && IsDue(ref cell, now); again++)
            shows |= AskOnce(ref cell, key, now, isCompleting: false);
        return shows;
    }

    private bool IsDue(ref WindowCell<TAcc, TOut> cell, in Moment now) =>
        Root.IsDue(ref cell.Trigger, now, byClock: false) || Root.IsDue(ref cell.Trigger, now, byClock: true);

    private bool AskOnce(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting)
    {
        if (!Root.IsReady(ref cell.Trigger, now))
            return false;
        bool shows = cell.Fresh > 0;
        if (!shows)
        {
            shows = isCompleting
                ? Options.OnTime == FiringBehaviour.FireAlways
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
            _panes.Add(new WindowResult<TKey, TOut>(key, now.Window, result) { Pane = pane }, 1, time);
            cell.Panes++;
            cell.OnTimePanes += timing == PaneTiming.Early ? 0 : 1;
        }
        catch (Exception error) when (error is not JobException)
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
            _panes.Add(new WindowResult<TKey, TOut>(key, old.Window, old.Result) { Pane = old.Pane }, -1, time);
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
            for (int i = 0; i < windows.Count; i++)
            {
                ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
                if (!cell.IsTouched)
                    continue;
                cell.Flags &= ~CellFlags.Touched;
                Moment now = MomentOf(cell.Window);
                Ask(ref cell, key, now, isCompleting: false);
                if (!cell.IsClosed)
                    Grant(ref cell, now);
            }

            SetTimers(ref windows, key, hash);
        }

        _touched.Clear();
    }
}
