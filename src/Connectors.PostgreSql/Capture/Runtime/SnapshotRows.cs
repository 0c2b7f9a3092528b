using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The rows of a table as of one moment, in the order of their keys.</summary>
/// <seealso href="https://www.postgresql.org/docs/current/sql-copy.html">COPY: its text format.</seealso>
internal sealed class SnapshotRows : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly Patience _patience;
    private readonly NpgsqlTransaction _transaction;
    private readonly NpgsqlCopyTextReader _copy;
    private readonly RowLayout _layout;
    private byte[] _bytes = new byte[1 << 16];
    private int _start, _scanned, _end;
    private bool _hasEnded;

    private SnapshotRows(NpgsqlConnection connection, Patience patience, NpgsqlTransaction transaction, NpgsqlCopyTextReader copy,
        RowLayout layout) =>
        (_connection, _patience, _transaction, _copy, _layout) = (connection, patience, transaction, copy, layout);

    /// <param name="connection">Taken over.</param>
    /// <param name="patience">With its answers; taken over.</param>
    /// <param name="snapshot">The name of the exported snapshot.</param>
    /// <param name="table">The table.</param>
    /// <param name="layout">Its columns.</param>
    /// <param name="after">The key after which to begin; null: with the first.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<SnapshotRows> OpenAsync(
        NpgsqlConnection connection, Patience patience, string snapshot, TableInfo table, RowLayout layout, byte[][]? after,
            CancellationToken cancellation)
    {
        NpgsqlTransaction transaction = await patience.WaitAsync(
            connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, patience.Token), cancellation);
        await using (var import = new NpgsqlCommand($"SET TRANSACTION SNAPSHOT {CaptureSettings.Literal(snapshot)}", connection,
            transaction))
        {
            try
            {
                await patience.WaitAsync(import.ExecuteNonQueryAsync(patience.Token), cancellation);
            }
            catch (PostgresException error)
            {
                // It lives as long as the connection that exported it: the server was lost between the two.
                throw new IOException($"The exported snapshot is gone: {error.MessageText}", error);
            }
        }

        NpgsqlCopyTextReader copy = await patience.WaitAsync(
            new ValueTask<NpgsqlCopyTextReader>(BeginAsync(connection, table.CopyAfter(after), patience.Token)), cancellation);
        return new SnapshotRows(connection, patience, transaction, copy, layout);
    }

    /// <summary>Whether there is no further row, and none to come.</summary>
    public bool IsAtEnd => _hasEnded && _scanned == _end;

    /// <summary>Turns to the next row if all of it is there; the one before it is good until <see cref="FillAsync"/>.</summary>
    public bool TryRead(CapturedRow row)
    {
        int newline = _bytes.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
        if (newline < 0)
        {
            _scanned = _end;
            return false;
        }

        Split(row, _start, _scanned + newline);
        _start = _scanned = _scanned + newline + 1;
        return true;
    }

    /// <summary>Waits for more.</summary>
    public async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _scanned, _end) = (0, _scanned - _start, _end - _start);
        }

        if (_end == _bytes.Length)
            Array.Resize(ref _bytes, _bytes.Length * 2);

        // each answer is a row at most, so that many are gathered
        do
        {
            int read = await _patience.WaitAsync(_copy.BaseStream.ReadAsync(_bytes.AsMemory(_end), _patience.Token), cancellation);
            _hasEnded = read == 0;
            _end += read;
        }
        while (!_hasEnded && _end < _bytes.Length / 2);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await BreakAsync();
            if (_hasEnded)
            {
                _copy.Dispose();
                await _transaction.DisposeAsync();
            }
        }
        finally
        {
            await _connection.DisposeAsync();
            _patience.Dispose();
        }
    }

    /// <summary>Ends an export before its end.</summary>
    /// <remarks>
    /// Disposing of it, or of its connection, reads the rest of the table first, without a limit and holding a thread; for ever, if the
    /// line is silent. A read that is cancelled while it waits breaks the connection at once; one that has not waited is followed by
    /// another.
    /// </remarks>
    private async Task BreakAsync()
    {
        while (!_hasEnded && _connection.State == System.Data.ConnectionState.Open)
        {
            using var cancel = new CancellationTokenSource();
            ValueTask<int> read = _copy.BaseStream.ReadAsync(_bytes, cancel.Token);
            if (!read.IsCompleted)
                await cancel.CancelAsync();
            try
            {
                _hasEnded = await read == 0;
            }
            catch (Exception error) when (error is OperationCanceledException or NpgsqlException or IOException or ObjectDisposedException)
            {
                // broken, as it should be
                return;
            }
        }
    }

    private static async Task<NpgsqlCopyTextReader> BeginAsync(NpgsqlConnection connection, string copy, CancellationToken cancellation) =>
        await connection.BeginTextExportAsync(copy, cancellation);

    private void Split(CapturedRow row, int start, int end)
    {
        row.Begin(_layout, _bytes);
        for (int column = 0; column < _layout.Names.Count; column++)
        {
            int tab = _bytes.AsSpan(start, end - start).IndexOf((byte)'\t');
            int stop = tab < 0 ? end : start + tab;
            Span<byte> field = _bytes.AsSpan(start, stop - start);
            if (field.SequenceEqual("\\N"u8))
                row.SetNull(column);
            else
                row.Set(column, start, Unescape(field));
            start = stop + 1;
        }
    }

    /// <summary>Turns escapes into what they stand for, in place.</summary>
    /// <returns>The length without them.</returns>
    private static int Unescape(Span<byte> field)
    {
        int to = field.IndexOf((byte)'\\');
        if (to < 0)
            return field.Length;
        for (int from = to; from < field.Length; from++)
        {
            byte letter = field[from];
            if (letter == '\\')
            {
                letter = field[++from] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'v' => (byte)'\v',
                    byte other => other,
                };
            }

            field[to++] = letter;
        }

        return to;
    }
}
