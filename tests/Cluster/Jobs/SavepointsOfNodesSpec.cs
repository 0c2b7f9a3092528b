using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Savepoints are taken by any node, and restored on any number of nodes.</summary>
public sealed class SavepointsOfNodesSpec
{
    private const int Rows = 30_000, OfEach = Rows / CountsOfNodes.Partitions;

    private readonly GatedSource<CountsOfNodes.Number> _source = new(CountsOfNodes.Numbers(Rows), CountsOfNodes.Partitions);

    [Fact]
    public async Task A_savepoint_outlives_the_coordinator_that_takes_it_and_moves_the_job_to_another_store_and_fewer_nodes()
    {
        MemoryStore from = new(), to = new(), savepoints = new();
        var held = new HeldStore(savepoints);
        JobOptions options = new() { Parallelism = 3, EpochInterval = TimeSpan.FromMilliseconds(50), SavepointStore = held };
        Savepoint saved;
        await using (ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3))
        {
            ClusterJob[] jobs = await StartAsync(cluster.Systems, from, options);
            _source.Open(OfEach / 3);
            await _source.CommittedAsync(OfEach / 3);

            HeldCall commit = held.HoldCommitOf("counts/savepoints");
            Task<Savepoint> saving = jobs[2].SaveAsync("before-2.0");
            await commit.Reached;
            await cluster.CrashAsync(cluster.Systems[0]);       // the oldest, so the coordinator's
            saved = await saving;
            commit.Release();

            Assert.Equal(saved, Assert.Single(await Savepoints.ListAsync(savepoints, "counts")));
            var exists = await Assert.ThrowsAsync<StoreException>(() => jobs[1].SaveAsync("before-2.0"));
            Assert.Contains("has a savepoint 'before-2.0'", exists.Message, StringComparison.Ordinal);
            _source.Open(OfEach / 2);
            await _source.CommittedAsync(OfEach / 2);
        }

        await using (ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(1))
        {
            ClusterJob[] jobs = await StartAsync(cluster.Systems, to,
                options with { Parallelism = 2, RestartFromSavepoint = "before-2.0" });
            _source.Open(OfEach);
            await jobs[0].Completion;
        }

        // what came after the savepoint was written to both
        Assert.Equal(CountsOfNodes.Expected(Rows), CountsOfNodes.In(from).Union(CountsOfNodes.In(to)).Order(StringComparer.Ordinal));
    }

    private Task<ClusterJob[]> StartAsync(IEnumerable<ActorSystem> systems, Store store, JobOptions options) =>
        Task.WhenAll(systems.Select(system => ClusterJob.StartAsync(system, CountsOfNodes.PipelineOf(() => _source), store, options)));
}
