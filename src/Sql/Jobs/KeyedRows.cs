using ActorStreams.Operators.Tables.Runtime;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Jobs;

/// <summary>The rows of a table or view in the order of its key, to find some of them without looking at all: made when it is first
/// asked, and then brought up to date by what epochs have changed. It holds every row once more.</summary>
/// <param name="hub">The rows.</param>
/// <param name="key">The places of the columns of the key.</param>
/// <param name="layout">The columns of a row.</param>
internal sealed class KeyedRows<TRow>(ViewHub<TRow, long> hub, IReadOnlyList<int> key, RowLayout layout)
    where TRow : notnull
{
    private readonly Lock _lock = new();
    private readonly RowOrder _order = new(0,
        [.. key.Select(at => new OrderKey(layout.Column(at), IsDescending: false, NullsFirst: false))]);

    private SortedSet<Entry>? _rows;
    private long _epoch, _numbers;

    public ViewHub<TRow, long> Hub => hub;

    /// <summary>The rows of a range, in the order of the key.</summary>
    public RowsAtEpoch Read(KeyRange range)
    {
        lock (_lock)
        {
            Follow();
            var found = new List<TableRow<TRow, long>>();
            (Entry low, Entry high) = (Low(range), High(range));
            if (_rows!.Comparer.Compare(low, high) <= 0)
                found.AddRange(_rows.GetViewBetween(low, high).Select(static entry => entry.Row));
            return new RowsAtEpoch<TRow>(_epoch, found, layout);
        }
    }

    private void Follow()
    {
        if (_rows is null)
            hub.AddObserver();   // changes are kept from now on, so that this can follow
        if (_rows is null || hub.Since(_epoch) is not { } since)
        {
            (_epoch, List<TableRow<TRow, long>> all) = hub.Scan(null);
            _rows = new SortedSet<Entry>(new EntryOrder(_order));
            foreach (TableRow<TRow, long> row in all)
                Add(row);
            return;
        }

        foreach (Change<TableRow<TRow, long>> change in since.Changed.SelectMany(static epoch => epoch.Changes))
        {
            if (change.Weight > 0)
                Add(change.Row);
            else
                Remove(change.Row);
        }

        _epoch = since.Epoch;
    }

    private void Add(TableRow<TRow, long> row) => _rows!.Add(new Entry(KeyOf(row.Key), ++_numbers, row));

    private void Remove(TableRow<TRow, long> row)
    {
        object?[] values = KeyOf(row.Key);
        Entry gone = _rows!.GetViewBetween(new Entry(values, 0, default), new Entry(values, long.MaxValue, default))
            .First(one => EqualityComparer<TRow>.Default.Equals(one.Row.Key, row.Key));
        _rows.Remove(gone);
    }

    private object?[] KeyOf(TRow row) => [.. key.Select(at => layout.Fields[at].GetValue(row))];

    /// <summary>A key of fewer columns stands before or behind all that begin with it, by its number.</summary>
    private static Entry Low(KeyRange range) => range.From is { } from
        ? new Entry([.. range.Equal, from.Value], from.IsIncluded ? 0 : long.MaxValue, default)
        : new Entry([.. range.Equal], 0, default);

    private static Entry High(KeyRange range) => range.To is { } to
        ? new Entry([.. range.Equal, to.Value], to.IsIncluded ? long.MaxValue : 0, default)
        : new Entry([.. range.Equal], long.MaxValue, default);

    private readonly record struct Entry(object?[] Key, long Number, TableRow<TRow, long> Row);

    private sealed class EntryOrder(RowOrder order) : IComparer<Entry>
    {
        public int Compare(Entry x, Entry y)
        {
            int result = order.Compare(x.Key, y.Key, Math.Min(x.Key.Length, y.Key.Length));
            return result != 0 ? result : x.Number.CompareTo(y.Number);
        }
    }
}
