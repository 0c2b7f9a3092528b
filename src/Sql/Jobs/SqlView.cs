using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Jobs;

namespace ActorStreams;

/// <summary>A table or materialised view of a job of SQL, to be read by its key or whole: every answer shows the rows at the end of one
/// committed epoch. May be read from any thread, while statements run.</summary>
/// <remarks>The first answer by key puts the rows in the order of the key; from then on one costs as long as a search in that order, and
/// the rows are held once more. Queries in SQL use the same order where their conditions allow it.</remarks>
public sealed class SqlView
{
    private readonly SqlObject _object;
    private readonly SqlColumn[] _columns;
    private readonly IReadOnlyList<int> _key;

    internal SqlView(SqlObject one)
    {
        _object = one;
        _columns = [.. one.Table.Columns.Select(static column => new SqlColumn(column.Name, column.Type.ToString(), column.IsNullable))];
        _key = KeyLookups.KeyOf(one.Table);
    }

    /// <summary>The columns of its rows.</summary>
    public IReadOnlyList<SqlColumn> Columns => _columns;

    /// <summary>The columns that no two rows have the same values of; empty where there are none.</summary>
    public IReadOnlyList<string> Key => [.. _key.Select(at => _columns[at].Name)];

    /// <summary>The last epoch that is shown.</summary>
    public long Epoch => _object.Kept!.Epoch;

    /// <summary>All rows.</summary>
    public SqlSnapshot Read() => Shown(_object.Kept!.Read());

    /// <summary>All rows of an earlier epoch, from the store.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SqlException">The epoch has not been reached, or is not retained any more
    /// (<see cref="JobOptions.RetainEpochs"/>).</exception>
    public async Task<SqlSnapshot> ReadAsOfAsync(long epoch, CancellationToken cancellation = default) =>
        Shown(await _object.ReadAsOfAsync(epoch, cancellation));

    /// <summary>The row of a key; of a key's first values all rows that have them, in the order of the key.</summary>
    /// <param name="key">Values of the first columns of the key: those of <see cref="SqlRow"/>, or texts as PostgreSQL reads
    /// them.</param>
    /// <exception cref="SqlException">There is no key, or it has fewer columns, or a value is not of its column's type.</exception>
    public SqlSnapshot Find(params IReadOnlyList<object> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Shown(_object.Kept!.Read(new KeyRange(_key, Values(key))));
    }

    /// <summary>The rows whose key lies between two, both included, in the order of the key.</summary>
    /// <param name="from">Values of the first columns of the key.</param>
    /// <param name="to">As many; all but the last are the same as those of <paramref name="from"/>.</param>
    /// <exception cref="SqlException">There is no key, or the two differ in more than the last value, or a value is not of its column's
    /// type.</exception>
    public SqlSnapshot Range(IReadOnlyList<object> from, IReadOnlyList<object> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        object[] low = Values(from), high = Values(to);
        if (low.Length == 0 || low.Length != high.Length || !low.AsSpan(0, low.Length - 1).SequenceEqual(high.AsSpan(0, low.Length - 1)))
            throw Wrong("a range is between two values of one column of the key, behind columns that are the same in both");
        return Shown(_object.Kept!.Read(new KeyRange(_key, low[..^1], new KeyBound(low[^1], true), new KeyBound(high[^1], true))));
    }

    private object[] Values(IReadOnlyList<object> key)
    {
        if (_key.Count == 0)
            throw Wrong("it has no key: ask by SQL, or read all");
        if (key.Count > _key.Count)
            throw Wrong($"its key is ({string.Join(", ", Key)}), and {key.Count} values are given");
        return [.. key.Select((value, at) => GivenValues.Of(value, _object.Table, _key[at])
            ?? throw Wrong("a key is not looked for by NULL"))];
    }

    private SqlException Wrong(string why) =>
        new(SqlErrorCategory.InvalidReference, SqlState.InvalidParameterValue, $"\"{_object.Name}\": {why}.");

    private SqlSnapshot Shown(RowsAtEpoch rows) => new(rows.Epoch,
        [.. rows.Counted.SelectMany(one => Enumerable.Repeat(new SqlRow(_columns, one.Row), (int)one.Count))]);
}
