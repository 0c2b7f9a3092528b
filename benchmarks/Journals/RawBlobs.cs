using ActorStreams.Benchmarks.Harness;
using ActorStreams.Tests;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ActorStreams.Benchmarks.Journals;

/// <summary>The blobs of an epoch in one transaction, and nothing else.</summary>
internal static class RawBlobs
{
    /// <summary>SQLite, WAL, <c>synchronous=FULL</c>, pages of 16 KB as our store has them.</summary>
    public static Measurement Sqlite(JournalRun run, long rows)
    {
        using var folder = new TemporaryFolder();
        using var connection = new SqliteConnection($"Data Source={folder.File("blobs.db")};Pooling=False");
        connection.Open();
        using SqliteCommand create = connection.CreateCommand();
        create.CommandText = "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; " +
            "CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB)";
        create.ExecuteNonQuery();
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO blobs(data) VALUES ($data)";
        insert.Parameters.Add("$data", SqliteType.Blob);

        var meter = Meter.Start();
        for (long epoch = 1; epoch <= run.EpochsOf(rows); epoch++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (int region = 0; region < JournalRun.Regions; region++)
            {
                insert.Parameters[0].Value = run.BlobOf(epoch, region);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        meter.Stop();
        using SqliteCommand select = connection.CreateCommand();
        select.CommandText = "SELECT data FROM blobs";
        using SqliteDataReader reader = select.ExecuteReader();
        Outcome found = default;
        while (reader.Read()) found += JournalRun.OutcomeOf((byte[])reader[0]);
        return meter.Result(rows, found);
    }

    /// <summary>PostgreSQL, one batch of inserts for an epoch, <c>fsync</c> and <c>synchronous_commit</c> on.</summary>
    public static Measurement PostgreSql(JournalRun run, long rows)
    {
        using var connection = new NpgsqlConnection(PostgreSqlServer.Shared.NewDatabase() + ";Pooling=false");
        connection.Open();
        using (var create = new NpgsqlCommand("CREATE TABLE blobs (id bigserial PRIMARY KEY, data bytea)", connection))
            create.ExecuteNonQuery();

        var meter = Meter.Start();
        for (long epoch = 1; epoch <= run.EpochsOf(rows); epoch++)
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            using var batch = new NpgsqlBatch(connection, transaction);
            for (int region = 0; region < JournalRun.Regions; region++)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO blobs(data) VALUES ($1)")
                {
                    Parameters = { new NpgsqlParameter { Value = run.BlobOf(epoch, region) } },
                });
            }

            batch.ExecuteNonQuery();
            transaction.Commit();
        }

        meter.Stop();
        using var select = new NpgsqlCommand("SELECT data FROM blobs", connection);
        using NpgsqlDataReader reader = select.ExecuteReader();
        Outcome found = default;
        while (reader.Read()) found += JournalRun.OutcomeOf((byte[])reader[0]);
        return meter.Result(rows, found);
    }
}
