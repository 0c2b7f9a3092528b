using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Persistence.PostgreSql;
using ActorStreams.Persistence.Shared;
using ActorStreams.Persistence.Sqlite;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ActorStreams.Persistence.Tests;

/// <summary>Where a store under test lives: opened, opened again, and looked into beside the contract.</summary>
public abstract class StoreFixture : StoreSite
{
    /// <summary>A store on the same data that meets faults.</summary>
    internal abstract Store Open(IStoreFaults? faults);

    public override Store Open() => Open(null);
}

public sealed class MemoryFixture : StoreFixture
{
    private readonly MemoryStore _store = Store.InMemory();

    internal override Store Open(IStoreFaults? faults) => _store;

    public override bool IsDurable => false;

    public override Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types) =>
        Task.FromResult(_store.ReadTable(name));
}

public sealed class SqliteFixture : StoreFixture
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-sqlite-").FullName;

    public string File => Path.Combine(_folder, "store.db");

    public SqliteOptions Options { get; set; } = new();

    internal override Store Open(IStoreFaults? faults) => new SqliteStore(File, Options, faults);

    public void Execute(string sql)
    {
        using SqliteConnection connection = new($"Data Source={File};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long Count(string sql)
    {
        using SqliteConnection connection = new($"Data Source={File};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public override Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types)
    {
        using SqliteConnection connection = new($"Data Source={File};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM \"{name}\"";
        List<object?[]> rows = [];
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add([.. types.Select((type, i) => reader.IsDBNull(i) ? null : Value(reader.GetValue(i), type))]);
        return Task.FromResult<IReadOnlyList<object?[]>>(rows);
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return base.DisposeAsync();
    }

    private static object Value(object stored, ColumnType type) => type switch
    {
        ColumnType.Double => stored is string ? double.NaN : stored,
        ColumnType.Boolean => (long)stored != 0,
        ColumnType.Timestamp => DateTimeOffset.Parse((string)stored, CultureInfo.InvariantCulture),
        _ => stored,
    };
}

public sealed class PostgreSqlFixture : StoreFixture
{
    private static readonly Lazy<string> s_database = new(PostgreSqlServer.Shared.NewDatabase);
    private static int s_schemas;

    /// <param name="ownDatabase">For tests that cut connections; the others share a database, each in a schema of its own.</param>
    public PostgreSqlFixture(bool ownDatabase = false)
    {
        ConnectionString = ownDatabase ? PostgreSqlServer.Shared.NewDatabase() : s_database.Value;
        string schema = $"store_{Interlocked.Increment(ref s_schemas)}";
        Options = new() { Schema = schema, TableSchema = schema };
    }

    public PostgreSqlOptions Options { get; set; }

    public string ConnectionString { get; }

    internal override Store Open(IStoreFaults? faults) => new PostgreSqlStore(ConnectionString, Options, faults);

    public override async Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types)
    {
        await using NpgsqlConnection connection = new(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new($"SELECT * FROM {Options.TableSchema}.\"{name}\"", connection);
        List<object?[]> rows = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add([.. types.Select(
                (type, i) => reader.IsDBNull(i) ? null : type == ColumnType.Timestamp ? reader.GetFieldValue<DateTimeOffset>(i)
                : reader.GetValue(i))]);
        return rows;
    }
}
