// durable-1s, durable-250ms, durable-postgres. Per row: as the pipeline benchmarks. Our own engine durable, compared with itself without a
// store: what exactly-once costs. SQLite: WAL, synchronous=FULL. PostgreSQL: a server of its own on loopback, fsync and synchronous_commit
// on.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Tests;

namespace ActorStreams.Benchmarks.Pipelines;

internal sealed class Durability(string name, long keys, long defaultRows, TimeSpan epoch, bool onPostgreSql = false) : IBenchmark
{
    public string Name => name;
    public string What =>
        $"The pipeline of {keys:N0} keys, committed to {(onPostgreSql ? "PostgreSQL" : "SQLite")} every {epoch.TotalMilliseconds} ms.";
    public bool Durable => true;
    public string BaselineName => "itself without a store";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => LoopedBids.Of(rows, keys).ExpectTumblingCounts(rows);

    public Measurement RunBaseline(long rows) => EnginePipeline.Run(rows, keys, epoch: null);

    public Measurement RunOurs(long rows)
    {
        if (!onPostgreSql)
            return EnginePipeline.Run(rows, keys, epoch);
        Store store = Store.PostgreSql(PostgreSqlServer.Shared.NewDatabase());
        try
        {
            return EnginePipeline.Run(rows, keys, epoch, store);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
