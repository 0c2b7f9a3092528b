using ActorStreams.Authoring;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A job on several nodes gives what it gives in one process, whatever happens to the nodes.</summary>
public sealed class ClusterJobSpec
{
    private const int Rows = 60_000, OfEach = Rows / CountsOfNodes.Partitions;

    private static readonly JobOptions s_options = new() { Parallelism = 3, EpochInterval = TimeSpan.FromMilliseconds(50) };

    private readonly GatedSource<CountsOfNodes.Number> _source = new(CountsOfNodes.Numbers(Rows), CountsOfNodes.Partitions);
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Results_are_the_same_on_three_nodes_as_counted_by_hand()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);

        _source.Open(OfEach);
        await CompleteAsync(jobs);

        Assert.All(jobs, job => Assert.Contains("completed", job.Describe(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_is_lost_loses_and_repeats_nothing()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);
        await ReadAsync(OfEach / 3);
        _source.Open(OfEach / 2);                        // the node dies somewhere in here

        await cluster.KillAsync(cluster.Systems[2]);
        _source.Open(OfEach);

        await CompleteAsync(jobs[..2]);
    }

    [Fact]
    public async Task The_node_of_the_coordinator_may_be_lost()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);
        await ReadAsync(OfEach / 3);
        _source.Open(OfEach / 2);

        await cluster.KillAsync(cluster.Systems[0]);
        _source.Open(OfEach);

        await CompleteAsync(jobs[1..]);
    }

    [Fact]
    public async Task A_node_that_leaves_and_one_that_joins_move_instances_between_two_epochs()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);
        await ReadAsync(OfEach / 4);

        ActorSystem third = await cluster.JoinAsync();
        ClusterJob joined = await ClusterJob.StartAsync(third, Pipeline(), _store, s_options);
        await ReadAsync(OfEach / 2);

        await cluster.LeaveAsync(cluster.Systems[0]);
        _source.Open(OfEach);

        await CompleteAsync(jobs[1], joined);
        Assert.Contains(" 0 restarts", joined.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_takes_part_no_more_gives_its_instances_to_the_others()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);
        await ReadAsync(OfEach / 4);

        await jobs[0].DisposeAsync();
        Assert.True(jobs[0].Completion.IsCanceled);
        _source.Open(OfEach);

        await CompleteAsync(jobs[1]);
    }

    [Fact]
    public async Task A_job_that_is_stopped_on_one_node_is_stopped_on_all_and_goes_on_when_it_is_started_again()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        ClusterJob[] jobs = await StartAsync(cluster.Systems);
        await ReadAsync(OfEach / 4);

        await jobs[1].StopAsync();
        await jobs[0].Completion;
        Assert.All(jobs, job => Assert.Contains("stopped", job.Describe(), StringComparison.Ordinal));
        await cluster.DisposeAsync();

        await using ClusterOfNodes later = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] again = await StartAsync(later.Systems);
        _source.Open(OfEach);
        await CompleteAsync(again);
    }

    [Fact]
    public async Task A_store_that_one_process_writes_is_refused()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(1);

        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() =>
            ClusterJob.StartAsync(cluster.Systems[0], Pipeline(), Store.Sqlite(Path.Combine(Path.GetTempPath(), "one.db")), s_options));

        Assert.Contains("is written by one process", error.Message, StringComparison.Ordinal);
    }

    private Pipeline Pipeline() => CountsOfNodes.PipelineOf(() => _source);

    private Task<ClusterJob[]> StartAsync(IEnumerable<ActorSystem> systems) =>
        Task.WhenAll(systems.Select(system => ClusterJob.StartAsync(system, Pipeline(), _store, s_options)));

    /// <summary>Lets rows of each partition through, and waits until epochs hold them.</summary>
    private Task ReadAsync(long rowsOfEach)
    {
        _source.Open(rowsOfEach);
        return _source.CommittedAsync(rowsOfEach);
    }

    private async Task CompleteAsync(params ClusterJob[] jobs)
    {
        await Task.WhenAll(jobs.Select(job => job.Completion));
        Assert.Equal(CountsOfNodes.Expected(Rows), CountsOfNodes.In(_store));
        foreach (ClusterJob job in jobs)
            await job.DisposeAsync();
    }
}
