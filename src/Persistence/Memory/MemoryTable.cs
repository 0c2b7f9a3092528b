namespace ActorStreams.Persistence.Memory;

/// <summary>The rows of one table, in the order in which they (or their keys) came first.</summary>
internal sealed class MemoryTable(TableSpec spec)
{
    private readonly List<object?[]?> _rows = [];
    private readonly Dictionary<RowKey, int> _byKey = [];
    private readonly int[] _keys = [.. Enumerable.Range(0, spec.Columns.Count).Where(i => spec.Columns[i].IsKey)];

    public TableSpec Spec => spec;

    public IReadOnlyList<object?[]> Rows() => [.. _rows.OfType<object?[]>().Select(r => (object?[])r.Clone())];

    /// <summary>Drops what is no longer kept of a table whose rows are only added.</summary>
    public void Trim(TableTrim trim)
    {
        int owner = ColumnOf(trim.OwnerColumn), time = ColumnOf(trim.TimeColumn);
        if (trim.Before is { } before)
            _rows.RemoveAll(
                row => row is not null && Equals(row[owner], trim.Owner) && row[time] is DateTimeOffset at && at.ToMicros() < before);
        long excess = _rows.LongCount(row => row is not null && Equals(row[owner], trim.Owner)) - (trim.Rows ?? long.MaxValue);
        if (excess > 0)
            _rows.RemoveAll(row => row is not null && Equals(row[owner], trim.Owner) && excess-- > 0);
    }

    private int ColumnOf(string name) => spec.Columns.Select(column => column.Name).ToList().IndexOf(name);

    public void Add(BoundRow bound)
    {
        object?[] row = bound.Values;
        if (bound.Kind == UpsertKind.Clear)
        {
            _rows.Clear();
            _byKey.Clear();
            return;
        }

        if (spec.Mode == TableMode.Upsert)
        {
            RowKey key = new([.. _keys.Select(k => row[k] is byte[] bytes ? Convert.ToHexString(bytes) : row[k])]);
            if (bound.Kind == UpsertKind.Delete)
            {
                if (_byKey.Remove(key, out int gone))
                    _rows[gone] = null;
                return;
            }

            if (_byKey.TryGetValue(key, out int at))
            {
                _rows[at] = row;
                return;
            }

            _byKey.Add(key, _rows.Count);
        }

        _rows.Add(row);
    }

    /// <summary>Binds every row before the first is added, so that a row that cannot be bound leaves no trace.</summary>
    public static List<BoundRow> Bind(TableWrite write)
    {
        Row row = new();
        List<BoundRow> rows = new(write.Count + 1);
        if (write.ClearsTable)
            rows.Add(new BoundRow([], UpsertKind.Clear));
        for (int i = 0; i < write.Count; i++)
        {
            row.Values = new object?[write.Table.Columns.Count];
            write.Bind(i, row);
            rows.Add(new BoundRow(row.Values, write.IsDelete(i) ? UpsertKind.Delete : UpsertKind.Put));
        }

        return rows;
    }

    /// <summary>The values of a row, or the key of one that goes; nothing if all go.</summary>
    public readonly record struct BoundRow(object?[] Values, UpsertKind Kind);

    private sealed class Row : StoreRow
    {
        public object?[] Values { get; set; } = [];

        public override void SetNull(int column) => Values[column] = null;

        public override void Set(int column, long value) => Values[column] = value;

        public override void Set(int column, double value) => Values[column] = value;

        public override void Set(int column, string value) => Values[column] = value;

        public override void Set(int column, bool value) => Values[column] = value;

        public override void Set(int column, byte[] value) => Values[column] = value.Clone();

        public override void SetTimestamp(int column, long time) => Values[column] = EventTime.ToDateTimeOffset(time);
    }

    private sealed class RowKey(object?[] values) : IEquatable<RowKey>
    {
        public bool Equals(RowKey? other) => other is not null && values.AsSpan().SequenceEqual(other.Values);

        public override bool Equals(object? obj) => Equals(obj as RowKey);

        public override int GetHashCode()
        {
            HashCode hash = default;
            foreach (object? value in values)
                hash.Add(value);
            return hash.ToHashCode();
        }

        private object?[] Values => values;
    }
}
