// durable-1s, durable-250ms, durable-postgres, durable-akka. Per row: as the pipeline benchmarks. Our own engine durable, compared with
// itself without a store: what exactly-once costs. SQLite: WAL, synchronous=FULL. PostgreSQL: a server of its own on loopback, fsync and
// synchronous_commit on. Akka: state in Akka.Persistence.Sql on SQLite, WAL, FULL; epochs in our SQLite store.
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Journals;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <param name="name">The benchmark's name.</param>
/// <param name="keys">How many there are.</param>
/// <param name="defaultRows">Rows, unless said otherwise.</param>
/// <param name="epoch">How often state is committed.</param>
/// <param name="where">The database, as people call it.</param>
/// <param name="newStore">Where state is committed.</param>
internal sealed class Durability(string name, long keys, long defaultRows, TimeSpan epoch, string where, Func<RunStore> newStore)
    : IBenchmark
{
    public string Name => name;
    public string What =>
        $"The pipeline of {keys:N0} keys, committed to {where} every {epoch.TotalMilliseconds} ms.";
    public bool Durable => true;
    public string BaselineName => "itself without a store";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => LoopedBids.Of(rows, keys).ExpectTumblingCounts(rows);

    public Measurement RunBaseline(long rows) => EnginePipeline.Run(rows, keys, epoch: null);

    public Measurement RunOurs(long rows)
    {
        using RunStore place = newStore();
        return EnginePipeline.Run(rows, keys, epoch, place.Store);
    }
}
