namespace ActorStreams.Connectors.Tables;

/// <summary>Rows that replace and delete, by key, in a table of the store: the values as in <see cref="TableSink{T}"/>, and which rows
/// delete.</summary>
internal sealed class UpsertTableSink<TKey, T>(TableSink<Upsert<TKey, T>> table) : Sink<Upsert<TKey, T>>
{
    public override string Description => table.Description;

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override ChangelogMode Changelog => ChangelogMode.Upsert;

    public override async ValueTask<SinkWriter<Upsert<TKey, T>>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new Writer((TableSink<Upsert<TKey, T>>.Writer)await table.OpenAsync(context, cancellation));

    private sealed class Writer(TableSink<Upsert<TKey, T>>.Writer rows) : SinkWriter<Upsert<TKey, T>>
    {
        private List<bool> _deletes = [];
        private bool _clears;

        public override void Write(in Chunk<Upsert<TKey, T>> chunk)
        {
            int start = 0;
            for (int row = 0; row < chunk.Count; row++)
            {
                if (chunk.Rows[row].Kind != UpsertKind.Clear)
                    continue;
                Take(chunk, start, row);
                start = row + 1;

                // What the epoch wrote before does not count any more.
                rows.Forget();
                _deletes.Clear();
                _clears = true;
            }

            Take(chunk, start, chunk.Count);
        }

        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            PreparedOutput output = await rows.PrepareAsync(epoch, cancellation);
            if (output.Tables.Count == 0 && !_clears)
                return output;
            var written = new Upserts(rows.Table, output.Tables.Count == 0 ? null : output.Tables[0], _deletes, _clears);
            (_deletes, _clears) = ([], false);
            return output with { Tables = [written] };
        }

        private void Take(in Chunk<Upsert<TKey, T>> chunk, int start, int end)
        {
            if (start == end)
                return;
            int before = rows.Count;
            try
            {
                rows.Write(new Chunk<Upsert<TKey, T>>(chunk.Rows[start..end], chunk.Times[start..end]));
            }
            catch (RefusedRowException refused) when (start > 0)
            {
                throw new RefusedRowException(start + refused.Row, refused.Message, refused.InnerException);
            }
            finally
            {
                // As many as were taken: a row that is refused comes not, and those after it come again.
                for (int row = 0; row < rows.Count - before; row++)
                    _deletes.Add(chunk.Rows[start + row].Kind == UpsertKind.Delete);
            }
        }
    }

    private sealed class Upserts(TableSpec table, TableWrite? rows, List<bool> deletes, bool clears) : TableWrite(table)
    {
        public override int Count => rows?.Count ?? 0;

        public override bool ClearsTable => clears;

        public override bool IsDelete(int index) => deletes[index];

        public override void Bind(int index, StoreRow row) => rows!.Bind(index, row);
    }
}
