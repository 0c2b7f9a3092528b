// topic. Per row: a struct row of 100 bytes is appended to a topic of four partitions by one job, keyed, in the transactions of its epochs
// (SQLite, WAL, synchronous=FULL), and read back from the beginning by another into a digest. Durable. Compared with raw blobs of the same
// bytes: the rows copied 10,000 to a blob, four blobs of 1 MB to a transaction of the same kind of database, and read back in their order.
// Floor: 0.6 of it.
using System.Runtime.InteropServices;
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Benchmarks.TopicLogs;

/// <summary>100 bytes.</summary>
internal readonly record struct WideBid(Bid Bid, long A, long B, long C, long D, long E, long F, long G, long H, int I)
{
    public static WideBid Of(long row) =>
        new(new Bid { Auction = row % 1000, Bidder = row, Price = row * 7, Time = row }, 1, 2, 3, 4, 5, 6, 7, row, 9);
}

internal sealed class TopicRoundTrip : IBenchmark
{
    private const int BlobRows = 10_000, BlobsOfTransaction = 4, RowBytes = 100;

    public string Name => "topic";
    public string What => "Appends 100-byte rows to a topic in one job and reads them back in another.";
    public bool Durable => true;
    public string BaselineName => "raw blobs of the same bytes in SQLite FULL";
    public long DefaultRows => 2_000_000;

    public Outcome Expect(long rows)
    {
        var digest = new ResultDigest();
        for (long row = 0; row < rows; row++) digest.Add(WideBid.Of(row).Bid);
        return digest.Outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        using var folder = new TemporaryFolder();
        WideBid[] input = Input(rows);
        using var connection = new SqliteConnection($"Data Source={folder.File("blobs.db")};Pooling=False");
        connection.Open();
        Execute(connection,
            "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB);");
        var digest = new ResultDigest();
        var meter = Meter.Start();
        byte[] blob = new byte[BlobRows * RowBytes];
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO blobs(data) VALUES ($data)";
        insert.Parameters.Add("$data", SqliteType.Blob).Value = blob;
        for (int first = 0; first < input.Length; first += BlobRows * BlobsOfTransaction)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (int start = first; start < Math.Min(input.Length, first + (BlobRows * BlobsOfTransaction)); start += BlobRows)
            {
                int count = Math.Min(BlobRows, input.Length - start);
                for (int i = 0; i < count; i++) Encode(input[start + i], blob.AsSpan(i * RowBytes, RowBytes));
                insert.Parameters[0].Size = count * RowBytes;
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        using SqliteCommand select = connection.CreateCommand();
        select.CommandText = "SELECT data FROM blobs ORDER BY id";
        using SqliteDataReader reader = select.ExecuteReader();
        while (reader.Read())
        {
            byte[] data = (byte[])reader[0];
            for (int at = 0; at < data.Length; at += RowBytes) digest.Add(MemoryMarshal.Read<Bid>(data.AsSpan(at)));
        }

        meter.Stop();
        return meter.Result(rows, digest.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        using var folder = new TemporaryFolder();
        WideBid[] input = Input(rows);
        Store store = Store.Sqlite(folder.File("topics.db"));
        try
        {
            var sink = new DigestOfWide();
            var meter = Meter.Start();
            var writing = Pipeline.Create("writing");
            writing.Read("rows", Sources.Of(input)).Write("topic", Topics.To("rows", 4, (WideBid row) => row.Bid.Auction));
            var reading = Pipeline.Create("reading");
            reading.Read("topic", Topics.Read<WideBid>("rows").ToEnd()).Write("digest", sink);
            long epochs = RunAsync(writing, store).GetAwaiter().GetResult();
            RunAsync(reading, store).GetAwaiter().GetResult();
            meter.Stop();
            return meter.Result(rows, sink.Outcome) with { Notes = [new("epochs", epochs)] };
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static async Task<long> RunAsync(Pipeline pipeline, Store store)
    {
        var options = new JobOptions { Parallelism = 2, EpochInterval = TimeSpan.FromMilliseconds(100), MaxEventTimeAhead = null };
        await using Job job = await Job.StartAsync(pipeline, store, options);
        await job.Completion;
        return job.Epoch;
    }

    private static void Encode(in WideBid row, Span<byte> to)
    {
        MemoryMarshal.Write(to, row.Bid);
        MemoryMarshal.Write(to[32..], row.A);
        MemoryMarshal.Write(to[40..], row.B);
        MemoryMarshal.Write(to[48..], row.C);
        MemoryMarshal.Write(to[56..], row.D);
        MemoryMarshal.Write(to[64..], row.E);
        MemoryMarshal.Write(to[72..], row.F);
        MemoryMarshal.Write(to[80..], row.G);
        MemoryMarshal.Write(to[88..], row.H);
        MemoryMarshal.Write(to[96..], row.I);
    }

    private static WideBid[] Input(long rows)
    {
        var input = new WideBid[rows];
        for (int row = 0; row < input.Length; row++) input[row] = WideBid.Of(row);
        return input;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class DigestOfWide : DigestSink<WideBid>
    {
        protected override SinkWriter<WideBid> Open(ResultDigest digest) => new Writer(digest);

        private sealed class Writer(ResultDigest digest) : SinkWriter<WideBid>
        {
            public override void Write(in Chunk<WideBid> chunk)
            {
                foreach (ref readonly WideBid row in chunk.Rows) digest.Add(row.Bid);
            }
        }
    }
}
