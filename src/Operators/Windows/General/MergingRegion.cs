using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>One region of windows that merge: sessions.</summary>
internal sealed class MergingRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(
    RegionSite<TKey, T> site, WindowOptions<T> options, TriggerProgram program,
    TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, TPanes panes, LateOutput<T> late)
    : WindowRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(site, options, program, aggregator, states, panes, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut>
{
    private readonly List<Window> _windows = [];
    private readonly List<(long Start, int Index)> _parts = [];
    private readonly MergeRule _merging = new(options.Windows);
    private TriggerState[] _states = new TriggerState[4];

    protected override void AddRows(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        if (Map.OutgrowsCache)
        {
            for (int row = 0; row < chunk.Count; row++)
                Map.Prefetch(hashes[row]);
        }

        long behind = Options.IsBySource ? EventTime.AddSaturated(chunk.SourceWatermark, -Options.Lateness) : EventTime.MinValue;
        for (int row = 0; row < chunk.Count; row++)
        {
            long time = Options.IsProcessingTime ? Clock : chunk.Times[row];
            _windows.Clear();
            try
            {
                if (Options.OwnWindows is not null)
                    Options.OwnWindows.Assign(chunk.Rows[row], time, _windows);
                else
                    Options.Windows!.Assign(time, _windows);
                foreach (Window window in _windows)
                    WindowAssigner.CheckNotEmpty(window, Options.OwnWindows);
                bool isInTime = false;
                foreach (Window window in _windows)
                    isInTime |= window.Start >= behind && Add(window, keys[row], hashes[row], chunk.Rows[row], time);
                if (_windows.Count == 0)
                    OnUnassigned(1);
                else if (!isInTime)
                    OnLate(chunk.Slice(row, 1));
            }
            catch (Exception error) when (error is not JobException)
            {
                Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            }
        }
    }

    /// <summary>Adds a row to the open windows that its own one meets. If it meets none it opens one, unless its own one is part of one
    /// that is closed.</summary>
    /// <returns>False if the window has expired, and no open one takes the row in.</returns>
    private bool Add(Window window, TKey key, ulong hash, in T row, long time)
    {
        int slot = Map.Find(key, hash);
        Window merged = window;
        _parts.Clear();
        if (slot >= 0)
            merged = FindParts(ref Map.At(slot).State, window);
        if (_parts.Count == 0 && ExpiryOf(window) <= Progress)
            return false;
        if (_parts.Count == 0 && slot >= 0 && IsClosed(ref Map.At(slot).State, window))
        {
            OnClosed();
            return true;
        }

        // Everything that may throw comes first: a row that is skipped leaves no trace.
        TAcc accumulator = slot < 0 ? default! : Accumulate(ref Map.At(slot).State);
        if (Errors.Skips && System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            Aggregator.Check(accumulator, row);
        Aggregator.Add(ref accumulator, row);

        Map.Reserve(1);
        ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(key, hash);
        int index = _parts.Count == 0 ? -1 : Merge(ref windows, merged);
        ref WindowCell<TAcc, TOut> cell = ref index < 0 ? ref Open(ref windows, windows.From(window), window) : ref windows.At(index);
        cell.Accumulator = accumulator;
        if (cell.Left > 0)
        {
            cell.Left--;
            return true;
        }

        OnRow(ref windows, ref cell, key, hash, time);
        return true;
    }

    /// <summary>Whether a window is part of one whose trigger has finished: nothing more comes of that one until it expires.</summary>
    private static bool IsClosed(ref KeyWindows<TAcc, TOut> windows, Window window)
    {
        for (int i = 0; i < windows.Count; i++)
        {
            ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
            if (cell.IsClosed && cell.Start <= window.Start && cell.End >= window.End)
                return true;
        }

        return false;
    }

    /// <summary>Finds the open windows that a new one merges with, in order of time.</summary>
    /// <returns>What they become together.</returns>
    private Window FindParts(ref KeyWindows<TAcc, TOut> windows, Window added)
    {
        for (int i = 0; i < windows.Count; i++)
        {
            ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
            if (!cell.IsClosed && _merging.Meet(cell.Window, added))
                _parts.Add((cell.Start, i));
        }

        if (_parts.Count > 1)
            _parts.Sort();
        int kept = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            if (_merging.TryJoin(ref added, windows.At(_parts[i].Index).Window))
                _parts[kept++] = _parts[i];
        }

        _parts.RemoveRange(kept, _parts.Count - kept);
        return added;
    }

    private TAcc Accumulate(ref KeyWindows<TAcc, TOut> windows)
    {
        if (_parts.Count == 0)
            return default!;
        TAcc accumulator = windows.At(_parts[0].Index).Accumulator;
        for (int i = 1; i < _parts.Count; i++)
            Aggregator.Merge(ref accumulator, windows.At(_parts[i].Index).Accumulator);
        return accumulator;
    }

    /// <summary>Makes one window of the parts; its accumulator is set by the caller.</summary>
    /// <returns>Its index.</returns>
    private int Merge(ref KeyWindows<TAcc, TOut> windows, Window merged)
    {
        if (windows.Count > _parts.Count)
            ForgetClosed(ref windows, merged);
        int index = _parts[0].Index;
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        if (_parts.Count == 1 && cell.Window == merged)
            return index;
        Moment now = MomentOf(merged);
        if (_parts.Count == 1 && cell.Trigger.Finished == 0 && !Program.UsesClock && !Program.MindsGrowth && !cell.IsCompleted
            && cell.Panes == 0)
        {
            // The common case: the session goes on, and nothing has come of it yet.
            (cell.Start, cell.End) = (merged.Start, merged.End);
            return windows.Reorder(index);
        }

        MergeStates(ref windows, merged, now);
        _parts.Sort((a, b) => b.Index.CompareTo(a.Index));
        for (int i = 0; i < _parts.Count - 1; i++)
            windows.RemoveAt(_parts[i].Index);
        return windows.Reorder(_parts[^1].Index);
    }

    /// <summary>A new window takes the place of a closed one that it comes to be as long as.</summary>
    private void ForgetClosed(ref KeyWindows<TAcc, TOut> windows, Window merged)
    {
        int closed = windows.Find(merged);
        if (closed < 0 || !windows.At(closed).IsClosed)
            return;
        windows.RemoveAt(closed);
        for (int i = 0; i < _parts.Count; i++)
            _parts[i] = _parts[i].Index < closed ? _parts[i] : (_parts[i].Start, _parts[i].Index - 1);
    }

    /// <summary>Gathers what the parts know in the one with the lowest index.</summary>
    private void MergeStates(ref KeyWindows<TAcc, TOut> windows, Window merged, in Moment now)
    {
        if (_states.Length < _parts.Count)
            _states = new TriggerState[_parts.Count * 2];
        int lowest = int.MaxValue;
        long fresh = 0, stamp = Options.ResultTime == ResultTime.Earliest ? EventTime.MaxValue : EventTime.MinValue;
        (int panes, int onTimePanes) = (0, 0);
        EmittedPane<TOut>[]? emitted = null;
        for (int i = 0; i < _parts.Count; i++)
        {
            ref WindowCell<TAcc, TOut> part = ref windows.At(_parts[i].Index);
            Tell(ref part, MomentOf(part.Window));
            _states[i] = part.Trigger;
            fresh += part.Fresh;
            stamp = Options.ResultTime == ResultTime.Earliest ? Math.Min(stamp, part.Stamp) : Math.Max(stamp, part.Stamp);
            emitted = emitted is null ? part.Emitted : part.Emitted is null ? emitted : [.. emitted, .. part.Emitted];
            if (part.Window == merged)
                (panes, onTimePanes) = (part.Panes, part.OnTimePanes);
            lowest = Math.Min(lowest, _parts[i].Index);
        }

        ref WindowCell<TAcc, TOut> cell = ref windows.At(lowest);
        TriggerState trigger = Program.Begin();
        Root.Merge(_states.AsSpan(0, _parts.Count), ref trigger, now);
        (cell.Start, cell.End, cell.Trigger) = (merged.Start, merged.End, trigger);
        (cell.Fresh, cell.Stamp, cell.Panes, cell.OnTimePanes, cell.Emitted) = (fresh, stamp, panes, onTimePanes, emitted);
        cell.Flags = CellFlags.Live | (now.IsComplete ? CellFlags.Completed : CellFlags.None) | (cell.Flags & CellFlags.Touched);
    }
}
