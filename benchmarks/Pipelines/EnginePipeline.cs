using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>The pipeline benchmarks' query on ActorStreams: two source actors, an exchange, two regions, both cores.</summary>
internal static class EnginePipeline
{
    public static Measurement Run(long rows, long keys, TimeSpan? epoch)
    {
        if (epoch is null)
            return Run(rows, keys, TimeSpan.FromSeconds(1), store: null);
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("pipeline.db"));
        try
        {
            return Run(rows, keys, epoch.Value, store);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public static Measurement Run(long rows, long keys, TimeSpan epoch, Store? store)
    {
        LoopedBids bids = LoopedBids.Of(rows, keys);
        long whole = LoopedBids.WholeWindows(rows);
        var pipeline = ActorStreams.Pipeline.Create("pipeline");
        CountSink sink = Jobs.TumblingCounts(pipeline, new LoopedSource(bids, whole / LoopedBids.Sources));
        return Jobs.Run(pipeline, whole, () => sink.Outcome,
            new JobOptions { Parallelism = 2, EpochInterval = epoch, MaxEventTimeAhead = null }, store);
    }
}
