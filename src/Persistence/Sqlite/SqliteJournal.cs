using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>The writer of one job: an epoch is one transaction on the store's writer thread.</summary>
internal sealed class SqliteJournal : JobJournal
{
    private const int TopicEpochs = 16;
    private const int PageOverheadBytes = 8 * SqliteDatabase.PageBytes;
    private readonly SqliteStore _store;
    private readonly string _name;
    private readonly long _job;
    private readonly SqliteReading _reading;
    private readonly SqliteTrim _trim;
    private readonly SqliteTopicTrim _topicTrim;
    private readonly Dictionary<string, long> _operators = [];
    private long _topicEpochs;

    private SqliteJournal(SqliteStore store, string name, long job, long generation)
    {
        (_store, _name, _job, Generation) = (store, name, job, generation);
        _reading = new SqliteReading(store, name, job);
        _trim = new SqliteTrim(job, store.Options.Synchronous, store.Checkpointer.Written);
        _topicTrim = new SqliteTopicTrim(store.Options.Synchronous, store.Checkpointer.Written);
    }

    public override long Generation { get; }

    /// <summary>Takes the next generation. On the writer's thread.</summary>
    public static SqliteJournal Open(SqliteStore store, SqliteDatabase database, string name)
    {
        database.Begin();
        SqliteStatement take = database.Statement("""
            INSERT INTO actorstreams_jobs(name, generation, last_epoch) VALUES(?1, 1, 0)
            ON CONFLICT(name) DO UPDATE SET generation = generation + 1 RETURNING id, generation, last_epoch
            """).Bind(1, name);
        take.Step();
        SqliteJournal journal = new(store, name, take.Int64(0), take.Int64(1));
        long lastEpoch = take.Int64(2);
        while (take.Step())
        {
        }

        journal.CheckInStep(database, lastEpoch);
        SqliteStatement snapshots = database.Statement(
            "SELECT DISTINCT epoch FROM actorstreams_journal INDEXED BY actorstreams_journal_snapshots WHERE job = ?1 AND is_snapshot = 1 AND part = 0 ORDER BY epoch")
            .Bind(1, journal._job);
        while (snapshots.Step())
            journal._trim.AddSnapshots(snapshots.Int64(0));
        database.Commit();
        return journal;
    }

