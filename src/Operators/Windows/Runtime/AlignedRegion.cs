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
    TAgg aggregator, WindowStates<TKey, T, TAgg, TAcc, TOut> states, Receiver<TRow> output, Receiver<T>? lateOutput)
    : WindowRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(name, context, shards, keyOf, errors, options, program, aggregator, states, output, lateOutput)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut, TRow>
{
    private readonly List<Window> _windows = [];
    private readonly long[] _rowTimes = new long[Chunk<T>.Size];
    private TKey[] _keys = [];
    private ulong[] _hashes = [];
    private Window _stretch;
    private Window _window;
    private int _from;
    private int _at;

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
            int next = Assign(chunk, times, row);
            AddRun(chunk, row, next);
            row = next;
        }
    }

    /// <summary>Finds the windows of a row.</summary>
    /// <returns>The first row after it that may have others.</returns>
    private int Assign(in Chunk<T> chunk, Span<long> times, int row)
    {
        long time = times[row];
        int next = row + 1;
        if (Options.OwnWindows is not null)
        {
            _windows.Clear();
            Options.OwnWindows.Assign(chunk.Rows[row], time, _windows);
            CheckOwn();
            return next;
        }

        if (!_stretch.Contains(time))
        {
            _windows.Clear();
            _stretch = Options.Windows!.Assign(time, _windows);
        }

        while (next < times.Length && _stretch.Contains(times[next]))
            next++;
        return next;
    }

    private void CheckOwn()
    {
        foreach (Window window in _windows)
        {
            if (window.Start >= window.End)
                throw new JobException($"Operator '{OperatorName}': {Options.OwnWindows!.GetType().Name} assigned the window {window}, which is empty. A window must begin before it ends.");
        }
    }

    private void AddRun(in Chunk<T> chunk, int from, int to)
    {
        bool isAlive = false;
        foreach (Window window in _windows)
        {
            if (ExpiryOf(window) <= Progress)
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
        OnRow(ref windows, ref cell, _keys[at], _hashes[at], _rowTimes[at]);
    }

    private ref WindowCell<TAcc, TOut> FindOrOpen(ref KeyWindows<TAcc, TOut> windows)
    {
        int index = windows.Find(_window);
        if (index >= 0)
            return ref windows.At(index);
        return ref Open(ref windows, _window);
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
