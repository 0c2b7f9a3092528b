// journal-*. Per row: an event of 64 KB or of 1 MB (one for each of 16 regions, so 16 rows are an epoch) is committed with its epoch, one
// epoch after the other without a pause. Durable, FULL and fsync on both sides. Compared with the same blobs in one transaction for an
// epoch and nothing else, in the same kind of database. Floors: 0.7 of it for our stores, 0.25 (64 KB) and 0.5 (1 MB) for
// Akka.Persistence.Sql.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Journals;

/// <param name="Name">The benchmark's name.</param>
/// <param name="SizeBytes">Of an event.</param>
/// <param name="NewStore">Our side.</param>
/// <param name="Raw">The baseline.</param>
/// <param name="RawName">The baseline's name.</param>
internal sealed record JournalRun(
    string Name, int SizeBytes, Func<RunStore> NewStore, Func<JournalRun, long, Measurement> Raw, string RawName) : IBenchmark
{
    public const int Regions = 16;

    private readonly byte[][] _blobs = new byte[Regions][];

    public string What => $"Commits epochs of {Regions} events of {SizeBytes / 1024} KB, one after the other.";
    public bool Durable => true;
    public string BaselineName => RawName;
    public long DefaultRows => Regions * (SizeBytes < 1 << 20 ? 160 : 20);

    /// <summary>All of them: the journal of a state at 64 KB and at 1 MB in both databases, by our store and by Akka.Persistence.Sql.
    /// </summary>
    public static IEnumerable<JournalRun> All
    {
        get
        {
            foreach ((string size, int bytes) in new[] { ("64k", 64 << 10), ("1m", 1 << 20) })
            {
                const string InSqlite = "raw blobs in SQLite FULL, a transaction an epoch";
                const string InPostgreSql = "raw blobs in PostgreSQL, a transaction an epoch";
                yield return new($"journal-sqlite-{size}", bytes, RunStore.Sqlite, RawBlobs.Sqlite, InSqlite);
                yield return new($"journal-postgres-{size}", bytes, RunStore.PostgreSql, RawBlobs.PostgreSql, InPostgreSql);
                yield return new($"journal-akka-sqlite-{size}", bytes, RunStore.AkkaOnSqlite, RawBlobs.Sqlite, InSqlite);
                yield return new($"journal-akka-postgres-{size}", bytes, RunStore.AkkaOnPostgreSql, RawBlobs.PostgreSql, InPostgreSql);
            }
        }
    }

    public long EpochsOf(long rows) => rows % Regions == 0 ? rows / Regions
        : throw new ArgumentException($"--rows must be a multiple of {Regions}.", nameof(rows));

    public Outcome Expect(long rows)
    {
        Outcome all = default;
        for (long epoch = 1; epoch <= EpochsOf(rows); epoch++)
            for (int region = 0; region < Regions; region++) all += OutcomeOf(BlobOf(epoch, region));
        return all;
    }

    public Measurement RunBaseline(long rows) => Raw(this, rows);

    public Measurement RunOurs(long rows)
    {
        using RunStore place = NewStore();
        return RunAsync(place.Store, rows).GetAwaiter().GetResult();
    }

    /// <summary>An event: it differs from all others, and is not compressed to nothing.</summary>
    public byte[] BlobOf(long epoch, int region)
    {
        if (_blobs[region] is not { } blob)
        {
            blob = _blobs[region] = new byte[SizeBytes];
            new Random(region).NextBytes(blob);
        }

        BitConverter.TryWriteBytes(blob, epoch);
        return blob;
    }

    public static Outcome OutcomeOf(ReadOnlySpan<byte> blob) => new(1, blob.Length, Crc32C.Compute(blob));

    private async Task<Measurement> RunAsync(Store store, long rows)
    {
        await using JobJournal journal = await store.OpenAsync("journal");
        var meter = Meter.Start();
        for (long epoch = 1; epoch <= EpochsOf(rows); epoch++)
        {
            long now = epoch;
            await journal.CommitAsync(new EpochCommit
            {
                Epoch = epoch,
                CommittedAt = epoch,
                Manifest = "{}"u8.ToArray(),
                Events = [.. Enumerable.Range(0, Regions).Select(region =>
                    new JournalEvent("state", region, now, IsSnapshot: false, Part: 0, BlobOf(now, region)))],
                Tables = [],
                RetainFrom = 1,
            });
        }

        meter.Stop();
        Outcome found = default;
        await foreach (JournalEvent one in journal.ReadAsync("state", 0, Regions, EpochsOf(rows))) found += OutcomeOf(one.Payload.Span);
        return meter.Result(rows, found) with { Notes = [new("epochs", EpochsOf(rows))] };
    }
}
