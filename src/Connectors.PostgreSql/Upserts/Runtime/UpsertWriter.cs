using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>Stages the rows of an epoch while it goes on, and brings them into the target after its commit.</summary>
internal sealed class UpsertWriter<TKey, T>(
    NpgsqlDataSource database, EpochTarget target, TargetTable table, ColumnBuffer<Upsert<TKey, T>>[] columns, IReadOnlyList<string> types,
        long noted, long lastEpoch,
    PostgreSqlSinkOptions options, TimeProvider clock, Action<string>? beforeStep) : SinkWriter<Upsert<TKey, T>>
{
    private const int FlushRows = 4096;
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(5);

    private readonly List<bool> _deletes = new(FlushRows);
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private long _before = noted;
    private long _epoch = lastEpoch + 1;
    private long _staged;
    private long? _clearedAt;

    public override bool IsFull => _deletes.Count >= FlushRows;

    public override void Write(in Chunk<Upsert<TKey, T>> chunk)
    {
        for (int row = 0; row < chunk.Count; row++)
        {
            UpsertKind kind = chunk.Rows[row].Kind;
            if (kind == UpsertKind.Clear)
            {
                Clear();
                continue;
            }

            try
            {
                foreach (ColumnBuffer<Upsert<TKey, T>> column in columns)
                {
                    // Of a deletion only the key counts; the rest may not even be known.
                    if (column.IsKey || kind == UpsertKind.Put)
                        column.Set(_deletes.Count, chunk.Rows[row]);
                    else
                        column.SetNull(_deletes.Count);
                }
            }
            catch (Exception error)
            {
                throw new RefusedRowException(row, $"Table '{table.Shown}', {error.Message}", error.InnerException ?? error);
            }

            _deletes.Add(kind == UpsertKind.Delete);
        }
    }

    public override async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_deletes.Count == 0)
            return;
        try
        {
            await StageAsync(cancellation);
        }
        catch (Exception error) when (error is NpgsqlException or InvalidCastException or OverflowException or ArgumentException)
        {
            throw Failed("staged", error);
        }
    }

    public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        try
        {
            if (_transaction is not null)
            {
                // What was copied is marked with the epoch under way, which is known from the start, because epochs follow one another.
                if (_epoch != epoch)
                    throw new InvalidOperationException($"{target.Where}: rows were staged for epoch {_epoch}, and epoch {epoch} ends.");
                beforeStep?.Invoke("commit staged");
                await _transaction.CommitAsync(cancellation);
                await EndStagingAsync();
                beforeStep?.Invoke("staged");
            }
        }
        catch (NpgsqlException error)
        {
            throw Failed("staged", error);
        }

        var output = new StagedEpoch(epoch, target.Generation, _staged, _before, _clearedAt);
        (_before, _staged, _clearedAt, _epoch) = (output.Noted, 0, null, epoch + 1);
        return new PreparedOutput([], output.Encode());
    }

    public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
    {
        StagedEpoch output = StagedEpoch.Decode(handle!, target.Where);
        if (!output.ChangesAnything)
            return;
        long start = clock.GetTimestamp();
        for (TimeSpan wait = s_firstRetry; ; wait = wait * 2 < s_lastRetry ? wait * 2 : s_lastRetry)
        {
            try
            {
                await target.CommitAsync(output, cancellation);
                return;
            }
            catch (NpgsqlException error) when (IsPassing(error) && clock.GetElapsedTime(start) < options.RetryFor)
            {
                // Whether it is committed is found out by trying again: the epoch is noted then.
                await Task.Delay(wait, clock, cancellation);
            }
            catch (NpgsqlException error)
            {
                throw Failed("brought into the table", error);
            }
        }
    }

    /// <summary>Whether trying again can help: also where this process was held up for so long that the server took it for silent and
    /// rolled back.</summary>
    private static bool IsPassing(NpgsqlException error) => error.IsTransient || error is PostgresException { SqlState: "25P03" };

    public override async ValueTask DisposeAsync()
    {
        await EndStagingAsync();
        await database.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>What the epoch has staged before does not count any more.</summary>
    private void Clear()
    {
        if (options.Writers > 1)
        {
            throw new SinkException(
                $"{target.Where}: all rows were deleted at once (a TRUNCATE, or a clear), which one of {options.Writers} writers is told and the others are not. " +
                $"Set {nameof(PostgreSqlSinkOptions.Writers)} = 1, or fold the stream by .ToTable(name), which knows the keys that went.");
        }

        _deletes.Clear();
        _clearedAt = _staged;
    }

    private async Task StageAsync(CancellationToken cancellation)
    {
        if (_connection is null)
        {
            beforeStep?.Invoke("begin staging");
            _connection = await database.OpenConnectionAsync(cancellation);
            _transaction = await EpochTarget.BeginAsync(_connection, silence: null, cancellation);
        }

        beforeStep?.Invoke("copy");
        await using (NpgsqlBinaryImporter copy = await _connection.BeginBinaryImportAsync(table.Copy, cancellation))
        {
            for (int row = 0; row < _deletes.Count; row++)
            {
                await copy.StartRowAsync(cancellation);
                for (int column = 0; column < columns.Length; column++)
                    await columns[column].CopyAsync(copy, row, types[column], cancellation);
                await copy.WriteAsync(target.Owner, "text", cancellation);
                await copy.WriteAsync(target.Generation, "bigint", cancellation);
                await copy.WriteAsync(_epoch, "bigint", cancellation);
                await copy.WriteAsync(_staged + row, "bigint", cancellation);
                await copy.WriteAsync(_deletes[row], "boolean", cancellation);
            }

            await copy.CompleteAsync(cancellation);
        }

        _staged += _deletes.Count;
        _deletes.Clear();
    }

    private async Task EndStagingAsync()
    {
        (NpgsqlTransaction? transaction, NpgsqlConnection? connection) = (_transaction, _connection);
        (_transaction, _connection) = (null, null);
        if (transaction is not null)
            await transaction.DisposeAsync();
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private SinkException Failed(string what, Exception error) => new(
        $"{target.Where}: rows could not be {what}: {error.Message}{((error as PostgresException)?.Detail is { } detail ? $" ({detail})" : "")} They are not lost: " +
        "once the cause is gone, the job goes on from its last committed epoch.", error);
}
