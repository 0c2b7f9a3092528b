using Microsoft.Data.Sqlite;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>An SQLite file in a folder of its own, gone with the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-specs-").FullName;

    public string Path => System.IO.Path.Combine(_folder, "store.db");

    /// <summary>The first column of the first row.</summary>
    public object? Query(string sql)
    {
        using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public long Count(string from) => (long)Query($"SELECT count(*) FROM {from}")!;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
