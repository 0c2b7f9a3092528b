namespace ActorStreams.Persistence.Sqlite;

/// <summary>Drops the journal rows of one job that no retained epoch needs: those of a shard before its newest snapshot not after the
/// oldest retained epoch.</summary>
/// <remarks>
/// Runs between commits, in small steps. A step is not flushed to the disk (the next commit does that): losing it loses nothing. It goes
/// through the journal in the order of epochs, as it was written, so that neighbouring rows leave together.
/// </remarks>
internal sealed class SqliteTrim(long job, SqliteSynchronous synchronous, Action<long> written) : ISqliteIdleWork
{
    private const int ScanRows = 2048, DropRows = 64, DropBytes = 4 * 1024 * 1024, StepBytes = 256 * 1024;
    private readonly SqliteIdleStep _step = new(synchronous);
    private readonly Queue<long> _snapshots = [];
    private readonly Dictionary<(long Operator, long Shard), long> _floors = [];
    private readonly Queue<(long Operator, long Before)> _sweeps = [];
    private (long Epoch, long Shard, long Part) _at = (-1, -1, -1);

    /// <summary>Takes note that <paramref name="epoch"/> has snapshots.</summary>
    public void AddSnapshots(long epoch) => _snapshots.Enqueue(epoch);

    /// <summary>Whether there is something to drop now that <paramref name="oldest"/> is the oldest retained epoch.</summary>
    public bool IsDue(long oldest) => _sweeps.Count > 0 || (_snapshots.TryPeek(out long epoch) && epoch <= oldest);

    /// <summary>A short transaction; true if there is more to do.</summary>
    public bool Step(SqliteDatabase database)
    {
        _step.Run(database, () =>
        {
            if (_sweeps.Count == 0)
                Plan(database);
            if (_sweeps.Count > 0)
                Sweep(database);
        },
        done: () => written(StepBytes));
        return _sweeps.Count > 0;
    }

    private void Plan(SqliteDatabase database)
    {
        SqliteStatement oldest = database.Statement("SELECT min(epoch) FROM actorstreams_epochs WHERE job = ?1").Bind(1, job);
        long from = oldest.Step() ? oldest.Int64(0) : 0;
        oldest.Reset();
        while (_snapshots.TryPeek(out long epoch) && epoch <= from)
            _snapshots.Dequeue();

        _floors.Clear();
        SqliteStatement floors = database.Statement("""
            SELECT operator, shard, max(epoch) FROM actorstreams_journal INDEXED BY actorstreams_journal_snapshots
            WHERE job = ?1 AND is_snapshot = 1 AND part = 0 AND epoch <= ?2 GROUP BY operator, shard
            """).Bind(1, job).Bind(2, from);
        while (floors.Step())
            _floors.Add((floors.Int64(0), floors.Int64(1)), floors.Int64(2));
        foreach (IGrouping<long, KeyValuePair<(long Operator, long Shard), long>> shards in _floors.GroupBy(f => f.Key.Operator))
            _sweeps.Enqueue((shards.Key, shards.Max(s => s.Value)));
        _at = (-1, -1, -1);
    }

    private void Sweep(SqliteDatabase database)
    {
        (long op, long before) = _sweeps.Peek();
        SqliteStatement scan = database.Statement("""
            SELECT epoch, shard, part, id FROM actorstreams_journal INDEXED BY actorstreams_journal_order
            WHERE job = ?1 AND operator = ?2 AND epoch < ?3 AND (epoch, shard, part) > (?4, ?5, ?6) ORDER BY epoch, shard, part LIMIT ?7
            """).Bind(1, job).Bind(2, op).Bind(3, before).Bind(4, _at.Epoch).Bind(5, _at.Shard).Bind(6, _at.Part).Bind(7, ScanRows);
        List<long> drop = [];
        int scanned = 0;
        while (drop.Count < DropRows && scan.Step())
        {
            scanned++;
            _at = (scan.Int64(0), scan.Int64(1), scan.Int64(2));
            if (_floors.TryGetValue((op, _at.Shard), out long floor) && _at.Epoch < floor)
                drop.Add(scan.Int64(3));
        }

        scan.Reset();
        bool isLast = drop.Count < DropRows && scanned < ScanRows;
        SqliteStatement delete = database.Statement("DELETE FROM actorstreams_journal WHERE id = ?1 RETURNING length(payload)");
        long droppedBytes = 0;
        foreach (long id in drop)
        {
            delete.Bind(1, id);
            while (delete.Step())
                droppedBytes += delete.Int64(0);
            if (droppedBytes < DropBytes)
                continue;
            _at = (-1, -1, -1);   // the rest of this step is found again
            return;
        }

        if (!isLast)
            return;
        _sweeps.Dequeue();
        _at = (-1, -1, -1);
    }
}
