using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>A row that one owner at a time holds, for as long as it says again and again that it lives.</summary>
/// <remarks>Whether an owner has been silent for too long is judged by the server's clock alone.</remarks>
internal sealed class PostgreSqlLeaseRow
{
    private readonly string _connection;
    private readonly string _table;
    private readonly string _name;
    private readonly string _owner;
    private readonly TimeSpan _silentAfter;
    private bool _isThere;

    /// <param name="connection">Leads to the database.</param>
    /// <param name="table">The table of leases, made if it is not there: a name of small letters, digits and _.</param>
    /// <param name="name">The lease's.</param>
    /// <param name="owner">Who wants it.</param>
    /// <param name="silentAfter">After this without a word of its owner another one may take it.</param>
    /// <param name="operation">How long one call may take.</param>
    /// <exception cref="PipelineException">The connection string or the table's name cannot be read.</exception>
    public PostgreSqlLeaseRow(string connection, string table, string name, string owner, TimeSpan silentAfter, TimeSpan operation)
    {
        int seconds = Math.Max(1, (int)Math.Ceiling(operation.TotalSeconds));
        try
        {
            _connection = new NpgsqlConnectionStringBuilder(connection) { Timeout = seconds, CommandTimeout = seconds }.ConnectionString;
        }
        catch (ArgumentException error)
        {
            throw new PipelineException($"The connection string of the lease '{name}' cannot be read: {error.Message}", error);
        }

        if (table.Length is 0 or > 63 || !table.All(static letter => letter is '_' || char.IsAsciiLetterLower(letter)
            || char.IsAsciiDigit(letter)) || char.IsAsciiDigit(table[0]))
        {
            throw new PipelineException(
                $"The table of the lease '{name}' is named '{table}'. A name has small letters, digits and _, 63 at most.");
        }

        (_table, _name, _owner, _silentAfter) = (table, name, owner, silentAfter);
    }

    /// <summary>Whether the owner holds the row now: it was free, its own already, or that of one who has been silent for too
    /// long.</summary>
    public async Task<bool> TakeAsync(CancellationToken cancellation = default)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(cancellation);
        if (!_isThere)
        {
            // Two may make it at once, for which IF NOT EXISTS is no help; the lock goes with the transaction.
            await ExecuteAsync(connection, $"""
                SELECT pg_advisory_xact_lock(hashtext('{_table}'));
                CREATE TABLE IF NOT EXISTS {_table} (
                    name text PRIMARY KEY, owner text NOT NULL, renewed_at timestamptz NOT NULL)
                """, [], cancellation);
            _isThere = true;
        }

        return await ExecuteAsync(connection, $"""
            INSERT INTO {_table} AS lease VALUES ($1, $2, clock_timestamp())
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, renewed_at = excluded.renewed_at
            WHERE lease.owner = excluded.owner OR lease.renewed_at < clock_timestamp() - $3
            """, [_name, _owner, _silentAfter], cancellation) == 1;
    }

    /// <summary>Says that the owner lives.</summary>
    /// <returns>False: the row is another's.</returns>
    public async Task<bool> RenewAsync(CancellationToken cancellation = default)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(cancellation);
        return await ExecuteAsync(connection, $"UPDATE {_table} SET renewed_at = clock_timestamp() WHERE name = $1 AND owner = $2",
            [_name, _owner], cancellation) == 1;
    }

    /// <summary>Gives the row back, if it is the owner's.</summary>
    public async Task FreeAsync(CancellationToken cancellation = default)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(cancellation);
        await ExecuteAsync(connection, $"DELETE FROM {_table} WHERE name = $1 AND owner = $2", [_name, _owner], cancellation);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, object[] values, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
