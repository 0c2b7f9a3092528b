using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>The rows of a partition that are in order for good, from the first that is still needed.</summary>
internal sealed class RowWindow<TRow>(RowFunction<TRow, long?> timeOf, long first)
{
    private const int FewRows = 32;

    private TRow[] _rows = new TRow[8];
    private int _from, _to;

    /// <summary>How many rows of the partition came before the first one here.</summary>
    public long First { get; private set; } = first;

    public int Count => _to - _from;

    public ref readonly TRow this[int row] => ref _rows[_from + row];

    public long TimeOf(int row) => timeOf(_rows[_from + row]) ?? EventTime.MaxValue;

    public bool IsStart(int row) => First + row == 0;

    public void Add(in TRow row)
    {
        if (_to == _rows.Length)
        {
            if (_from > _rows.Length / 2)
                Shift();
            else
                Array.Resize(ref _rows, _rows.Length * 2);
        }

        _rows[_to++] = row;
    }

    public void Forget(int rows)
    {
        Array.Clear(_rows, _from, rows);
        _from += rows;
        First += rows;
        if (_from > FewRows && _from > _rows.Length / 2)
            Shift();
    }

    /// <summary>As if it were new.</summary>
    public void Restart(long first)
    {
        Forget(Count);
        (First, _from, _to) = (first, 0, 0);
    }

    /// <summary>A row has never come.</summary>
    public void Remove(int row)
    {
        Array.Copy(_rows, _from + row + 1, _rows, _from + row, Count - row - 1);
        _rows[--_to] = default!;
    }

    private void Shift()
    {
        Array.Copy(_rows, _from, _rows, 0, Count);
        Array.Clear(_rows, Count, _from);
        (_from, _to) = (0, Count);
    }
}
