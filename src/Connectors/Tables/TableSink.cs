using ActorStreams.Core;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Connectors.Tables;

/// <summary>Keeps the rows of an epoch and hands them to the store, which writes them in the epoch's own transaction.</summary>
internal sealed class TableSink<T> : Sink<T>
{
    private readonly TableSpec _table;
    private readonly ColumnBinding<T>[] _columns;
    private readonly int _maxRows;

    public TableSink(TableColumns<T> columns, TableMode? mode, int maxRowsPerEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRowsPerEpoch, 1);
        _table = columns.Spec(mode);
        _columns = columns.Bindings;
        _maxRows = maxRowsPerEpoch;
    }

    public override string Description => $"table {_table.Name}";

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer(_table, _columns, _maxRows));

    private sealed class Writer(TableSpec table, ColumnBinding<T>[] columns, int maxRows) : SinkWriter<T>
    {
        private T[] _rows = [];
        private int _count;

        public override void Write(in Chunk<T> chunk)
        {
            int needed = _count + chunk.Count;
            if (needed > maxRows)
                throw new SinkException($"Table '{table.Name}': an epoch has more than {maxRows} rows, which wait in memory for its transaction. " +
                    "Shorten the epochs, or raise maxRowsPerEpoch.");
            if (needed > _rows.Length)
                Array.Resize(ref _rows, Math.Max(needed, Math.Max(256, _rows.Length * 2)));
            chunk.Rows.CopyTo(_rows.AsSpan(_count));
            _count = needed;
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            if (_count == 0)
                return new(PreparedOutput.None);
            var rows = new Rows(table, columns, _rows, _count);
            (_rows, _count) = ([], 0);                 // the store reads the old array while the next epoch fills a new one
            return new(new PreparedOutput([rows]));
        }
    }

    private sealed class Rows(TableSpec table, ColumnBinding<T>[] columns, T[] rows, int count) : TableWrite(table)
    {
        public override int Count => count;

        public override void Bind(int index, TableRow row)
        {
            for (int column = 0; column < columns.Length; column++)
                columns[column].Bind(in rows[index], row, column);
        }
    }
}
