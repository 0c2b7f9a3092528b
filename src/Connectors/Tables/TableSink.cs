namespace ActorStreams.Connectors.Tables;

/// <summary>Keeps the values of an epoch's rows and hands them to the store, which writes them in the epoch's own transaction.</summary>
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

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(_table, _columns, _maxRows));

    internal sealed class Writer(TableSpec table, ColumnBinding<T>[] columns, int maxRows) : SinkWriter<T>
    {
        private ColumnValues<T>[] _values = [];
        private int _count;

        /// <summary>Rows taken in this epoch.</summary>
        public int Count => _count;

        public TableSpec Table => table;

        /// <summary>Leaves out what was taken in this epoch.</summary>
        public void Forget() => _count = 0;

        public override void Write(in Chunk<T> chunk)
        {
            if (_count + chunk.Count > maxRows)
                throw new SinkException(
                    $"Table '{table.Name}': an epoch has more than {maxRows} rows, which wait in memory for its transaction. " +
                    "Shorten the epochs, or raise maxRowsPerEpoch.");
            if (_values.Length == 0)
                _values = [.. columns.Select(column => column.NewValues())];
            int taken = chunk.Count;
            RefusedRowException? refused = null;
            for (int column = 0; column < _values.Length; column++)
            {
                int row = 0;
                try
                {
                    _values[column].Take(chunk.Rows[..taken], _count, ref row);
                }
                catch (Exception error)
                {
                    taken = row;                       // the columns after this one take the rows before it, or find an earlier bad one
                    refused = Refused(row, column, error);
                }
            }

            _count += taken;
            if (refused is not null)
                throw refused;
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            if (_count == 0)
                return new(PreparedOutput.None);
            var rows = new Rows(table, _values, _count);
            (_values, _count) = ([], 0);               // the store reads these while the next epoch fills new ones
            return new(new PreparedOutput([rows]));
        }

        private RefusedRowException Refused(int row, int column, Exception error)
        {
            string what = error is SinkException ? error.Message : $"{error.GetType().Name}: {error.Message}";
            return new RefusedRowException(row, $"Table '{table.Name}', column '{table.Columns[column].Name}': {what}", error);
        }
    }

    private sealed class Rows(TableSpec table, ColumnValues<T>[] values, int count) : TableWrite(table)
    {
        public override int Count => count;

        public override void Bind(int index, StoreRow row)
        {
            for (int column = 0; column < values.Length; column++)
                values[column].Bind(index, row, column);
        }
    }
}
