using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A job goes on at whatever parallelism, on whatever number of nodes, in whatever journal, whatever its nodes are in the
/// middle of when they crash.</summary>
public sealed class ResumeMatrixSpec
{
    private const int Rows = 30_000, OfEach = Rows / CountsOfNodes.Partitions, Step = OfEach / 6;

    /// <summary>Set, nodes crash, which takes the others eight seconds to believe; else the node of the coordinator leaves, and calls to
    /// the store fail. If it says <c>postgresql</c>, rows and journals are in a database.</summary>
    private static readonly string? s_long = Environment.GetEnvironmentVariable("ACTORSTREAMS_RESUME_MATRIX");

    private static readonly bool s_crashes = s_long is { Length: > 0 };

    private static readonly JobOptions s_options = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(50),
        Restart = new RestartPolicy(10, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)),
    };

    private readonly GatedSource<CountsOfNodes.Number> _source = new(CountsOfNodes.Numbers(Rows), CountsOfNodes.Partitions);
    private readonly HeldStore _savepoints = new(new MemoryStore());

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Every_row_counts_once_from_one_node_to_three_to_two_to_one_and_from_one_journal_to_the_other(
        bool fromAkka, bool toAkka)
    {
        JournalOfJob from = await JournalAsync(fromAkka), to = await JournalAsync(toAkka);

        await RunAndSaveAsync(from);
        await RunFromSavepointAsync(to);

        // what came after the savepoint was written to both
        Assert.Equal(CountsOfNodes.Expected(Rows), from.Results().Union(to.Results()).Order(StringComparer.Ordinal));
    }

    private static async Task<JournalOfJob> JournalAsync(bool isAkka) =>
        s_long == "postgresql" ? await DatabaseOfJob.CreateAsync(isAkka) : new MemoryOfJob(isAkka);

    /// <summary>One node, three, two, one, at parallelism 2. The coordinator is lost in a commit and in a savepoint, which the next one
    /// takes.</summary>
    private async Task RunAndSaveAsync(JournalOfJob journal)
    {
        JobOptions options = s_options with { Parallelism = 2, SavepointStore = _savepoints };
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(1, journal.Settings);
        ClusterJob last = await StartAsync(cluster.Systems[0], journal, options);
        await ReadAsync(1);
        for (int nodes = 2; nodes <= 3; nodes++)
            last = await StartAsync(await cluster.JoinAsync(), journal, options);
        await ReadAsync(2);

        HeldCall copying = _savepoints.HoldCommitOf("counts/savepoints");
        Task<Savepoint> saving = last.SaveAsync("moving");
        await copying.Reached;
        await LoseCoordinatorAsync(cluster);
        Savepoint saved = await saving;
        copying.Release();
        Assert.Equal(saved, Assert.Single(await Savepoints.ListAsync(_savepoints, "counts")));
        var exists = await Assert.ThrowsAsync<StoreException>(() => last.SaveAsync("moving"));
        Assert.Contains("has a savepoint 'moving'", exists.Message, StringComparison.Ordinal);

        HeldCall commit = journal.Held.HoldCommitOf("counts");
        _source.Open(3 * Step);
        await commit.Reached;
        commit.Fail();
        if (s_crashes)
            await cluster.CrashAsync(cluster.Systems[0]);
        await ReadAsync(4);
    }

    /// <summary>In the other journal at parallelism 8, where restoring fails in the middle, then at parallelism 3.</summary>
    private async Task RunFromSavepointAsync(JournalOfJob journal)
    {
        JobOptions options = s_options with { Parallelism = 8, SavepointStore = _savepoints, RestartFromSavepoint = "moving" };
        await using (ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(s_crashes ? 2 : 1, journal.Settings))
        {
            ClusterJob[] jobs = await Task.WhenAll(cluster.Systems.Select(system => StartAsync(system, journal, options)));
            await ReadAsync(5);

            HeldCall commit = journal.Held.HoldCommitOf("counts"), restoring = journal.Held.HoldRestoreOf("counts");
            await commit.Reached;
            commit.Fail();                                      // so that the next attempt restores what this one has written
            await restoring.Reached;
            if (s_crashes)
                await cluster.CrashAsync(cluster.Systems[0]);
            restoring.Fail();
            await jobs[^1].StopAsync();
        }

        await using ClusterOfNodes one = await ClusterOfNodes.StartAsync(1, journal.Settings);
        ClusterJob job = await StartAsync(one.Systems[0], journal, options with { Parallelism = 3 });
        _source.Open(OfEach);
        await job.Completion;
    }

    private static Task LoseCoordinatorAsync(ClusterOfNodes cluster) =>
        s_crashes ? cluster.CrashAsync(cluster.Systems[0]) : cluster.LeaveAsync(cluster.Systems[0]);

    private Task<ClusterJob> StartAsync(ActorSystem system, JournalOfJob journal, JobOptions options) =>
        ClusterJob.StartAsync(system, CountsOfNodes.PipelineOf(() => _source), journal.On(system), options);

    /// <summary>Lets sixths of the rows through, and waits until epochs hold them.</summary>
    private Task ReadAsync(int sixths)
    {
        _source.Open(sixths * Step);
        return _source.CommittedAsync(sixths * Step);
    }
}
