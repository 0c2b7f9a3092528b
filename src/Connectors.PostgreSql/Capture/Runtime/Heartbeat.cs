using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>What the server was like at one moment.</summary>
/// <param name="Time">Its time, taken first; null: a standby, which does not know what its primary has committed.</param>
/// <param name="Table">The captured table, looked at next; null: it was not there.</param>
/// <param name="Lsn">The end of its log, taken last: everything that was committed at that time, or had made the table what it was, lies
/// before it.</param>
internal sealed record ServerMoment(long? Time, TableLook? Table, ulong Lsn);

/// <summary>How far a table is complete while nobody changes it, and whether it is still the same.</summary>
/// <remarks>
/// <para>Asks the server first for its time T, then for the table, then for the end L of its log. A transaction takes its commit time
/// before it writes its commit into the log, and
/// the two are close together: whoever commits behind L has a time of T or later, less the delay that captures grant in any case. So once
/// the stream has passed L, everything before T has been told.</para>
/// <para>The server's keepalives will not do: they carry its time and how far the stream has come, but not how far the log goes, so one
/// from a server that is behind with decoding has a time that is later than changes still to come.</para>
/// <para>The stream comes as far as the log is flushed. The server flushes it for whoever commits, and whole pages from time to time; what
/// a transaction that is open has written to the last page stays
/// in memory as long as nobody commits. Then a transaction of our own is committed, which writes nothing but that it was: the server
/// flushes it within three of its <c>wal_writer_delay</c>.</para>
/// <para>A table that is dropped, swapped or detached falls silent, as one that nobody changes. The log does not say so; the catalogue
/// does, and is asked here.</para>
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/protocol-replication.html">Keepalives, and what they tell.</seealso>
/// <seealso href="https://www.postgresql.org/docs/current/wal-async-commit.html">When the log is flushed.</seealso>
/// <seealso href="https://cloud.google.com/spanner/docs/change-streams/details#heartbeat-records">Spanner's heartbeat records say the same:
/// all changes up to this time were returned.</seealso>
/// <seealso href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-wal-disk-space">Debezium's
/// heartbeats move the offset on, and say nothing of time.</seealso>
internal sealed class Heartbeat(CaptureSettings settings) : IAsyncDisposable
{
    private const int PageBytes = 8192;
    private const int PageHeaderBytes = 40;
    private const int LimitSeconds = 5;

    private readonly CancellationTokenSource _closing = new();
    private NpgsqlConnection? _connection;
    private Task<ServerMoment?>? _asking;
    private ServerMoment? _asked;

    /// <summary>Asks the server if it was not asked already, or if the answer still waits for the stream; returns at once.</summary>
    public void Begin() => _asking ??= AskAsync();

    /// <summary>Waits for an answer, and gives it once a stream that has nothing to say has passed it.</summary>
    /// <returns>Null if that is not so yet.</returns>
    public async ValueTask<ServerMoment?> PassedAsync(ChangeStream stream, CancellationToken cancellation)
    {
        Begin();
        await _asking!.WaitAsync(cancellation);
        return Passed(stream.ReceivedLsn);
    }

    /// <summary>Asks now, and gives the answer whether or not a stream has passed it.</summary>
    /// <returns>Null if the server does not answer.</returns>
    public async Task<ServerMoment?> NowAsync(CancellationToken cancellation)
    {
        Begin();
        ServerMoment? moment = await _asking!.WaitAsync(cancellation);
        (_asking, _asked) = (null, null);
        return moment;
    }

    /// <summary>The answer, once it is there and everything before <paramref name="told"/> is told; given once.</summary>
    public ServerMoment? Passed(ulong told)
    {
        if (_asking is { IsCompleted: true })
        {
            Task<ServerMoment?> done = _asking;
            _asking = null;
            _asked = done.GetAwaiter().GetResult();
        }

        if (_asked is not { } moment || told < moment.Lsn)
            return null;
        _asked = null;
        return moment;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        try
        {
            if (_asking is not null)
                await _asking;
        }
        catch (Exception)
        {
            // nobody asks any more
        }

        if (_connection is not null)
            await _connection.DisposeAsync();
        _closing.Dispose();
    }

    /// <returns>The last answer if the stream has not passed it; null if the server does not answer. The stream may live all the same: the
    /// next heartbeat asks again.</returns>
    private async Task<ServerMoment?> AskAsync()
    {
        try
        {
            if (_asked is { } moment)
            {
                await FlushAsync(moment);
                return moment;
            }

            return await LookAsync();
        }
        catch (Exception error) when (error is OperationCanceledException || CaptureErrors.IsTransient(error))
        {
            (NpgsqlConnection? connection, _connection) = (_connection, null);
            if (connection is not null)
                await connection.DisposeAsync();
            return null;
        }
    }

    private async Task<ServerMoment> LookAsync()
    {
        NpgsqlConnection connection = await ConnectAsync();

        // three statements, because their order matters
        await using var command = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT clock_timestamp()"),
                new NpgsqlBatchCommand(TableLook.Sql(connection.PostgreSqlVersion)),
                new NpgsqlBatchCommand("SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE " +
                    "pg_current_wal_insert_lsn() END"),
            },
        };
        foreach (NpgsqlParameter parameter in TableLook.Parameters(settings))
            command.BatchCommands[1].Parameters.Add(parameter);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(_closing.Token);
        await reader.ReadAsync(_closing.Token);
        long time = ((DateTimeOffset)reader.GetFieldValue<DateTime>(0)).ToMicros();
        await reader.NextResultAsync(_closing.Token);
        TableLook? table = await TableLook.ReadAsync(reader, _closing.Token);
        await reader.NextResultAsync(_closing.Token);
        await reader.ReadAsync(_closing.Token);
        return new ServerMoment(reader.GetBoolean(0) ? null : time, table, EndOf((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(1)));
    }

    /// <summary>Has the log flushed up to where the stream is waited for, if nobody else has.</summary>
    private async Task FlushAsync(ServerMoment moment)
    {
        NpgsqlConnection connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(
            "SELECT CASE WHEN pg_is_in_recovery() THEN NULL WHEN pg_current_wal_flush_lsn() < $1 THEN pg_current_xact_id()::text END",
                connection);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.PgLsn, Value = new NpgsqlLogSequenceNumber(moment.Lsn) });
        await command.ExecuteScalarAsync(_closing.Token);
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        if (_connection is not null)
            return _connection;
        var builder = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { CommandTimeout = LimitSeconds };
        builder.Timeout = builder.Timeout is 0 or > LimitSeconds ? LimitSeconds : builder.Timeout;
        _connection = new NpgsqlConnection(builder.ConnectionString);
        await _connection.OpenAsync(_closing.Token);
        return _connection;
    }

    /// <summary>Where the last record ends: the server names the place of the next one, which at the beginning of a page stands behind the
    /// page's header.</summary>
    private static ulong EndOf(ulong next) => next % PageBytes <= PageHeaderBytes ? next - (next % PageBytes) : next;
}
