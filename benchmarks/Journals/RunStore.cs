using ActorStreams.Benchmarks.Harness;
using ActorStreams.Tests;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Benchmarks.Journals;

/// <summary>A store for one run, in a place of its own, and what goes with it.</summary>
internal sealed class RunStore(Store store, TemporaryFolder? folder, ActorSystem? system = null) : IDisposable
{
    public Store Store => store;

    public static RunStore Sqlite()
    {
        var folder = new TemporaryFolder();
        return new RunStore(Store.Sqlite(folder.File("store.db")), folder);
    }

    public static RunStore PostgreSql() => new(Store.PostgreSql(PostgreSqlServer.Shared.NewDatabase()), folder: null);

    public static RunStore AkkaOnSqlite()
    {
        var folder = new TemporaryFolder();
        return AkkaOnSqlite(folder, ownsFolder: true);
    }

    /// <summary>Rows and events in two files of a folder: WAL, <c>synchronous=FULL</c>, both.</summary>
    public static RunStore AkkaOnSqlite(TemporaryFolder folder, bool ownsFolder)
    {
        string journal = $"Data Source={folder.File("journal.db")}";
        using (var connection = new SqliteConnection($"{journal};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL";   // stays in the file; FULL is the driver's default
            command.ExecuteNonQuery();
        }

        return Akka("SQLite.MS", journal, Store.Sqlite(folder.File("rows.db")), ownsFolder ? folder : null);
    }

    public static RunStore AkkaOnPostgreSql()
    {
        string database = PostgreSqlServer.Shared.NewDatabase();
        return Akka("PostgreSQL.15", $"{database};Maximum Pool Size=20", Store.PostgreSql(database), folder: null);
    }

    public void Dispose()
    {
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        system?.Terminate().GetAwaiter().GetResult();
        SqliteConnection.ClearAllPools();
        Npgsql.NpgsqlConnection.ClearAllPools();
        folder?.Dispose();
    }

    private static RunStore Akka(string provider, string connection, Store rows, TemporaryFolder? folder)
    {
        var system = ActorSystem.Create("journal", ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            akka.persistence.journal {
              plugin = "akka.persistence.journal.sql"
              sql {
                class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
                connection-string = "{{connection}}"
                provider-name = "{{provider}}"
                auto-initialize = on
                tag-write-mode = Csv
              }
            }
            """));
        return new RunStore(Store.AkkaPersistence(system, rows), folder, system);
    }
}
