using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.Operators.Windows.General;

/// <summary>The open windows of a key, in the order of time: the last one in place, because rows mostly come for it; those before it in an
/// array. Default: none.</summary>
/// <remarks>The array has room at both ends: windows mostly open at the back and expire at the front.</remarks>
internal struct KeyWindows<TAcc, TOut>
{
    /// <summary>The last one; not live if there is none.</summary>
    public WindowCell<TAcc, TOut> Last;

    /// <summary>What its timer in event time is set for, with the sign bit flipped; 0: none. Not stored.</summary>
    public long EventTimer;

    /// <summary>The same for the clock.</summary>
    public long ClockTimer;

    private WindowCell<TAcc, TOut>[]? _before;
    private int _start;
    private int _beforeCount;

    public readonly int Count => Last.IsLive ? _beforeCount + 1 : 0;

    [UnscopedRef]
    public ref WindowCell<TAcc, TOut> At(int index)
    {
        if (index == _beforeCount)
            return ref Last;
        return ref _before![_start + index];
    }

    /// <summary>The index of a window, or -1.</summary>
    public readonly int Find(Window window)
    {
        if (!Last.IsLive)
            return -1;
        if (Last.Window == window)
            return _beforeCount;
        int index = FindBefore(window);
        return index < _beforeCount && _before![_start + index].Window == window ? index : -1;
    }

    /// <summary>The index of the first window that is not before <paramref name="window"/>; <see cref="Count"/> if all are.</summary>
    public readonly int From(Window window)
    {
        int index = FindBefore(window);
        return index == _beforeCount && Last.IsLive && Last.Window.IsBefore(window) ? index + 1 : index;
    }

    /// <summary>Adds a new, empty window at its place.</summary>
    /// <param name="index">What <see cref="From"/> says of it.</param>
    /// <param name="window">The window; not there yet.</param>
    public void Insert(int index, Window window)
    {
        if (!Last.IsLive)
        {
            Last = Opened(window);
            return;
        }

        MakeRoom();
        if (index > _beforeCount)
        {
            _before![_start + _beforeCount++] = Last;
            Last = Opened(window);
            return;
        }

        Array.Copy(_before!, _start + index, _before!, _start + index + 1, _beforeCount - index);
        _before![_start + index] = Opened(window);
        _beforeCount++;
    }

    public void RemoveAt(int index)
    {
        if (_beforeCount == 0)
        {
            Last = default;
            return;
        }

        int last = _beforeCount - 1;
        if (index == _beforeCount)
        {
            Last = _before![_start + last];
            _before[_start + last] = default;
        }
        else if (index <= last / 2)
        {
            Array.Copy(_before!, _start, _before!, _start + 1, index);
            _before![_start++] = default;
        }
        else
        {
            Array.Copy(_before!, _start + index + 1, _before!, _start + index, last - index);
            _before![_start + last] = default;
        }

        if (--_beforeCount == 0)
            (_before, _start) = (null, 0);
    }

    /// <summary>Puts a window whose bounds have changed where it belongs.</summary>
    /// <returns>Its index.</returns>
    public int Reorder(int index)
    {
        Window window = At(index).Window;
        if ((index == 0 || At(index - 1).Window.IsBefore(window)) && (index == _beforeCount || window.IsBefore(At(index + 1).Window)))
            return index;
        WindowCell<TAcc, TOut> cell = At(index);
        RemoveAt(index);
        index = From(window);
        Insert(index, window);
        At(index) = cell;
        return index;
    }

    private static WindowCell<TAcc, TOut> Opened(Window window) => new() { Start = window.Start, End = window.End, Flags = CellFlags.Live };

    /// <summary>Among those before the last one, the first that is not before <paramref name="window"/>.</summary>
    private readonly int FindBefore(Window window)
    {
        int low = 0, high = _beforeCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_before![_start + middle].Window.IsBefore(window))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>For one more at the back.</summary>
    private void MakeRoom()
    {
        if (_before is null)
        {
            _before = new WindowCell<TAcc, TOut>[1];
        }
        else if (_start + _beforeCount == _before.Length)
        {
            WindowCell<TAcc, TOut>[] from = _before;
            if (_start <= _before.Length / 2)
                _before = new WindowCell<TAcc, TOut>[_before.Length * 2];
            Array.Copy(from, _start, _before, 0, _beforeCount);
            if (from == _before)
                Array.Clear(_before, _beforeCount, _start);
            _start = 0;
        }
    }
}
