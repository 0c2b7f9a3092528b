using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>One region of windows that do not merge.</summary>
/// <remarks>Rows in a row that have the same windows are one loop over the map.</remarks>
internal sealed class AlignedRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(
    RegionSite<TKey, T> site, WindowOptions<T> options, TriggerProgram program,
    TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, TPanes panes, LateOutput<T> late)
    : WindowRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(site, options, program, aggregator, states, panes, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut>
{
    private readonly List<Window> _windows = [];
    private readonly List<Window> _open = [];
    private readonly long[] _rowTimes = new long[Chunk<T>.Size];
    private TKey[] _keys = [];
    private ulong[] _hashes = [];
    private Func<T, TKey>? _keyOf;
    private TAcc[] _tried = [];
    private Window _stretch;
    private int _from;
    private int _at;

    /// <summary>The common case: all rows have the one window that the rows before them had, and their keys are there.</summary>
    protected override bool TryAddRows(in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        if (!Map.IsSettled || Errors.Skips || Options.IsProcessingTime || _windows.Count != 1 || Options.OwnWindows is not null)
            return false;
        (long minimum, long maximum, _) = TimeColumn.Scan(chunk.Times);
        if (!_stretch.Contains(minimum) || !_stretch.Contains(maximum))
            return false;
        FindOpen(chunk);
        if (_open.Count == 0)
            return false;
        chunk.Times.CopyTo(_rowTimes);
        (_keyOf, _from, _at) = (keyOf, 0, 0);
        Map.Reserve(chunk.Count);
        try
        {
            Map.Fold(chunk.Rows, keyOf, new FoldOne(this, Aggregator, _open[0]), ref _at);
        }
        catch (Exception error) when (error is not JobException)
        {
            Errors.OnRow(error, chunk.Rows[_at], chunk.Times[_at], chunk.PositionOf(_at));
        }

        _keyOf = null;
        return true;
    }

    protected override void AddRows(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        (_keys, _hashes) = (keys, hashes);
        Span<long> times = _rowTimes.AsSpan(0, chunk.Count);
        if (Options.IsProcessingTime)
            times.Fill(Clock);
        else
            chunk.Times.CopyTo(times);
        int row = 0;
        while (row < chunk.Count)
        {
            int next = Options.OwnWindows is null ? Assign(times, row) : row + 1;
            if (Options.OwnWindows is null || AssignOwn(chunk, row))
                AddRun(chunk, row, next);
            row = next;
        }
    }

    /// <summary>Finds the windows of a row.</summary>
    /// <returns>The first row after it that may have others.</returns>
    private int Assign(Span<long> times, int row)
    {
        if (!_stretch.Contains(times[row]))
        {
            _windows.Clear();
            _stretch = Options.Windows!.Assign(times[row], _windows);
        }

        int next = row + 1;
        while (next < times.Length && _stretch.Contains(times[next]))
            next++;
        return next;
    }

    /// <summary>Asks the user's code for the windows of a row.</summary>
    /// <returns>False if it threw, and the row is skipped.</returns>
    private bool AssignOwn(in Chunk<T> chunk, int row)
    {
        _windows.Clear();
        try
        {
            Options.OwnWindows!.Assign(chunk.Rows[row], _rowTimes[row], _windows);
            foreach (Window window in _windows)
                WindowAssigner.CheckNotEmpty(window, Options.OwnWindows);
            return true;
        }
        catch (Exception error)
        {
            Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            return false;
        }
    }

    private void AddRun(in Chunk<T> chunk, int from, int to)
    {
        FindOpen(chunk);
        if (_windows.Count == 0)
        {
            OnUnassigned(to - from);
        }
        else if (_open.Count == 0)
        {
            OnLate(chunk.Slice(from, to - from));
        }
        else
        {
            Map.Reserve(to - from);
            if (Errors.Skips)
                AddGuarded(chunk, from, to);
            else
                AddAll(chunk, from, to);
        }
    }

    /// <summary>Finds the windows of the present rows that have not expired for them, in the order of time. The user's own may be in any
    /// order, and twice.</summary>
    private void FindOpen(in Chunk<T> chunk)
    {
        _open.Clear();
        long progress = ProgressOf(chunk);
        bool isInOrder = true;
        foreach (Window window in _windows)
        {
            if (ExpiryOf(window) <= progress)
                continue;
            isInOrder &= _open.Count == 0 || _open[^1].IsBefore(window);
            _open.Add(window);
        }

        if (isInOrder)
            return;
        _open.Sort(static (a, b) => a.IsBefore(b) ? -1 : a == b ? 0 : 1);
        for (int i = _open.Count - 1; i > 0; i--)
        {
            if (_open[i] == _open[i - 1])
                _open.RemoveAt(i);
        }
    }

    private void AddAll(in Chunk<T> chunk, int from, int to)
    {
        (_from, _at) = (from, 0);
        ReadOnlySpan<TKey> keys = _keys.AsSpan(from, to - from);
        ReadOnlySpan<ulong> hashes = _hashes.AsSpan(from, to - from);
        try
        {
            if (_open.Count == 1)
                Map.Fold(keys, hashes, chunk.Rows[from..to], new FoldOne(this, Aggregator, _open[0]), ref _at);
            else
                Map.Fold(keys, hashes, chunk.Rows[from..to], new FoldMany(this), ref _at);
        }
        catch (Exception error) when (error is not JobException)
        {
            int row = from + _at;
            Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
        }
    }

    /// <summary>A row that throws must leave no trace in any window: it is added to copies first.</summary>
    private void AddGuarded(in Chunk<T> chunk, int from, int to)
    {
        if (_tried.Length < _open.Count)
            _tried = new TAcc[_open.Count];
        for (int row = from; row < to; row++)
        {
            try
            {
                Try(Map.Find(_keys[row], _hashes[row]), chunk.Rows[row]);
            }
            catch (Exception error)
            {
                Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                continue;
            }

            ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(_keys[row], _hashes[row]);
            int index = windows.From(_open[0]);
            for (int i = 0; i < _open.Count; i++)
            {
                ref WindowCell<TAcc, TOut> cell = ref FindOrOpen(ref windows, _open[i], ref index);
                if (cell.IsClosed)
                {
                    OnClosed();
                    continue;
                }

                cell.Accumulator = _tried[i];
                if (cell.Left > 0)
                    cell.Left--;
                else
                    OnRow(ref windows, ref cell, _keys[row], _hashes[row], _rowTimes[row]);
            }
        }
    }

    /// <summary>Adds a row to copies of its windows' accumulators. What a copy shares with its accumulator is changed in place, so all are
    /// checked before any is.</summary>
    private void Try(int slot, in T row)
    {
        int first = slot < 0 ? 0 : Map.At(slot).State.From(_open[0]);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
        {
            for (int i = 0, index = first; i < _open.Count; i++)
            {
                if (IsTaking(slot, _open[i], ref index, out TAcc accumulator))
                    Aggregator.Check(accumulator, row);
            }
        }

        for (int i = 0, index = first; i < _open.Count; i++)
        {
            if (IsTaking(slot, _open[i], ref index, out _tried[i]))
                Aggregator.Add(ref _tried[i], row);
        }
    }

    /// <summary>Whether a window, there or not, takes rows, and what it has so far.</summary>
    private bool IsTaking(int slot, Window window, ref int index, out TAcc accumulator)
    {
        accumulator = default!;
        if (slot < 0 || !IsAt(ref Map.At(slot).State, window, ref index))
            return true;
        ref WindowCell<TAcc, TOut> cell = ref Map.At(slot).State.At(index);
        accumulator = cell.Accumulator;
        return !cell.IsClosed;
    }

    /// <summary>A row with several windows, or for one that is not the key's last, or whose trigger must know of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSlowly(ref KeyWindows<TAcc, TOut> windows, in T row)
    {
        int at = _from + _at;
        bool isKnown = _keyOf is null;
        TKey key = isKnown ? _keys[at] : default!;
        ulong hash = isKnown ? _hashes[at] : 0;
        int index = windows.From(_open[0]);
        foreach (Window window in CollectionsMarshal.AsSpan(_open))
        {
            ref WindowCell<TAcc, TOut> cell = ref FindOrOpen(ref windows, window, ref index);
            if (cell.IsClosed)
            {
                OnClosed();
                continue;
            }

            Aggregator.Add(ref cell.Accumulator, row);
            if (cell.Left > 0)
            {
                cell.Left--;
                continue;
            }

            if (!isKnown)
            {
                (isKnown, key) = (true, _keyOf!(row));
                hash = Shards.HashOf(key);
            }

            OnRow(ref windows, ref cell, key, hash, _rowTimes[at]);
        }
    }

    /// <param name="windows">The windows of a key.</param>
    /// <param name="window">The one that is wanted.</param>
    /// <param name="index">One that is not behind it; where it is, then.</param>
    private ref WindowCell<TAcc, TOut> FindOrOpen(ref KeyWindows<TAcc, TOut> windows, Window window, ref int index)
    {
        if (!IsAt(ref windows, window, ref index))
            Open(ref windows, index, window);
        return ref windows.At(index);
    }

    /// <summary>Goes on to a window, or to where it would be.</summary>
    private static bool IsAt(ref KeyWindows<TAcc, TOut> windows, Window window, ref int index)
    {
        while (index < windows.Count && windows.At(index).Window.IsBefore(window))
            index++;
        return index < windows.Count && windows.At(index).Window == window;
    }

    /// <summary>Rows of one window.</summary>
    private struct FoldOne(AlignedRegion<TKey, T, TAgg, TAcc, TOut, TPanes> region, TAgg aggregator, Window window)
        : IFold<KeyWindows<TAcc, TOut>, T>
    {
        private TAgg _aggregator = aggregator;
        private readonly long _start = window.Start;
        private readonly long _end = window.End;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ref KeyWindows<TAcc, TOut> state, in T row)
        {
            ref WindowCell<TAcc, TOut> cell = ref state.Last;
            if (cell.Left > 0 && cell.Start == _start && cell.End == _end)
            {
                _aggregator.Add(ref cell.Accumulator, row);
                cell.Left--;
            }
            else
            {
                region.AddSlowly(ref state, row);
            }
        }
    }

    /// <summary>Rows of several windows.</summary>
    private readonly struct FoldMany(AlignedRegion<TKey, T, TAgg, TAcc, TOut, TPanes> region) : IFold<KeyWindows<TAcc, TOut>, T>
    {
        public void Add(ref KeyWindows<TAcc, TOut> state, in T row) => region.AddSlowly(ref state, row);
    }
}
