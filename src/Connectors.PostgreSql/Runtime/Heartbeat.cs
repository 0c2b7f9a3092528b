using ActorStreams.Core.Time;
using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Connectors.PostgreSql.Runtime;

/// <summary>How far a table is complete while nobody changes it.</summary>
/// <remarks>
/// <para>Asks the server first for its time T, then for the end L of its log. A transaction takes its commit time before it writes its commit into the log, and
/// the two are close together: whoever commits behind L has a time of T or later, less the delay that captures grant in any case. So once the stream has passed L, everything
/// before T has been told.</para>
/// <para>The server's keepalives will not do: they carry its time and how far the stream has come, but not how far the log goes, so one from a server
/// that is behind with decoding has a time that is later than changes still to come.</para>
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/protocol-replication.html">Keepalives, and what they tell.</seealso>
/// <seealso href="https://cloud.google.com/spanner/docs/change-streams/details#heartbeat-records">Spanner's heartbeat records say the same: all changes up to this time were returned.</seealso>
/// <seealso href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-wal-disk-space">Debezium's heartbeats move the offset on, and say nothing of time.</seealso>
internal sealed class Heartbeat(CaptureSettings settings) : IAsyncDisposable
{
    private const int PageBytes = 8192;
    private const int PageHeaderBytes = 40;
    private const int LimitSeconds = 5;

    private NpgsqlConnection? _connection;
    private (long Time, ulong Lsn)? _asked;

    /// <summary>Asks the server, unless the last answer is still waiting for the stream.</summary>
    /// <returns>The time up to which a stream that has passed its present place is complete, give or take the delay; null if that is not known yet.</returns>
    public async ValueTask<long?> CompleteToAsync(ChangeStream stream, CancellationToken cancellation)
    {
        try
        {
            _asked ??= await AskAsync(cancellation);
        }
        catch (NpgsqlException error) when (CaptureErrors.IsTransient(error))
        {
            await DisposeAsync();   // the stream may live; the next heartbeat asks again
        }

        if (_asked is not { } answer || stream.ReceivedLsn < answer.Lsn)
            return null;
        _asked = null;
        return answer.Time;
    }

    /// <summary>Another server, perhaps.</summary>
    public async ValueTask DisposeAsync()
    {
        (NpgsqlConnection? connection, _connection, _asked) = (_connection, null, null);
        if (connection is not null)
            await connection.DisposeAsync();
    }

    /// <returns>Null on a standby, which does not know what its primary has committed.</returns>
    private async Task<(long Time, ulong Lsn)?> AskAsync(CancellationToken cancellation)
    {
        if (_connection is null)
        {
            var builder = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { CommandTimeout = LimitSeconds };
            builder.Timeout = builder.Timeout is 0 or > LimitSeconds ? LimitSeconds : builder.Timeout;
            _connection = new NpgsqlConnection(builder.ConnectionString);
            await _connection.OpenAsync(cancellation);
        }

        // two statements, because the time must be taken first
        await using var command = new NpgsqlCommand("SELECT clock_timestamp(); SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn() END", _connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        long time = ((DateTimeOffset)reader.GetFieldValue<DateTime>(0)).ToMicros();
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return await reader.IsDBNullAsync(0, cancellation) ? null : (time, EndOf((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(0)));
    }

    /// <summary>Where the last record ends: the server names the place of the next one, which at the beginning of a page stands behind the page's header.</summary>
    private static ulong EndOf(ulong next) => next % PageBytes <= PageHeaderBytes ? next - (next % PageBytes) : next;
}
