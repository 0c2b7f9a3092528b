using System.Collections.Concurrent;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What whoever runs a job is told: of restarts and waits that end well, of the operator that failed, of options that cannot be;
/// and that no stop takes for ever.</summary>
public sealed class OperatingSpec
{
    private static Pipeline Copying(Source<int> source, Sink<int> sink)
    {
        var pipeline = Pipeline.Create("operated");
        pipeline.Read("numbers", source).Write("out", sink);
        return pipeline;
    }

    [Fact]
    public async Task A_restart_is_told_with_its_reason()
    {
        var notices = new ConcurrentQueue<JobNotice>();
        int failures = 0;
        Pipeline pipeline = Copying(Sources.Of([1]), Sinks.ForEach<int>(_ =>
        {
            if (failures++ == 0)
                throw new IOException("line is down");
        }));
        await pipeline.ToEndAsync(Store.InMemory(),
            Runs.Quick with { Restart = new RestartPolicy(3, TimeSpan.Zero, TimeSpan.Zero), OnNotice = notices.Enqueue });

        JobNotice notice = Assert.Single(notices);
        Assert.Equal(("operated", JobNoticeKind.Restarting), (notice.Pipeline, notice.Kind));
        Assert.Contains("attempt 1 of 3", notice.Message, StringComparison.Ordinal);
        Assert.Contains("line is down", notice.Error!.Message, StringComparison.Ordinal);
        Assert.StartsWith("Restarting: Pipeline 'operated' restarts from epoch 0", notice.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_told_and_shown_and_so_is_its_return()
    {
        var notices = new ConcurrentQueue<JobNotice>();
        int attempts = 0;
        var job = new TaskCompletionSource<Job>();
        JobCondition? shown = null;
        var store = new WatchedStore(Store.InMemory())
        {
            OnCommit = async _ =>
            {
                if (attempts++ < 2)
                    throw new StoreException("the disk is full", isTransient: true);
                shown ??= Assert.Single((await job.Task).Conditions);   // at the attempt that succeeds; later epochs have nothing to show
            },
        };
        await using Job started = await Job.StartAsync(Copying(Sources.Of([1]).RateLimit(100), Sinks.ForEach<int>(_ => { })), store,
            Runs.Quick with { OnNotice = notices.Enqueue });
        job.TrySetResult(started);
        await started.Completion.WaitAsync(Limits.Test);

        Assert.Equal([JobNoticeKind.StoreUnavailable, JobNoticeKind.StoreAvailable], notices.Select(notice => notice.Kind));
        Assert.Contains("the disk is full", notices.First().Message, StringComparison.Ordinal);
        Assert.Equal(JobNoticeKind.StoreUnavailable, shown!.Kind);
        Assert.EndsWith("waits for its store; sources wait, nothing is lost: the disk is full", shown.Message, StringComparison.Ordinal);
        Assert.True(shown.Since <= shown.SeenAt);
        Assert.Empty(started.Conditions);
    }

    [Fact]
    public async Task Who_listens_and_throws_does_not_end_the_job()
    {
        int failures = 0;
        Pipeline pipeline = Copying(Sources.Of([1]), Sinks.ForEach<int>(_ =>
        {
            if (failures++ == 0)
                throw new IOException("once");
        }));
        await pipeline.ToEndAsync(Store.InMemory(),
            Runs.Quick with
            {
                Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.Zero),
                OnNotice = _ => throw new InvalidOperationException("the log is broken")
            });
    }

    [Fact]
    public async Task A_sink_that_throws_is_named()
    {
        JobException error = await Copying(Sources.Of([1]), Sinks.ForEach<int>(_ => throw new IOException("no paper")))
            .FailsAsync<JobException>();
        Assert.Equal(
            "Pipeline 'operated', sink 'out': IOException: no paper. The job ends here; started again, by hand or by JobOptions.Restart, it goes on from the last committed epoch.", error.Message);
        Assert.IsType<IOException>(error.InnerException);
    }

    [Fact]
    public async Task A_source_that_throws_is_named()
    {
        SourceException error = await Copying(Sources.From(Broken()), Sinks.ForEach<int>(_ => { })).FailsAsync<SourceException>();
        Assert.StartsWith("Pipeline 'operated', source 'numbers': ", error.Message, StringComparison.Ordinal);
        Assert.Contains("feed broke", error.Message, StringComparison.Ordinal);

        static async IAsyncEnumerable<int> Broken()
        {
            yield return 1;
            await Task.Yield();
            throw new IOException("feed broke");
        }
    }

    [Fact]
    public async Task What_cannot_be_opened_is_named()
    {
        SourceException source = await Copying(Csv.File<int>("no-such-file.csv"), Sinks.ForEach<int>(_ => { }))
            .FailsAsync<SourceException>();
        Assert.StartsWith("Pipeline 'operated', source 'numbers': File '", source.Message, StringComparison.Ordinal);
        SinkException sink = await Copying(Sources.Of([1]), JsonLines.ToFile<int>("no-such-folder/rows.json")).FailsAsync<SinkException>();
        Assert.StartsWith("Pipeline 'operated', sink 'out': File '", sink.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Issue", "C9")]
    public async Task The_wait_for_a_stop_can_be_ended_where_a_sink_never_returns()
    {
        var called = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        await using Job job = await Job.StartAsync(Copying(Sources.Of([1]), Sinks.ForEachBatch<int>(async (_, _) =>
        {
            called.TrySetResult();
            await never.Task;
        })), Store.Volatile, Runs.Quick);
        await called.Task.WaitAsync(Limits.Test);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        OperationCanceledException ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => job.StopAsync(patience.Token).WaitAsync(Limits.Test));
        Assert.StartsWith(
            "Pipeline 'operated': the wait for its stop was ended before epoch 1, the last one, was committed; it waits for '",
            ended.Message, StringComparison.Ordinal);
        Assert.Contains("The job is not stopped yet", ended.Message, StringComparison.Ordinal);
        Assert.False(job.Completion.IsCompleted);
        never.SetResult();
        await job.StopAsync().WaitAsync(Limits.Test);
    }

    [Fact]
    public async Task The_file_of_a_job_that_has_ended_is_whole_even_if_nobody_closes_the_store()
    {
        using var file = new TemporaryFile();
        await using Store store = Store.Sqlite(file.Path);
        await Copying(Sources.Of(Enumerable.Range(0, 1000).ToArray()), Sinks.Table<int>("numbers", t => t.Column("n", n => n)))
            .ToEndAsync(store);
        Assert.Equal(0, new FileInfo(file.Path + "-wal").Length);
        Assert.Equal(1000L, file.Count("numbers"));
    }

    [Fact]
    public async Task A_volatile_job_does_not_start_either_once_its_start_is_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
        () => Job.StartAsync(Copying(Sources.Of([1]), Sinks.ForEach<int>(_ => { })), Store.Volatile,
            cancellation: new CancellationToken(canceled: true)));

    public static TheoryData<string, JobOptions> Impossible => new()
    {
        { "EpochInterval", new JobOptions { EpochInterval = TimeSpan.MaxValue } },
        { "MaxEventTimeLeap", new JobOptions { MaxEventTimeLeap = TimeSpan.Zero } },
        { "StateFolder", new JobOptions { StateFolder = " " } },
        { "Restart", new JobOptions { Restart = RestartPolicy.BackOff with { MaxSameErrors = 0 } } },
        { "MaxEventTimeAhead", new JobOptions { MaxEventTimeAhead = TimeSpan.FromSeconds(-1) } },
        { "Restart", new JobOptions { Restart = new RestartPolicy(-1, TimeSpan.Zero, TimeSpan.Zero) } },
        { "Restart", new JobOptions { Restart = new RestartPolicy(1, TimeSpan.FromSeconds(-1), TimeSpan.Zero) } },
        { "Restart", new JobOptions { Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.MaxValue) } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task Options_that_cannot_be_are_refused_at_the_start(string name, JobOptions options)
    {
        PipelineException error = await Copying(Sources.Of([1]), Sinks.ForEach<int>(_ => { }))
            .FailsAsync<PipelineException>(options: options);
        Assert.StartsWith($"Pipeline 'operated': JobOptions.{name} is ", error.Message, StringComparison.Ordinal);
    }
}
