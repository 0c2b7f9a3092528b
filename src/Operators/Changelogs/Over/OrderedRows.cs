using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>The rows of one partition in their order, in one array, and which of them the order calls equal. Filled anew for each change,
/// so that nothing of it has to be stored.</summary>
/// <param name="order">The order as the query says it; null: none, all rows are equal.</param>
internal sealed class OrderedRows<TRow>(IComparer<TRow>? order)
{
    private TRow[] _rows = [];
    private int[] _groupOf = [], _starts = [0];

    public int Count { get; private set; }

    /// <summary>How many rows are different by the order.</summary>
    public int GroupCount { get; private set; }

    public ReadOnlySpan<TRow> Rows => _rows.AsSpan(0, Count);

    /// <summary>Which group of equal rows a row is in, from 0.</summary>
    public int GroupOf(int row) => _groupOf[row];

    /// <summary>The first row of a group; of what would be the group after the last, the number of rows.</summary>
    public int StartOf(int group) => _starts[group];

    public ref readonly TRow this[int row] => ref _rows[row];

    /// <summary>Takes rows from the first on, until one is not needed.</summary>
    public void Fill(SortedRows<TRow>? rows, in RankRange range)
    {
        int wanted = rows is null ? 0 : (int)Math.Min(rows.Count, range.MostRows);
        Take(rows, wanted);
        Number();

        // Ranks give equal rows one number: more rows than the number may be needed.
        while (range.IsByRank && range.To > 0 && Count < (rows?.Count ?? 0)
            && (range.IsDense ? GroupCount : StartOf(GroupCount - 1) + 1) <= range.To)
        {
            Take(rows, (int)Math.Min(rows!.Count, (Count * 2L) + 1));
            Number();
        }
    }

    /// <summary>The first rows only.</summary>
    public void Cut(int count)
    {
        if (count >= Count)
            return;
        Count = count;
        GroupCount = count == 0 ? 0 : _groupOf[count - 1] + 1;
        _starts[GroupCount] = count;
    }

    private void Take(SortedRows<TRow>? rows, int count)
    {
        if (_rows.Length < count)
        {
            int size = Math.Max(count, _rows.Length * 2);
            (_rows, _groupOf, _starts) = (new TRow[size], new int[size], new int[size + 1]);
        }
        else if (count < Count)
        {
            Array.Clear(_rows, count, Count - count);
        }

        rows?.CopyTo(_rows.AsSpan(0, count));
        Count = count;
    }

    private void Number()
    {
        int groups = 0;
        for (int row = 0; row < Count; row++)
        {
            if (row == 0 || (order is not null && order.Compare(_rows[row - 1], _rows[row]) != 0))
                _starts[groups++] = row;
            _groupOf[row] = groups - 1;
        }

        GroupCount = groups;
        _starts[groups] = Count;
    }
}
