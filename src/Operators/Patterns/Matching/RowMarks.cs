namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Marks the rows of a chunk that pass a filter, or on which one throws: that is for the row's turn to tell.</summary>
internal sealed class RowMarks<T>
{
    private readonly bool[] _marks = new bool[Chunk<T>.Size];

    public bool this[int row] => _marks[row];

    public void MarkAll() => _marks.AsSpan().Fill(true);

    public void Mark(ReadOnlySpan<T> rows, ReadOnlySpan<Func<T, bool>> filters)
    {
        _marks.AsSpan(0, rows.Length).Clear();
        foreach (Func<T, bool> filter in filters)
        {
            int row = 0;
            while (row < rows.Length)
            {
                try
                {
                    Mark(rows, filter, ref row);
                }
                catch (Exception)
                {
                    _marks[row++] = true;
                }
            }
        }
    }

    /// <summary>The inner loop, outside of the try so that its variables stay in registers.</summary>
    private void Mark(ReadOnlySpan<T> rows, Func<T, bool> filter, ref int at)
    {
        Span<bool> marks = _marks.AsSpan(0, rows.Length);
        for (int row = at; row < rows.Length; row++)
        {
            at = row;
            marks[row] |= filter(rows[row]);
        }

        at = rows.Length;
    }
}