    /// <summary>Leaves the file whole: a program that ends without closing its store would else leave part of it in the log, which a copy
    /// of the file alone misses.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _store.Writer.RunAsync(static database =>
            {
                database.EmptyLog();
                return true;
            });
        }
        catch (Exception error) when (error is ObjectDisposedException or StoreException)
        {
            // closed already, or not to be written: the log keeps what the file lacks
        }

        await base.DisposeAsync();
    }

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) => new(_reading.Epochs());

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(_reading.Last());

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) =>
        _reading.Events(operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        CommitContent content = CommitContent.Of(_name, commit);
        await _store.Writer.RunAsync(database => Commit(database, commit, content));
        _store.TopicLog.Wakes.Wake(content.Topics);
    }

    public override async ValueTask RewindAsync(long epoch, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        await _store.Writer.RunAsync(database => Rewind(database, epoch));
    }

    public override async ValueTask CheckFenceAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        CommitRules.CheckGeneration(_store.Description, _name, Generation, (await _store.Writer.RunAsync(Standing)).Generation);
    }

    private bool Commit(SqliteDatabase database, EpochCommit commit, CommitContent content)
    {
        database.Begin();
        (long generation, long lastEpoch) = Standing(database);
        if (!CommitRules.IsNext(_store.Description, _name, commit.Epoch, Generation, generation, lastEpoch))
        {
            CommitRules.CheckSame(_name, commit.Epoch, Fingerprint(database, commit.Epoch), content.Fingerprint);
            database.TryRollback();
            return false;
        }

        List<string> addedOperators = [];
        try
        {
            WriteJournal(database, commit, content, addedOperators);
            foreach (TableWrite write in commit.Tables)
                SqliteTables.Write(database, write);
            foreach (TopicAppends appends in content.Topics)
                SqliteTopics.Write(database, appends, commit.CommittedAt);
            WriteEpoch(database, commit, content);
            database.Commit();
        }
        catch
        {
            addedOperators.ForEach(name => _operators.Remove(name));
            throw;
        }

        _store.Checkpointer.Written(content.SizeBytes + PageOverheadBytes);
        TrimTopics(commit, content);
        if (commit.Events.Any(e => e.IsSnapshot))
            _trim.AddSnapshots(commit.Epoch);
        if (_trim.IsDue(Math.Min(commit.RetainFrom, commit.Epoch)))
            _store.Writer.WhenIdle(_trim);
        return true;
    }

    /// <summary>Looks at most every so many epochs: looking costs a walk over the entries of the topic.</summary>
    private void TrimTopics(EpochCommit commit, CommitContent content)
    {
        if (content.Topics.Count == 0 || ++_topicEpochs % TopicEpochs != 0)
            return;
        foreach (TopicAppends appends in content.Topics)
            _topicTrim.Add(appends.Topic, commit.CommittedAt);
        _store.Writer.WhenIdle(_topicTrim);
    }

    private void WriteJournal(SqliteDatabase database, EpochCommit commit, CommitContent content, List<string> addedOperators)
    {
        SqliteStatement insert = database.Statement("""
            INSERT INTO actorstreams_journal(job, operator, shard, epoch, part, is_snapshot, crc, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """);
        for (int i = 0; i < commit.Events.Count; i++)
        {
            JournalEvent e = commit.Events[i];
            insert.Bind(1, _job).Bind(2, OperatorId(database, e.Operator, addedOperators)).Bind(3, e.Shard).Bind(4, e.Epoch).Bind(5, e.Part)
                .Bind(6, e.IsSnapshot ? 1 : 0).Bind(7, content.Checksums[i]).BindBlob(8, e.Payload.Span).Run();
        }
    }

    private void WriteEpoch(SqliteDatabase database, EpochCommit commit, CommitContent content)
    {
        EpochRecord record = new(commit.Epoch, Generation, commit.CommittedAt, commit.Manifest);
        database.Statement(
            "INSERT INTO actorstreams_epochs(job, epoch, generation, committed_at, content_hash, crc, manifest) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, _job).Bind(2, commit.Epoch).Bind(3, Generation).Bind(4, commit.CommittedAt).BindBlob(5, content.Fingerprint)
            .Bind(6, Checksum.Of(record)).BindBlob(7, commit.Manifest.Span).Run();
        database.Statement("UPDATE actorstreams_jobs SET last_epoch = ?2 WHERE id = ?1").Bind(1, _job).Bind(2, commit.Epoch).Run();
        // bounded: a retention that shrinks by a million epochs must not make one commit wait
        database.Statement("""
            DELETE FROM actorstreams_epochs WHERE job = ?1 AND epoch < min(?2, (SELECT min(epoch) FROM actorstreams_epochs WHERE job = ?1) + 1000)
            """).Bind(1, _job).Bind(2, Math.Min(commit.RetainFrom, commit.Epoch)).Run();
    }

    private bool Rewind(SqliteDatabase database, long epoch)
    {
        database.Begin();
        CommitRules.CheckGeneration(_store.Description, _name, Generation, Standing(database).Generation);
        if (Fingerprint(database, epoch).Length == 0)
            throw CommitRules.NotRetained(_name, epoch);
        database.Statement("DELETE FROM actorstreams_epochs WHERE job = ?1 AND epoch > ?2").Bind(1, _job).Bind(2, epoch).Run();
        database.Statement("DELETE FROM actorstreams_journal WHERE job = ?1 AND epoch > ?2").Bind(1, _job).Bind(2, epoch).Run();
        database.Statement("UPDATE actorstreams_jobs SET last_epoch = ?2 WHERE id = ?1").Bind(1, _job).Bind(2, epoch).Run();
        database.Commit();
        return true;
    }

    private (long Generation, long LastEpoch) Standing(SqliteDatabase database)
    {
        SqliteStatement select = database.Statement("SELECT generation, last_epoch FROM actorstreams_jobs WHERE id = ?1").Bind(1, _job);
        (long, long) standing = select.Step() ? (select.Int64(0), select.Int64(1)) : (0, 0);
        select.Reset();
        return standing;
    }

    private byte[] Fingerprint(SqliteDatabase database, long epoch)
    {
        SqliteStatement select = database.Statement("SELECT content_hash FROM actorstreams_epochs WHERE job = ?1 AND epoch = ?2")
            .Bind(1, _job).Bind(2, epoch);
        byte[] fingerprint = select.Step() ? select.Blob(0).ToArray() : [];
        select.Reset();
        return fingerprint;
    }

    private long OperatorId(SqliteDatabase database, string name, List<string> added)
    {
        if (_operators.TryGetValue(name, out long id))
            return id;
        SqliteStatement select = database.Statement("SELECT id FROM actorstreams_operators WHERE job = ?1 AND name = ?2").Bind(1, _job)
            .Bind(2, name);
        if (select.Step())
        {
            id = select.Int64(0);
            select.Reset();
        }
        else
        {
            SqliteStatement insert = database.Statement("""
                INSERT INTO actorstreams_operators(job, id, name) VALUES(?1, (SELECT ifnull(max(id), 0) + 1 FROM actorstreams_operators WHERE job = ?1), ?2) RETURNING id
                """).Bind(1, _job).Bind(2, name);
            while (insert.Step())
                id = insert.Int64(0);
            added.Add(name);
        }

        _operators.Add(name, id);
        return id;
    }

    private void CheckInStep(SqliteDatabase database, long lastEpoch)
    {
        SqliteStatement select = database.Statement("SELECT max(epoch) FROM actorstreams_epochs WHERE job = ?1").Bind(1, _job);
        long newest = select.Step() ? select.Int64(0) : 0;
        select.Reset();
        if (newest != lastEpoch)
            throw CommitRules.OutOfStep(_store.Description, _name, lastEpoch, newest);
    }
}
