using ActorStreams;
using Microsoft.Data.Sqlite;

namespace Earthquakes;

/// <summary>What the store shows to anybody who opens it: the results are ordinary tables, and only committed epochs are in them.</summary>
internal sealed class StoredRun(string path)
{
    /// <summary>Notes the settings at the first start, and refuses others later: the results would be of neither.</summary>
    public async Task CheckAsync(Store store, RunSettings settings)
    {
        // Makes the store first; the table is added to it.
        await using (await store.OpenAsync(EarthquakePipeline.Name))
        {
        }

        await using SqliteConnection connection = await OpenAsync(SqliteOpenMode.ReadWrite);
        Execute(connection, "CREATE TABLE IF NOT EXISTS earthquakes_run(setting TEXT PRIMARY KEY, value TEXT NOT NULL)");
        foreach ((string setting, string value) in settings.Lasting)
        {
            Execute(connection, "INSERT OR IGNORE INTO earthquakes_run VALUES (@setting, @value)", ("@setting", setting),
                ("@value", value));
            string known = (string)Scalar(connection, "SELECT value FROM earthquakes_run WHERE setting = @setting", ("@setting", setting))!;
            if (known != value)
                throw new InvalidOperationException(
                    $"Store {path} belongs to a run whose {setting} is {known}, not {value}. Start it with the same, or give another --store.");
        }
    }

    /// <summary>The committed results, summed up by network; the strongest first.</summary>
    public async Task<IReadOnlyList<NetworkSummary>> SummaryAsync()
    {
        await using SqliteConnection connection = await OpenAsync(SqliteOpenMode.ReadOnly);
        if (Scalar(connection, "SELECT 1 FROM sqlite_master WHERE name = @table", ("@table", EarthquakePipeline.Table)) is null)
            return [];
        await using SqliteCommand command = Command(connection, $"""
            SELECT network, COUNT(*), SUM(count), MAX(max_magnitude) AS strongest FROM {EarthquakePipeline.Table}
            GROUP BY network ORDER BY strongest DESC, network
            """);
        await using SqliteDataReader reader = await command.ExecuteReaderAsync();
        var networks = new List<NetworkSummary>();
        while (await reader.ReadAsync())
            networks.Add(
                new NetworkSummary(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), await reader.IsDBNullAsync(3) ? null
                : reader.GetDouble(3)));
        return networks;
    }

    private async Task<SqliteConnection> OpenAsync(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        await connection.OpenAsync();
        return connection;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql,
        params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, string value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    private static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        using SqliteCommand command = Command(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        using SqliteCommand command = Command(connection, sql, parameters);
        return command.ExecuteScalar();
    }
}

/// <summary>The results of one network.</summary>
internal sealed record NetworkSummary(string Network, long Windows, long Earthquakes, double? Strongest);
