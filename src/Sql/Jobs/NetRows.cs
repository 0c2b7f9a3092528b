namespace ActorStreams.Sql.Jobs;

/// <summary>Changes added up to the rows that are there.</summary>
internal sealed class NetRows
{
    private readonly Dictionary<RowValues, long> _counts = [];
    private readonly List<RowValues> _order = [];

    public void Add(object?[] row, long weight)
    {
        var values = new RowValues(row);
        if (!_counts.ContainsKey(values))
            _order.Add(values);
        _counts[values] = _counts.GetValueOrDefault(values) + weight;
    }

    /// <summary>Each as often as it is there, in the order in which they first came.</summary>
    public IReadOnlyList<object?[]> Rows =>
        [.. _order.SelectMany(row => Enumerable.Repeat(row.Values, (int)Math.Max(0, _counts[row])))];
}
