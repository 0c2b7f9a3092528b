using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>The writer of one job.</summary>
/// <remarks>
/// When the connection is lost it connects again and starts the same transaction over. Its first statement waits for the lock on the job's
/// row, which an earlier transaction still on its way holds, and then tells whether that one committed: then the epoch is there, with the
/// same content, and all is done.
/// </remarks>
internal sealed class PostgreSqlJournal : JobJournal
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);
    private readonly PostgreSqlStore _store;
    private readonly string _name;
    private readonly int _job;
    private readonly PostgreSqlReading _reading;
    private readonly PostgreSqlTopicTrim _topicTrim;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Dictionary<string, int> _operators = [];
    private HashSet<string> _knownTables = [];
    private long _committed;

    // A transaction was lost on its way, and none has ended well since: it may still hold the job's row, and it may have committed.
    private bool _isInDoubt;

    private PostgreSqlJournal(PostgreSqlStore store, string name, int job, long generation)
    {
        (_store, _name, _job, Generation) = (store, name, job, generation);
        _reading = new PostgreSqlReading(store, name, job);
        Trim = new PostgreSqlTrim(store, job);
        _topicTrim = new PostgreSqlTopicTrim(store);
    }

    public override long Generation { get; }

    /// <summary>Drops what no retained epoch needs, beside the commits.</summary>
    public PostgreSqlTrim Trim { get; }

    /// <summary>Takes the next generation.</summary>
    public static async Task<JobJournal> OpenAsync(PostgreSqlStore store, NpgsqlConnection connection, string name,
        CancellationToken cancellation)
    {
        string schema = store.Options.Schema;
        store.Faults?.Reach("open generation");
        (NpgsqlTransaction transaction, (PostgreSqlJournal journal, long lastEpoch)) =
            await PostgreSqlWriterLock.TakeAsync(store, connection, name, () => TakeAsync(store, connection, name, cancellation),
                cancellation);
        await using NpgsqlTransaction open = transaction;
        await using (NpgsqlCommand command = new($"SELECT coalesce(max(epoch), 0) FROM \"{schema}\".epochs WHERE job = $1",
            connection)
        { Parameters = { new() { Value = journal._job } } })
        {
            long newest = (long)(await command.ExecuteScalarAsync(cancellation))!;
            if (newest != lastEpoch)
                throw CommitRules.OutOfStep(store.Description, name, lastEpoch, newest);
        }

        await journal.Trim.LoadAsync(connection, cancellation);
        store.Faults?.Reach("open commit");
        await transaction.CommitAsync(cancellation);
        store.Faults?.Reach("open committed");
        return journal;
    }

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        _reading.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => _reading.LastAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) =>
        _reading.EventsAsync(operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
    {
        CommitContent content = CommitContent.Of(_name, commit);
        IReadOnlyList<TopicAppends> topics = content.Topics;
        await InTurnAsync($"committing epoch {commit.Epoch} of job '{_name}'",
            async (connection, wasLost) => topics = await CommitAsync(connection, commit, content, wasLost, cancellation), cancellation);
        _committed = Math.Max(_committed, commit.Epoch);
        Trim.Committed(commit);
        _topicTrim.Committed(commit, topics);
        _store.TopicLog.Wakes.Wake(topics);
    }

    public override async ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
        await InTurnAsync($"rewinding job '{_name}' to epoch {epoch}", async (connection, wasLost) =>
        {
            PostgreSqlTransaction statements = new(_store, connection, _name, _job, Generation);
            (NpgsqlTransaction locked, (long generation, long _)) = await LockAsync(statements, connection, wasLost, cancellation);
            await using NpgsqlTransaction transaction = locked;
            CommitRules.CheckGeneration(_store.Description, _name, Generation, generation);
            if ((await statements.FingerprintAsync(epoch, cancellation)).Fingerprint.Length == 0)
                throw CommitRules.NotRetained(_name, epoch);
            await statements.RewindAsync(epoch, cancellation);
            await transaction.CommitAsync(CancellationToken.None);
            _committed = epoch;
        }, cancellation);

    public override async ValueTask CheckFenceAsync(CancellationToken cancellation = default) =>
        CommitRules.CheckGeneration(_store.Description, _name, Generation, await _reading.GenerationAsync(cancellation));

    public override async ValueTask DisposeAsync()
    {
        await Trim.StopAsync();
        await _topicTrim.StopAsync();
        _turn.Dispose();
        await base.DisposeAsync();
    }

    private static async Task<(PostgreSqlJournal Journal, long LastEpoch)> TakeAsync(PostgreSqlStore store, NpgsqlConnection connection,
        string name, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"""
            INSERT INTO "{store.Options.Schema}".jobs AS j (name, generation, last_epoch) VALUES ($1, 1, 0)
            ON CONFLICT (name) DO UPDATE SET generation = j.generation + 1 RETURNING id, generation, last_epoch
            """, connection) { Parameters = { new() { Value = name } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (new PostgreSqlJournal(store, name, reader.GetInt32(0), reader.GetInt64(1)), reader.GetInt64(2));
    }

    /// <returns>What was appended to topics.</returns>
    private async Task<IReadOnlyList<TopicAppends>> CommitAsync(NpgsqlConnection connection, EpochCommit commit, CommitContent content,
        bool wasLost, CancellationToken cancellation)
    {
        PostgreSqlTransaction statements = new(_store, connection, _name, _job, Generation);
        _store.Faults?.Reach("fence");
        (NpgsqlTransaction locked, (long generation, long lastEpoch)) = await LockAsync(statements, connection, wasLost, cancellation);
        await using NpgsqlTransaction transaction = locked;
        if (generation == Generation && lastEpoch < _committed)
            throw CommitRules.OutOfStep(_store.Description, _name, _committed, lastEpoch);
        if (wasLost || generation != Generation || lastEpoch >= commit.Epoch)
        {
            (byte[] stored, long committer) = await statements.FingerprintAsync(commit.Epoch, cancellation);
            // committed by us before another took over, but the answer was lost: that is a success, whoever holds the job now
            if (wasLost && committer == Generation && stored.AsSpan().SequenceEqual(content.Fingerprint))
                return content.Topics;
            if (!CommitRules.IsNext(_store.Description, _name, commit.Epoch, Generation, generation, lastEpoch))
            {
                CommitRules.CheckSame(_name, commit.Epoch, stored, content.Fingerprint);
                return content.Topics;
            }
        }

        CommitRules.IsNext(_store.Description, _name, commit.Epoch, Generation, generation, lastEpoch);
        Dictionary<string, int> operators = await WriteJournalAsync(statements, commit, content, cancellation);
        IReadOnlyList<TopicAppends> topics = content.Topics;
        if (commit.Prepared.Count > 0)
        {
            _store.Faults?.Reach("take prepared");
            commit = await PostgreSqlPrepared.TakeAsync(connection, statements, _store.Description, _name, _store.Options.Schema, _job,
                Generation, commit, cancellation);
            topics = CommitContent.Of(_name, commit).Topics;
        }

        HashSet<string> knownTables = [.. _knownTables];
        foreach (TableWrite write in commit.Tables)
        {
            _store.Faults?.Reach($"table {write.Table.Name}");
            await PostgreSqlTables.WriteAsync(connection, _store.Description, _store.Options.TableSchema, write, knownTables, cancellation);
        }

        if (topics.Count > 0)
        {
            _store.Faults?.Reach("topics");
            await PostgreSqlTopics.WriteAsync(connection, _store.Description, _store.Options.Schema, topics, commit.CommittedAt,
                cancellation);
        }

        _store.Faults?.Reach("epoch");
        await statements.WriteEpochAsync(commit, content.Fingerprint, cancellation);
        _store.Faults?.Reach("commit");
        await transaction.CommitAsync(CancellationToken.None);
        _store.Faults?.Reach("committed");
        (_operators, _knownTables) = (operators, knownTables);
        return topics;
    }

    /// <summary>Begins a transaction that holds the job's row. If an earlier one of ours was lost, it may have to be ended first.</summary>
    private async Task<(NpgsqlTransaction Transaction, (long Generation, long LastEpoch) Row)> LockAsync(
        PostgreSqlTransaction statements, NpgsqlConnection connection, bool wasLost, CancellationToken cancellation)
    {
        if (wasLost)
            return await PostgreSqlWriterLock.TakeAsync(_store, connection, _name, () => statements.LockAsync(cancellation), cancellation);
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            return (transaction, await statements.LockAsync(cancellation));
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    private async Task<Dictionary<string, int>> WriteJournalAsync(PostgreSqlTransaction statements, EpochCommit commit,
        CommitContent content, CancellationToken cancellation)
    {
        Dictionary<string, int> operators = _operators;
        if (commit.Events.Any(e => !operators.ContainsKey(e.Operator)))
        {
            _store.Faults?.Reach("operators");
            operators = await statements.OperatorsAsync([.. commit.Events.Select(e => e.Operator).Distinct()], cancellation);
        }

        _store.Faults?.Reach("journal");
        if (commit.Events.Count > 0)
            await statements.WriteJournalAsync(commit.Events, content.Checksums, operators, cancellation);
        return operators;
    }

    /// <summary>One after the other; connects again for as long as the options say.</summary>
    private async Task InTurnAsync(string what, Func<NpgsqlConnection, bool, Task> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            TimeProvider clock = _store.Options.TimeProvider;
            long start = clock.GetTimestamp();
            TimeSpan pause = TimeSpan.FromMilliseconds(10);
            while (true)
            {
                NpgsqlConnection? connection = null;
                try
                {
                    connection = await _store.ConnectAsync(cancellation);
                    await work(connection, _isInDoubt);
                    _isInDoubt = false;
                    return;
                }
                catch (Exception e) when (PostgreSqlErrors.IsConnectionLost(e, connection))
                {
                    _isInDoubt = true;
                    _store.DropIdleConnections();
                    if (clock.GetElapsedTime(start) > _store.Options.RetryFor)
                    {
                        throw new StoreException(
                            $"{_store.Description}: the connection was lost while {what}, and the server was not back within {_store.Options.RetryFor}. " +
                            "Whether the epoch is committed is not known: commit the same content again, or open the job again, to find out.", isTransient: true, e);
                    }
                }
                catch (NpgsqlException e)
                {
                    throw PostgreSqlErrors.Of(_store.Description, what, e);
                }
                finally
                {
                    if (connection is not null)
                        await connection.DisposeAsync();
                }

                await Task.Delay(pause, clock, cancellation);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
