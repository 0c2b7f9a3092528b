// recovery-10m. Per row: one key of 40 bytes (key and 32 bytes of state) read from a SQLite snapshot of blobs of a megabyte and put into
// the map it is looked up in. The file is written before the measurement and lies in the page cache. Compared with reading the blobs in
// place and inserting by hand, hashed and prefetched 256 ahead, into a map of the right size; allocating that map counts.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Keyed;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ActorStreams.Benchmarks.Recovery;

internal sealed class Recovery : IBenchmark
{
    private const int BlobRows = (1 << 20) / 40;
    private static (long Rows, TemporaryFolder Folder)? _snapshot;

    public string Name => "recovery-10m";
    public string What => "Restores ten million keys of 40 bytes from a snapshot.";
    public bool Durable => true;
    public string BaselineName => "SQLite blobs into a hand-written map";
    public long DefaultRows => 10_000_000;

    /// <summary>Every key is there once, with its state.</summary>
    public Outcome Expect(long rows)
    {
        Outcome all = default;
        for (long key = 1; key <= rows; key++) all += OutcomeOf(StateOf(key));
        return all;
    }

    public Measurement RunBaseline(long rows) => Baseline(SnapshotOf(rows), rows);

    public Measurement RunOurs(long rows) => EngineRecovery.Run(rows);

    public static unsafe Measurement Baseline(string file, long rows)
    {
        var meter = Meter.Start();
        using var map = new NativeEntries<KeyState>(rows);
        using (var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT data FROM snapshot ORDER BY part";
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
                Insert(map, MemoryMarshal.Cast<byte, KeyState>(raw.sqlite3_column_blob(reader.Handle, 0)));
        }
        meter.Stop();

        Outcome found = default;
        for (KeyState* entry = map.First; entry < map.First + map.Capacity; entry++)
            if (entry->Key != 0) found += OutcomeOf(in *entry);
        return meter.Result(rows, found);
    }

    /// <summary>The state a key is given; keys start at one.</summary>
    public static KeyState StateOf(long key) => new() { Key = key, Count = key % 100, Sum = key * 3, Low = -key, High = key };

    public static Outcome OutcomeOf(in KeyState state) =>
        new(1, state.Count + state.Sum, unchecked((state.Key * 31) + (state.Low * 7) + (state.High * state.Count)));

    private static unsafe void Insert(NativeEntries<KeyState> map, ReadOnlySpan<KeyState> states)
    {
        const int ChunkRows = 256;
        KeyState* entries = map.First;
        long mask = map.Mask;
        int shift = map.Shift;
        int* slots = stackalloc int[ChunkRows];
        for (; !states.IsEmpty; states = states[Math.Min(ChunkRows, states.Length)..])
        {
            ReadOnlySpan<KeyState> chunk = states[..Math.Min(ChunkRows, states.Length)];
            for (int row = 0; row < chunk.Length; row++)
            {
                slots[row] = (int)NativeEntries<KeyState>.SlotOf(chunk[row].Key, shift);
                if (Sse.IsSupported) Sse.Prefetch0(entries + slots[row]);
            }
            for (int row = 0; row < chunk.Length; row++)
            {
                long slot = slots[row];
                while (entries[slot].Key != 0) slot = (slot + 1) & mask;        // a snapshot holds a key once
                entries[slot] = chunk[row];
            }
        }
    }

    // Written once for all runs, in a shuffled order: a snapshot is in the order of some hash, never in that of the keys.
    private static string SnapshotOf(long rows)
    {
        if (_snapshot is { } kept && kept.Rows == rows) return kept.Folder.File("snapshot.db");
        _snapshot?.Folder.Dispose();
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => { if (Directory.Exists(folder.Path)) folder.Dispose(); };

        using var connection = new SqliteConnection($"Data Source={folder.File("snapshot.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA page_size=16384; CREATE TABLE snapshot (part INTEGER PRIMARY KEY, data BLOB)";
        command.ExecuteNonQuery();
        using SqliteTransaction transaction = connection.BeginTransaction();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO snapshot (data) VALUES ($data)";
        SqliteParameter data = command.Parameters.Add("$data", SqliteType.Blob);
        long stride = CoprimeStride(rows), key = 0;
        for (long written = 0; written < rows;)
        {
            var states = new KeyState[Math.Min(BlobRows, rows - written)];
            for (int row = 0; row < states.Length; row++, key = (key + stride) % rows) states[row] = StateOf(key + 1);
            data.Value = MemoryMarshal.AsBytes(states.AsSpan()).ToArray();
            command.ExecuteNonQuery();
            written += states.Length;
        }
        transaction.Commit();
        _snapshot = (rows, folder);
        return folder.File("snapshot.db");
    }

    private static long CoprimeStride(long rows)
    {
        long stride = (long)(rows * 0.41421356) | 1;
        while (System.Numerics.BigInteger.GreatestCommonDivisor(stride, rows) != 1) stride += 2;
        return stride;
    }
}

/// <summary>A key and its state, 40 bytes.</summary>
public struct KeyState
{
    public long Key, Count, Sum, Low, High;
}
