using System.Collections.Concurrent;
using System.Diagnostics;
using ActorStreams.Benchmarks.Harness;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>Commits epochs on its own thread: one transaction each, WAL, synchronous=FULL, 16 KB pages, checkpoints between
/// commits.</summary>
internal sealed class MiniJournal : IDisposable
{
    private const long CheckpointBytes = 64 << 20;
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteConnection _connection, _checkpoints;
    private readonly BlockingCollection<EpochCommit> _commits = [];
    private readonly Thread _thread;
    private Exception? _error;
    private long _expectedEpochs, _writtenSinceCheckpoint;

    public MiniJournal()
    {
        _connection = Open();
        _checkpoints = Open();
        Execute(_connection, """
            CREATE TABLE journal (epoch INTEGER, region INTEGER, part INTEGER, data BLOB, PRIMARY KEY (epoch, region, part)) WITHOUT ROWID;
            CREATE TABLE offsets (source INTEGER PRIMARY KEY, position INTEGER, epoch INTEGER);
            """);
        _thread = new Thread(CommitAll) { Name = "journal", IsBackground = true };
        _thread.Start();
    }

    public ConcurrentBag<byte[]> FreeBlobs { get; } = [];

    public LatencyHistogram CommitTimes { get; } = new();

    public long BytesWritten { get; private set; }

    public int Waiting => _commits.Count;

    public void Add(EpochCommit commit)
    {
        _expectedEpochs++;                              // the caller holds its lock: epochs follow one another
        _commits.Add(commit);
    }

    /// <summary>Returns when everything added is on disk.</summary>
    public void Complete()
    {
        _commits.CompleteAdding();
        _thread.Join();
        if (_error is not null) throw new InvalidOperationException("The journal failed.", _error);
    }

    /// <summary>Reads back that the last epoch is committed, with every part of the journal and offsets that cover
    /// <paramref name="rows"/>.</summary>
    public void ThrowIfIncomplete(long rows)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText =
            "SELECT (SELECT min(epoch) FROM offsets), (SELECT sum(length(data)) FROM journal), (SELECT sum(position) FROM offsets)";
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        if (reader.GetInt64(0) != _expectedEpochs || reader.GetInt64(1) != BytesWritten || reader.GetInt64(2) != rows)
            throw new InvalidOperationException(
                $"The journal holds epoch {reader.GetInt64(0)} of {_expectedEpochs}, {reader.GetInt64(1)} of {BytesWritten} bytes, {reader.GetInt64(2)} of {rows} rows.");
    }

    public void Dispose()
    {
        _connection.Dispose();
        _checkpoints.Dispose();
        _commits.Dispose();
        _folder.Dispose();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_folder.File("journal.db")};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;");
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void CommitAll()
    {
        try
        {
            using SqliteCommand journal = _connection.CreateCommand();
            journal.CommandText = "INSERT INTO journal VALUES ($epoch, $region, $part, $data)";
            foreach (string name in (ReadOnlySpan<string>)["$epoch", "$region", "$part"]) journal.Parameters.Add(name, SqliteType.Integer);
            journal.Parameters.Add("$data", SqliteType.Blob);
            using SqliteCommand offsets = _connection.CreateCommand();
            offsets.CommandText = "INSERT OR REPLACE INTO offsets VALUES ($source, $position, $epoch)";
            foreach (string name in (ReadOnlySpan<string>)["$source", "$position", "$epoch"]) offsets.Parameters.Add(name,
                SqliteType.Integer);

            long epoch = 0;
            foreach (EpochCommit commit in _commits.GetConsumingEnumerable())
            {
                long started = Stopwatch.GetTimestamp();
                Commit(commit, ++epoch, journal, offsets);
                CommitTimes.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
                if (_writtenSinceCheckpoint < CheckpointBytes) continue;
                Execute(_checkpoints, "PRAGMA wal_checkpoint(PASSIVE)");
                _writtenSinceCheckpoint = 0;
            }
        }
        catch (Exception error)
        {
            _error = error;
        }
    }

    private void Commit(EpochCommit commit, long epoch, SqliteCommand journal, SqliteCommand offsets)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        (journal.Transaction, offsets.Transaction) = (transaction, transaction);
        for (int region = 0; region < commit.Blobs.Length; region++)
        {
            int part = 0;
            foreach (Blob blob in commit.Blobs[region]!)
            {
                journal.Parameters[0].Value = epoch;
                journal.Parameters[1].Value = region;
                journal.Parameters[2].Value = part++;
                journal.Parameters[3].Value = blob.Bytes;
                journal.Parameters[3].Size = blob.Length;
                journal.ExecuteNonQuery();
                BytesWritten += blob.Length;
                _writtenSinceCheckpoint += blob.Length;
                FreeBlobs.Add(blob.Bytes);
            }
        }
        for (int source = 0; source < commit.Offsets.Length; source++)
        {
            offsets.Parameters[0].Value = source;
            offsets.Parameters[1].Value = commit.Offsets[source];
            offsets.Parameters[2].Value = epoch;
            offsets.ExecuteNonQuery();
        }
        transaction.Commit();
    }
}
