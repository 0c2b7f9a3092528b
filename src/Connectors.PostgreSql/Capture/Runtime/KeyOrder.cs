namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The order in which a snapshot reads keys, on this side: integers by value, everything else by the bytes that PostgreSQL
/// prints.</summary>
/// <remarks>An order that both sides agree on, whatever types and collations there are; <see cref="TableInfo.OrderBy"/> is the other
/// half.</remarks>
internal sealed class KeyOrder
{
    private readonly int[] _columns;
    private readonly bool[] _isInteger;

    public KeyOrder(RowLayout layout, TableInfo table)
    {
        _columns = [.. table.KeyColumns.Select(layout.Find)];
        _isInteger = [.. table.KeyIsInteger];
    }

    /// <summary>The text of the key columns, to be kept.</summary>
    public byte[][] KeyOf(CapturedRow row) => [.. _columns.Select(column => row.Text(column).ToArray())];

    public bool AreSame(CapturedRow left, CapturedRow right)
    {
        foreach (int column in _columns)
        {
            if (!left.Text(column).SequenceEqual(right.Text(column)))
                return false;
        }

        return true;
    }

    public int Compare(CapturedRow row, byte[][] key)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            int order = _isInteger[i] ? CompareIntegers(row.Text(_columns[i]), key[i]) : row.Text(_columns[i]).SequenceCompareTo(key[i]);
            if (order != 0)
                return order;
        }

        return 0;
    }

    /// <summary>Canonical decimal numbers: of the same sign, the longer one is the larger, or the smaller below zero.</summary>
    private static int CompareIntegers(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        bool isLeftNegative = left[0] == '-', isRightNegative = right[0] == '-';
        if (isLeftNegative != isRightNegative)
            return isLeftNegative ? -1 : 1;
        int order = left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
        return isLeftNegative ? -order : order;
    }
}
