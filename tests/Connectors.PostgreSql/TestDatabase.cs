using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>A database of a test's own, in a server that all tests of the process share.</summary>
public sealed class TestDatabase : IDisposable
{
    public TestDatabase()
    {
        ConnectionString = PostgreSqlServer.Shared.NewDatabase();
        Name = new NpgsqlConnectionStringBuilder(ConnectionString).Database!;
    }

    public string ConnectionString { get; }

    public string Name { get; }

    public string As(string user) => new NpgsqlConnectionStringBuilder(ConnectionString) { Username = user }.ConnectionString;

    public static string NewFolder() => Directory.CreateTempSubdirectory("actorstreams-cdc-").FullName;

    public static string ConnectionTo(string connectionString, string database) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;

    public object? Execute(string sql) => Execute(ConnectionString, sql);

    public static object? Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>The first column of every row, as text.</summary>
    public static string[] Rows(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(Convert.ToString(reader[0], System.Globalization.CultureInfo.InvariantCulture)!);
        return [.. rows];
    }

    public string[] Rows(string sql) => Rows(ConnectionString, sql);

    /// <summary>Cuts the connections of everybody else, as a failing network would.</summary>
    public void CutConnections() =>
        Execute("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

    public void Dispose()
    {
        CutConnections();
        Execute($"SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE database = '{Name}'");
        Execute(PostgreSqlServer.Shared.ConnectionString, $"DROP DATABASE {Name} WITH (FORCE)");
    }
}
