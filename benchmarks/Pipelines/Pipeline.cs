// pipeline-10k, pipeline-1m and their -250ms and -volatile forms. Per row: two sources, a hash exchange by key to two actors, a tumbling
// one-second count by key, results to a sink in memory. Durable: state and source offsets are committed to SQLite (WAL,
// synchronous=FULL) every epoch, of one second, or 250 ms, or never (volatile). Compared with the same engine in miniature: about what
// this machine can do when nothing but this one query has to work. Both sides use both cores and read the same looped rows.
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <param name="epoch">How often state is committed; null for never.</param>
internal sealed class PipelineRun(string name, long keys, long defaultRows, TimeSpan? epoch) : IBenchmark
{
    public string Name => name;
    public string What =>
        $"Two sources, exchange, tumbling counts of {keys:N0} keys, {(epoch is { } length ? $"epochs of {length.TotalMilliseconds} ms" : "no epochs")}.";
    public bool Durable => epoch is not null;
    public string BaselineName => Durable ? "miniature engine, SQLite FULL, two cores" : "miniature engine in memory, two cores";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => LoopedBids.Of(rows, keys).ExpectTumblingCounts(rows);

    public Measurement RunBaseline(long rows) => Baseline(rows, keys, epoch);

    public Measurement RunOurs(long rows) => EnginePipeline.Run(rows, keys, epoch);

    public static Measurement Baseline(long rows, long keys, TimeSpan? epoch) =>
        new MiniEngine(LoopedBids.Of(rows, keys), LoopedBids.WholeWindows(rows) / LoopedBids.Sources, epoch).Run();
}
