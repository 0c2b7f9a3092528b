using ActorStreams.Authoring;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A job on several nodes gives what it gives in one process, whatever happens to the nodes.</summary>
public sealed class ClusterJobSpec
{
    private static readonly JobOptions s_options = new() { Parallelism = 3, EpochInterval = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task Results_are_the_same_on_three_nodes_as_counted_by_hand()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        await using var store = new MemoryStore();
        ClusterJob[] jobs = await Task.WhenAll(cluster.Systems.Select(system =>
            ClusterJob.StartAsync(system, PipelineOver(60_000), store, s_options)));

        await Task.WhenAll(jobs.Select(job => job.Completion));

        Assert.Equal(CountsOfNodes.Expected(60_000), CountsOfNodes.In(store));
        foreach (ClusterJob job in jobs)
            await job.DisposeAsync();
    }

    private static Pipeline PipelineOver(int count) =>
        CountsOfNodes.PipelineOf(() => Sources.Of(CountsOfNodes.Numbers(count), partitions: CountsOfNodes.Partitions));
}
