using System.Runtime.CompilerServices;
using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>One region of windows that do not merge.</summary>
/// <remarks>Rows in a row that have the same windows are one loop over the map for each of them.</remarks>
internal sealed class AlignedRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(
    string name, ActorContext context, ShardRange shards, Func<T, TKey> keyOf, OperatorErrors errors, WindowOptions<T> options, TriggerProgram program,
    TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, Receiver<TRow> output, LateOutput<T> late)
    : WindowRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(name, context, shards, keyOf, errors, options, program, aggregator, states, output, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut, TRow>
{
    private readonly List<Window> _windows = [];
    private readonly long[] _rowTimes = new long[Chunk<T>.Size];
    private TKey[] _keys = [];
    private ulong[] _hashes = [];
    private Func<T, TKey>? _keyOf;
    private Window _stretch;
    private Window _window;
    private int _from;
    private int _at;

    /// <summary>The common case: all rows have the one window that the rows before them had, and their keys are there.</summary>
    protected override bool TryAddRows(in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        if (!Map.IsSettled || Errors.Skips || Options.IsProcessingTime || _windows.Count != 1 || Options.OwnWindows is not null)
            return false;
        (long minimum, long maximum, _) = TimeColumn.Scan(chunk.Times);
        if (!_stretch.Contains(minimum) || !_stretch.Contains(maximum) || ExpiryOf(_windows[0]) <= ProgressOf(chunk))
            return false;
        chunk.Times.CopyTo(_rowTimes);
        (_window, _keyOf, _from, _at) = (_windows[0], keyOf, 0, 0);
        Map.Reserve(chunk.Count);
        try
        {
            Map.Fold(chunk.Rows, keyOf, new Fold(this, Aggregator, _window), ref _at);
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
                CheckNotEmpty(window);
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
        bool isAlive = false;
        long progress = ProgressOf(chunk);
        foreach (Window window in _windows)
        {
            if (ExpiryOf(window) <= progress)
                continue;
            isAlive = true;
            _window = window;
            Map.Reserve(to - from);
            if (Errors.Skips)
                AddGuarded(chunk, from, to);
            else
                AddAll(chunk, from, to);
        }

        if (_windows.Count == 0)
            OnUnassigned(to - from);
        else if (!isAlive)
            OnLate(chunk.Slice(from, to - from));
    }

    private void AddAll(in Chunk<T> chunk, int from, int to)
    {
        (_from, _at) = (from, 0);
        try
        {
            Map.Fold(_keys.AsSpan(from, to - from), _hashes.AsSpan(from, to - from), chunk.Rows[from..to], new Fold(this, Aggregator, _window), ref _at);
        }
        catch (Exception error) when (error is not JobException)
        {
            int row = from + _at;
            Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
        }
    }

    /// <summary>A row that throws must leave no trace: it is added to a copy first.</summary>
    private void AddGuarded(in Chunk<T> chunk, int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            int slot = Map.Find(_keys[row], _hashes[row]);
            int index = slot < 0 ? -1 : Map.At(slot).State.Find(_window);
            TAcc accumulator = index < 0 ? default! : Map.At(slot).State.At(index).Accumulator;
            try
            {
                if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
                    Aggregator.Check(accumulator, chunk.Rows[row]);
                Aggregator.Add(ref accumulator, chunk.Rows[row]);
            }
            catch (Exception error)
            {
                Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                continue;
            }

            ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(_keys[row], _hashes[row]);
            ref WindowCell<TAcc, TOut> cell = ref FindOrOpen(ref windows);
            if (cell.IsClosed)
            {
                OnClosed();
                continue;
            }

            cell.Accumulator = accumulator;
            if (cell.Left > 0)
                cell.Left--;
            else
                OnRow(ref windows, ref cell, _keys[row], _hashes[row], _rowTimes[row]);
        }
    }

    /// <summary>A row for a window that is not the key's first one, or whose trigger must know of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSlowly(ref KeyWindows<TAcc, TOut> windows, in T row)
    {
        ref WindowCell<TAcc, TOut> cell = ref FindOrOpen(ref windows);
        if (cell.IsClosed)
        {
            OnClosed();
            return;
        }

        Aggregator.Add(ref cell.Accumulator, row);
        if (cell.Left > 0)
        {
            cell.Left--;
            return;
        }

        int at = _from + _at;
        TKey key = _keyOf is null ? _keys[at] : _keyOf(row);
        OnRow(ref windows, ref cell, key, _keyOf is null ? _hashes[at] : KeyHash<TKey>.Of(key), _rowTimes[at]);
    }

    private ref WindowCell<TAcc, TOut> FindOrOpen(ref KeyWindows<TAcc, TOut> windows)
    {
        int index = windows.Find(_window);
        if (index < 0)
        {
            Open(ref windows, _window);
            index = windows.Count - 1;
        }

        return ref windows.At(windows.Promote(index));
    }

    private readonly struct Fold(AlignedRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes> region, TAgg aggregator, Window window) : IFold<KeyWindows<TAcc, TOut>, T>
    {
        private readonly TAgg _aggregator = aggregator;
        private readonly long _start = window.Start;
        private readonly long _end = window.End;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ref KeyWindows<TAcc, TOut> state, in T row)
        {
            ref WindowCell<TAcc, TOut> cell = ref state.First;
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
}
