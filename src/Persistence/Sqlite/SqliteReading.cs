using System.Runtime.CompilerServices;
using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>What readers and writers of a job read alike: committed epochs, each answer from one snapshot of the file.</summary>
/// <remarks>Runs on the caller's thread, from a connection of its own: reads wait for nobody, and no writer for them.</remarks>
internal sealed class SqliteReading(SqliteStore store, string name, long job)
{
    private const int YieldBytes = 4 * 1024 * 1024;

    public IReadOnlyList<EpochRecord> Epochs() => store.Read(database => Epochs(database, newestOnly: false));

    public EpochRecord? Last() => store.Read(database => Epochs(database, newestOnly: true)).LastOrDefault();

    public async IAsyncEnumerable<JournalEvent> Events(string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        SqliteDatabase database = store.Rent();
        try
        {
            database.Execute("BEGIN");
            List<Entry> entries = Find(database, operatorName, firstShard, count, epoch);
            SqliteStatement read = database.Statement("SELECT crc, payload FROM actorstreams_journal WHERE id = ?1");
            int sinceYield = 0;
            foreach (Entry entry in entries)
            {
                cancellation.ThrowIfCancellationRequested();
                JournalEvent journalEvent = Load(read, operatorName, entry);
                sinceYield += journalEvent.Payload.Length;
                if (sinceYield >= YieldBytes)
                {
                    sinceYield = 0;
                    await Task.Yield();   // a long restore lets others run
                }

                yield return journalEvent;
            }
        }
        finally
        {
            store.Return(database);
        }
    }

    private List<EpochRecord> Epochs(SqliteDatabase database, bool newestOnly)
    {
        List<EpochRecord> records = [];
        SqliteStatement select = database.Statement(newestOnly
            ? "SELECT epoch, generation, committed_at, crc, manifest FROM actorstreams_epochs WHERE job = ?1 ORDER BY epoch DESC LIMIT 1"
            : "SELECT epoch, generation, committed_at, crc, manifest FROM actorstreams_epochs WHERE job = ?1 ORDER BY epoch").Bind(1, job);
        while (select.Step())
        {
            EpochRecord record = new(select.Int64(0), select.Int64(1), select.Int64(2), select.Blob(4).ToArray());
            if (Checksum.Of(record) != (uint)select.Int64(3))
                throw CommitRules.Damaged(store.Description, name, $"the manifest of epoch {record.Epoch}");
            records.Add(record);
        }

        return records;
    }

    /// <summary>Where the blobs are, in the order to be read; the blobs themselves are loaded one by one.</summary>
    private List<Entry> Find(SqliteDatabase database, string operatorName, int firstShard, int count, long epoch)
    {
        SqliteStatement retained = database.Statement("SELECT 1 FROM actorstreams_epochs WHERE job = ?1 AND epoch = ?2").Bind(1, job)
            .Bind(2, epoch);
        bool isRetained = retained.Step();
        retained.Reset();
        if (!isRetained)
            throw CommitRules.NotRetained(name, epoch);

        List<Entry> entries = [];
        Dictionary<int, long> snapshots = [];
        SqliteStatement select = database.Statement("""
            SELECT shard, epoch, part, is_snapshot, id FROM actorstreams_journal INDEXED BY actorstreams_journal_order
            WHERE job = ?1 AND operator = (SELECT id FROM actorstreams_operators WHERE job = ?1 AND name = ?2)
                AND epoch <= ?3 AND shard >= ?4 AND shard < ?5 ORDER BY epoch
            """).Bind(1, job).Bind(2, operatorName).Bind(3, epoch).Bind(4, firstShard).Bind(5, (long)firstShard + count);
        while (select.Step())
        {
            Entry entry = new((int)select.Int64(0), select.Int64(1), (int)select.Int64(2), select.Int64(3) != 0, select.Int64(4));
            entries.Add(entry);
            if (entry.IsSnapshot)
                snapshots[entry.Shard] = entry.Epoch;   // in order of epoch: the newest stays
        }

        entries.RemoveAll(e => snapshots.TryGetValue(e.Shard, out long from) && e.Epoch < from);
        entries.Sort((a, b) => (a.Shard, a.Epoch, a.Part).CompareTo((b.Shard, b.Epoch, b.Part)));
        return entries;
    }

    private JournalEvent Load(SqliteStatement read, string operatorName, in Entry entry)
    {
        read.Bind(1, entry.Id);
        JournalEvent journalEvent = new(operatorName, entry.Shard, entry.Epoch, entry.IsSnapshot, entry.Part, default);
        if (!read.Step())
            throw CommitRules.DamagedEvent(store.Description, name, journalEvent);
        uint checksum = (uint)read.Int64(0);
        journalEvent = journalEvent with { Payload = read.Blob(1).ToArray(), Checksum = checksum };
        read.Reset();
        return Checksum.Of(journalEvent) == checksum ? journalEvent : throw CommitRules.DamagedEvent(store.Description, name, journalEvent);
    }

    private readonly record struct Entry(int Shard, long Epoch, int Part, bool IsSnapshot, long Id);
}

/// <summary>A reader that is not the job's writer.</summary>
internal sealed class SqliteReader(SqliteReading reading) : JobReader
{
    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) => new(reading.Epochs());

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(reading.Last());

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) =>
        reading.Events(operatorName, firstShard, count, epoch, cancellation);
}
