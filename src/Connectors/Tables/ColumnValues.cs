namespace ActorStreams.Connectors.Tables;

/// <summary>The values of one column for the rows of an epoch: computed when the rows come, so that what is wrong with one is known while
/// it can be named.</summary>
internal abstract class ColumnValues<T>
{
    /// <summary>Sets the values from <paramref name="start"/> on; when one throws, <paramref name="row"/> is its index.</summary>
    public abstract void Take(ReadOnlySpan<T> rows, int start, ref int row);

    /// <summary>Sets the column of one row in the store.</summary>
    public abstract void Bind(int index, StoreRow target, int column);
}

/// <inheritdoc/>
internal sealed class ColumnValues<T, TValue>(Func<T, TValue> value, Action<StoreRow, int, TValue> set) : ColumnValues<T>
{
    private const int FirstSize = 256;

    private TValue[] _values = [];

    public override void Take(ReadOnlySpan<T> rows, int start, ref int row)
    {
        if (start + rows.Length > _values.Length)
            Array.Resize(ref _values, Math.Max(start + rows.Length, Math.Max(FirstSize, _values.Length * 2)));
        for (row = 0; row < rows.Length; row++)
            _values[start + row] = value(rows[row]);
    }

    public override void Bind(int index, StoreRow target, int column) => set(target, column, _values[index]);
}
