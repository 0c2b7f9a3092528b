using ActorStreams.Authoring;
using Akka.Actor;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A job on several nodes says of itself what it says in one process, on whatever node it is asked.</summary>
public sealed class SeenFromOutsideSpec
{
    private const int Rows = 9_000, OfEach = Rows / CountsOfNodes.Partitions;

    private readonly GatedSource<CountsOfNodes.Number> _source = new(CountsOfNodes.Numbers(Rows), CountsOfNodes.Partitions);
    private readonly MemoryStore _store = new();
    private readonly NoticesOfNode[] _notices = [new(), new(), new()];

    [Fact]
    public async Task Counts_of_all_nodes_are_added_up_and_told_on_each()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await StartAsync(cluster);

        _source.Open(OfEach);
        await Task.WhenAll(jobs.Select(job => job.Completion));

        Assert.All(jobs, job =>
        {
            Assert.Equal(Rows, job.Metrics.Sources["numbers"].Rows);
            Assert.Equal(Rows, job.Metrics.Operators["counts"]["rows"]);
            Assert.Equal(["numbers/0", "numbers/1", "numbers/2"], job.Metrics.Partitions.Keys);
            Assert.Equal((0, false), (job.Conditions.Count, job.IsRunning));
            Assert.Equal(0, job.Restarts);
            Assert.Matches("  numbers/2: 3,000 rows, .*ended", job.Describe());
        });
        await Task.WhenAll(jobs.Select(job => job.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task It_says_which_node_runs_what_and_each_attempt_is_told_with_its_cause_on_every_node()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await StartAsync(cluster);
        string lost = AkkaCluster.Get(cluster.Systems[2]).SelfAddress.ToString();
        string described = "";
        _notices[1].OnTaken = notice =>
        {
            if (notice.Kind == JobNoticeKind.Restarting && described.Length == 0)
                described = jobs[1].Describe();                      // what was heard before this notice
        };
        await Task.WhenAll(_notices.Select(node => node.FirstAsync(notice =>
            notice.Kind == JobNoticeKind.AttemptBegun && notice.Message.Contains(lost, StringComparison.Ordinal))));
        _source.Open(OfEach / 2);
        await _source.CommittedAsync(OfEach / 2);

        await cluster.CrashAsync(cluster.Systems[2]);
        JobNotice[] restarts = await Task.WhenAll(_notices[..2].Select(node => node.FirstAsync(JobNoticeKind.Restarting)));
        _source.Open(OfEach);
        await Task.WhenAll(jobs[..2].Select(job => job.Completion));

        Assert.Matches($@"node {lost}#-?\d+: \S+/\d+", described);
        Assert.All(restarts, notice => Assert.Contains(lost, notice.Message, StringComparison.Ordinal));
        Assert.All(_notices[..2], node =>
        {
            JobNotice[] begun = [.. node.All.Where(static notice => notice.Kind == JobNoticeKind.AttemptBegun)];
            Assert.Contains("runs from epoch 0 on 'akka.tcp://", begun[0].Message, StringComparison.Ordinal);
            Assert.DoesNotContain(lost, begun[^1].Message[..begun[^1].Message.IndexOf("The one before", StringComparison.Ordinal)],
                StringComparison.Ordinal);
            Assert.Contains("The one before has ended: ", begun[^1].Message, StringComparison.Ordinal);
            Assert.Equal(begun.Length, begun.Select(static notice => notice.Message).Distinct(StringComparer.Ordinal).Count());
        });
        Assert.True(jobs[1].Restarts > 0);
        await Task.WhenAll(jobs[..2].Select(job => job.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Windows_that_stay_open_because_a_partition_is_silent_are_a_condition_on_every_node()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        _source.Hold(partition: 1, rows: 100);
        ClusterJob[] jobs = await StartAsync(cluster, options => options with { Clock = new FastClock(4), QuietAfter = null });

        _source.Open(OfEach);
        JobNotice[] told = await Task.WhenAll(_notices[..2].Select(node => node.FirstAsync(JobNoticeKind.Standstill)));

        Assert.All(told, notice => Assert.Contains("operator 'counts' keeps back", notice.Message, StringComparison.Ordinal));
        Assert.All(told, notice => Assert.Contains("Source partition 'numbers/1' holds it (3 partitions are above it)", notice.Message,
            StringComparison.Ordinal));
        _source.Hold(partition: 1, rows: OfEach);
        await Task.WhenAll(_notices[..2].Select(node => node.FirstAsync(JobNoticeKind.GoesOn)));
        await Task.WhenAll(jobs.Select(job => job.Completion));
        await Task.WhenAll(jobs.Select(job => job.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_sink_that_does_not_return_is_named_with_its_instance_and_node()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        var sink = new StuckSink();
        Pipeline pipeline = Pipeline.Create("stuck");
        pipeline.Read("numbers", _source).Write("orders", sink);
        ClusterJob[] jobs = await StartAsync(cluster, options => options with { Clock = new FastClock(4) }, pipeline);

        _source.Open(OfEach);
        JobNotice[] told = await Task.WhenAll(_notices[..2].Select(node => node.FirstAsync(JobNoticeKind.EpochHeldUp)));

        Assert.All(told, notice => Assert.Matches(
            @"epoch \d+ cannot end since .*'orders' \(instance '\S+/\d+' on node 'akka\.tcp://streams@127\.0\.0\.1:\d+#-?\d+'\) ",
            notice.Message));
        Assert.Contains(jobs[1].Conditions, static condition => condition is { Kind: JobNoticeKind.EpochHeldUp, Operator: "orders" });
        sink.GoOn.TrySetResult();
        await Task.WhenAll(_notices[..2].Select(node => node.FirstAsync(JobNoticeKind.EpochGoesOn)));
        await Task.WhenAll(jobs.Select(job => job.Completion));
        await Task.WhenAll(jobs.Select(job => job.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Any_node_may_end_an_epoch_and_drain_the_job()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(2);
        ClusterJob[] jobs = await StartAsync(cluster, options => options with { EpochInterval = TimeSpan.FromHours(1) });

        _source.Open(OfEach / 3);
        long first = await jobs[1].CommitAsync();
        long second = await jobs[0].CommitAsync();
        await jobs[1].DrainAsync();
        await jobs[0].Completion;

        Assert.True(0 < first && first < second && jobs[0].Epoch >= second, $"{first}, {second}, {jobs[0].Epoch}");
        Assert.Equal(CountsOfNodes.Expected(Rows / 3), CountsOfNodes.In(_store));
        await Assert.ThrowsAsync<JobException>(() => jobs[0].CommitAsync());
        await Task.WhenAll(jobs.Select(job => job.DisposeAsync().AsTask()));
    }

    private async Task<ClusterJob[]> StartAsync(ClusterOfNodes cluster, Func<JobOptions, JobOptions>? change = null,
        Pipeline? pipeline = null)
    {
        var options = new JobOptions { Parallelism = 3, EpochInterval = TimeSpan.FromMilliseconds(50) };
        options = change?.Invoke(options) ?? options;
        return await Task.WhenAll(cluster.Systems.Select((system, node) => ClusterJob.StartAsync(system,
            pipeline ?? CountsOfNodes.PipelineOf(() => _source), _store, options with { OnNotice = _notices[node].Take })));
    }

    /// <summary>Prepares nothing until it is let go on.</summary>
    private sealed class StuckSink : Sink<CountsOfNodes.Number>
    {
        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override string Description => "a sink that is stuck";

        public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

        public override ValueTask<SinkWriter<CountsOfNodes.Number>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
            new(new Writer(this));

        private sealed class Writer(StuckSink sink) : SinkWriter<CountsOfNodes.Number>
        {
            public override void Write(in Chunk<CountsOfNodes.Number> chunk)
            {
            }

            public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
            {
                await sink.GoOn.Task.WaitAsync(cancellation);
                return PreparedOutput.None;
            }
        }
    }
}
