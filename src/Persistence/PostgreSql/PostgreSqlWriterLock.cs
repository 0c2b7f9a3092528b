using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Waits for the lock on a job's row no longer than the client of whoever holds it may be silent.</summary>
/// <remarks>
/// The server ends a transaction that waits for its client's next statement (<c>idle_in_transaction_session_timeout</c>), but not one in
/// the midst of a COPY: neither a timeout nor a cancellation reaches a server process that reads rows from a client. It can only be
/// terminated, by who waits for its lock: a later writer, which fences it in any case, or the same one, whose connection was lost. The row
/// names the transaction that holds it.
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/runtime-config-client.html">What the server's timeouts end, and what
/// not.</seealso>
internal static class PostgreSqlWriterLock
{
    /// <summary>Does what takes the lock, in a transaction of its own for each attempt.</summary>
    /// <param name="store">Says how long is silent.</param>
    /// <param name="connection">Outside of a transaction.</param>
    /// <param name="name">The job.</param>
    /// <param name="take">Is given the transaction, with the lock's time limit set; what it gives is given back.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The transaction that holds the lock, and what was taken.</returns>
    public static async Task<(NpgsqlTransaction Transaction, T Taken)> TakeAsync<T>(
        PostgreSqlStore store, NpgsqlConnection connection, string name, Func<Task<T>> take, CancellationToken cancellation)
    {
        while (true)
        {
            await EndSilentAsync(store, connection, name, cancellation);
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
            try
            {
                await PostgreSqlSchema.ExecuteAsync(connection, $"SET LOCAL lock_timeout = {Milliseconds(store)}", cancellation);
                T taken = await take();
                await PostgreSqlSchema.ExecuteAsync(connection, "SET LOCAL lock_timeout = DEFAULT", cancellation);
                return (transaction, taken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                await transaction.DisposeAsync();
            }
            catch
            {
                await transaction.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>The settings by which the server notices that a writer is not there any more.</summary>
    /// <remarks>The first for one that lives and is silent, the others for one whose machine or line is dead.</remarks>
    public static string Settings(PostgreSqlStore store)
    {
        long seconds = Math.Max(1, Milliseconds(store) / 2000);
        return $"SELECT set_config('idle_in_transaction_session_timeout', '{Milliseconds(store)}', true), set_config('tcp_keepalives_idle', '{seconds}', true), " +
            $"set_config('tcp_keepalives_interval', '{Math.Max(1, seconds / 5)}', true), set_config('tcp_keepalives_count', '5', true)";
    }

    private static async Task EndSilentAsync(PostgreSqlStore store, NpgsqlConnection connection, string name,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"""
            SELECT count(pg_terminate_backend(a.pid, 1000)) FROM "{store.Options.Schema}".jobs j JOIN pg_catalog.pg_stat_activity a ON a.backend_xid = j.xmax
            WHERE j.name = $1 AND a.pid <> pg_backend_pid() AND a.wait_event = 'ClientRead' AND a.state_change < clock_timestamp() - interval '{Milliseconds(store)} milliseconds'
            """, connection) { Parameters = { new() { Value = name } } };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static long Milliseconds(PostgreSqlStore store) => Math.Max(1, (long)store.Options.SilentWriterTimeout.TotalMilliseconds);
}
