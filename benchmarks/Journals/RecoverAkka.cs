// recover-akka. Per row: one key of 40 bytes of a keyed state is restored by starting the job from Akka.Persistence.Sql on SQLite (128
// shards, each a persistent actor). Compared with the same job that starts from our own SQLite store. Both files lie in the page cache.
// Floor: 0.4 of it.
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Recovery;

namespace ActorStreams.Benchmarks.Journals;

internal sealed class RecoverAkka : IBenchmark
{
    private static (long Rows, TemporaryFolder Folder)? _stored;

    public string Name => "recover-akka";
    public string What => "Restores a million keys of 40 bytes from Akka.Persistence.Sql on SQLite.";
    public bool Durable => true;
    public string BaselineName => "itself from our SQLite store";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows) => new Recovery.Recovery().Expect(rows);

    public Measurement RunBaseline(long rows) => EngineRecovery.Run(rows);

    public Measurement RunOurs(long rows)
    {
        if (_stored?.Rows != rows)
        {
            _stored?.Folder.Dispose();
            var folder = new TemporaryFolder();
            AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            {
                if (Directory.Exists(folder.Path)) folder.Dispose();
            };
            using RunStore place = RunStore.AkkaOnSqlite(folder, ownsFolder: false);
            EngineRecovery.StoreAsync(place.Store, rows).GetAwaiter().GetResult();
            _stored = (rows, folder);
        }

        using RunStore again = RunStore.AkkaOnSqlite(_stored.Value.Folder, ownsFolder: false);
        return EngineRecovery.Run(rows, again.Store);
    }
}
