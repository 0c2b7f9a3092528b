// cdc. Per row: an insert or an update of a row of four columns is read from a replication slot of a PostgreSQL server on the same machine
// and becomes visible in a materialised table of 100,000 keys, journaled to SQLite (FULL) in epochs of 100 ms; transactions of 1,000 rows.
// Durable. Compared with Npgsql's own pgoutput decoder: every column of the same messages decoded to its type (binary), and dropped. The
// server's decoding is in both. Floor: 0.6 of it.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Tests;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace ActorStreams.Benchmarks.Capture;

internal sealed class TableCapture : IBenchmark
{
    private const int Keys = 100_000, TransactionRows = 1_000;

    private string? _database;
    private long _written;
    private int _slots;

    public string Name => "cdc";
    public string What => "Reads changes of a PostgreSQL table into a materialised table of 100,000 keys.";
    public bool Durable => true;
    public string BaselineName => "pgoutput decoded by Npgsql (binary) and dropped";
    public long DefaultRows => 500_000;

    public IReadOnlyList<Variant> Variants => [new("decoded as text", rows => Drop(rows, isBinary: false))];

    private sealed record User(long Id, string Name, string City, int Visits);

    public Outcome Expect(long rows)
    {
        var outcome = new Outcome(rows, 0, 0);
        for (long id = 0; id < Keys; id++) outcome += Row(id, Passes(rows));
        return outcome;
    }

    public Measurement RunBaseline(long rows) => Drop(rows, isBinary: true);

    public Measurement RunOurs(long rows)
    {
        string slot = NewSlot(rows);
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("cdc.db"));
        try
        {
            return RunAsync().GetAwaiter().GetResult();
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Drop(slot);
        }

        async Task<Measurement> RunAsync()
        {
            var pipeline = Pipeline.Create("cdc");
            var options = new CaptureOptions { Slot = slot, Publication = "bench", Start = CaptureStart.Slot };
            pipeline.Read("users", PostgreSqlTable.Upserts<long, User>(_database!, "users", options)).ToTable("table").Materialize("view");
            var meter = Meter.Start();
            await using Job job = await Job.StartAsync(pipeline, store,
                new JobOptions { Parallelism = 1, EpochInterval = TimeSpan.FromMilliseconds(100) });
            TableView<long, User> view = job.Table<long, User>("view");
            while (!(view.TryGet(Keys - 1, out User? last, out _) && last!.Visits == Passes(rows)))
            {
                if (job.Completion.IsCompleted) await job.Completion;
                await Task.Delay(5);
            }

            meter.Stop();
            var outcome = new Outcome(job.Metrics.Sources["users"].Rows, 0, 0);
            foreach (TableRow<long, User> row in (await view.ScanAsync()).Rows) outcome += Row(row.Key, row.Value.Visits);
            return meter.Result(rows, outcome) with { Notes = [new("epochs", job.Epoch)] };
        }
    }

    private Measurement Drop(long rows, bool isBinary)
    {
        string slot = NewSlot(rows);
        Measurement result = DropAsync(slot, rows, isBinary).GetAwaiter().GetResult();
        Drop(slot);
        return result;
    }

    private async Task<Measurement> DropAsync(string slot, long rows, bool isBinary)
    {
        int passes = Passes(rows);
        var outcome = default(Outcome);
        using var ended = new CancellationTokenSource();
        var meter = Meter.Start();
        await using (var connection = new LogicalReplicationConnection(_database!))
        {
            await connection.Open();
            var options = new PgOutputReplicationOptions("bench", PgOutputProtocolVersion.V1, isBinary);
            await foreach (PgOutputReplicationMessage message in connection.StartReplication(new PgOutputReplicationSlot(slot), options,
                ended.Token))
            {
                ReplicationTuple? tuple = message switch
                {
                    InsertMessage insert => insert.NewRow,
                    UpdateMessage update => update.NewRow,
                    _ => null
                };
                if (tuple is null) continue;
                long id = 0;
                int visits = 0, column = 0;
                await foreach (ReplicationValue value in tuple)
                {
                    switch (column++)
                    {
                        case 0: id = isBinary ? await value.Get<long>() : long.Parse(await value.Get<string>(), null); break;
                        case 3: visits = isBinary ? await value.Get<int>() : int.Parse(await value.Get<string>(), null); break;
                        default: await value.Get<string>(); break;
                    }
                }

                outcome += new Outcome(1, 0, 0);
                if (visits == passes) outcome += Row(id, visits);
                if (outcome.Count == rows) break;
            }

            meter.Stop();
        }

        return meter.Result(rows, outcome);
    }

    private static int Passes(long rows) => (int)(rows / Keys);

    private static Outcome Row(long id, int visits) => new(0, visits, (id * 31) + visits);

    /// <summary>A slot that stands before all of the changes, which are written by the first call.</summary>
    private string NewSlot(long rows)
    {
        if (_written != rows)
        {
            if (rows % Keys != 0) throw new ArgumentException($"--rows must be a multiple of {Keys}.", nameof(rows));
            _database = PostgreSqlServer.Shared.NewDatabase();
            Execute("CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text NOT NULL, visits int NOT NULL); CREATE PUBLICATION bench FOR TABLE users");
            Execute($"SELECT pg_create_logical_replication_slot('base_{rows}', 'pgoutput')");
            for (int pass = 1; pass <= Passes(rows); pass++)
            {
                for (int from = 0; from < Keys; from += TransactionRows)
                {
                    Execute(pass == 1
                        ? $"INSERT INTO users SELECT i, 'name of ' || i, 'city ' || i % 100, 1 FROM generate_series({from}, {from + TransactionRows - 1}) i"
                        : $"UPDATE users SET visits = {pass} WHERE id BETWEEN {from} AND {from + TransactionRows - 1}");
                }
            }

            _written = rows;
        }

        string slot = $"run_{++_slots}";
        Execute($"SELECT pg_copy_logical_replication_slot('base_{rows}', '{slot}')");
        return slot;
    }

    /// <summary>The server may not have noticed yet that its reader is gone.</summary>
    private void Drop(string slot)
    {
        Execute($"SELECT count(pg_terminate_backend(active_pid, 10000)) FROM pg_replication_slots WHERE slot_name = '{slot}' AND active");
        Execute($"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}'");
    }

    private void Execute(string sql) => PostgreSqlServer.Execute(_database!, sql);
}
