using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Connectors.Tables;

/// <summary>Rows that replace and delete, by key, in a table of the store: the values as in <see cref="TableSink{T}"/>, and which rows delete.</summary>
internal sealed class UpsertTableSink<T>(TableSink<T> table) : Sink<UpsertRow<T>>
{
    public override string Description => table.Description;

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override ChangelogMode Changelog => ChangelogMode.Upsert;

    public override async ValueTask<SinkWriter<UpsertRow<T>>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new Writer((TableSink<T>.Writer)await table.OpenAsync(context, cancellation));

    private sealed class Writer(TableSink<T>.Writer rows) : SinkWriter<UpsertRow<T>>
    {
        private readonly T[] _chunk = new T[Chunk<T>.Size];
        private List<bool> _deletes = [];

        public override void Write(in Chunk<UpsertRow<T>> chunk)
        {
            for (int row = 0; row < chunk.Count; row++)
                _chunk[row] = chunk.Rows[row].Row;
            int before = rows.Count;
            try
            {
                rows.Write(new Chunk<T>(_chunk.AsSpan(0, chunk.Count), chunk.Times, chunk.Positions));
            }
            finally
            {
                // As many as were taken: a row that is refused comes not, and those after it come again.
                for (int row = 0; row < rows.Count - before; row++)
                    _deletes.Add(chunk.Rows[row].IsDelete);
            }
        }

        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            PreparedOutput output = await rows.PrepareAsync(epoch, cancellation);
            if (output.Tables.Count == 0)
                return output;
            var written = new RowsWithDeletes(output.Tables[0], _deletes);
            _deletes = [];
            return output with { Tables = [written] };
        }
    }

    private sealed class RowsWithDeletes(TableWrite rows, List<bool> deletes) : TableWrite(rows.Table)
    {
        public override int Count => rows.Count;

        public override bool IsDelete(int index) => deletes[index];

        public override void Bind(int index, TableRow row) => rows.Bind(index, row);
    }
}
