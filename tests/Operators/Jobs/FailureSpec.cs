using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What a job does when its code, its store or another writer stands in its way.</summary>
public sealed class FailureSpec
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private static Pipeline Copying(Source<int> source, Func<int, int>? through = null)
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("numbers", source).KeyBy(n => n % 4)
            .EventSourced<long, int>("sums", (_, n) => [through?.Invoke(n) ?? n], (sum, n) => sum + n)
            .Write("out", Sinks.Table<int>("numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    private static string Numbers(MemoryStore store) => string.Join(' ', store.ReadTable("numbers").Select(row => (long)row[0]!).Order());

    [Fact]
    public async Task A_job_restarts_after_each_failure_and_goes_on_exactly_once()
    {
        int failures = 0;
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        source.End();
        await using Job job = await Job.StartAsync(
            Copying(source, n => n == 2 && failures++ < 2 ? throw new InvalidOperationException("again") : n), store,
            Runs.Quick with { Restart = new RestartPolicy(5, TimeSpan.Zero, TimeSpan.Zero) });
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal((2, "1 2 3"), (job.Restarts, Numbers(store)));
    }

    [Fact]
    public async Task Restarts_back_off_by_the_clock_and_the_last_failure_tells_the_original_error()
    {
        var clock = new ManualClock();
        await using Job job = await Job.StartAsync(Copying(Sources.Of([1]), _ => throw new InvalidOperationException("always")),
            Store.InMemory(),
            Runs.Quick with
            {
                Clock = clock,
                EpochInterval = TimeSpan.FromHours(1),
                Restart = new RestartPolicy(4, s_second, 3 * s_second)
            });
        foreach (int seconds in (int[])[1, 2, 3, 3])
        {
            await clock.WaitedForAsync(seconds * s_second, seconds * s_second);
            clock.Advance(seconds * s_second);
        }

        JobException error = await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Contains("always", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, job.Restarts);
    }

    [Fact]
    public async Task A_job_that_waits_to_restart_can_be_stopped_and_be_disposed_of()
    {
        foreach (bool isStopped in (bool[])[true, false])
        {
            var clock = new ManualClock();
            await using Job job = await Job.StartAsync(Copying(Sources.Of([1]), _ => throw new InvalidOperationException("always")),
                Store.InMemory(),
                Runs.Quick with { Clock = clock, Restart = RestartPolicy.BackOff });
            await clock.WaitedForAsync(s_second, s_second);
            await (isStopped ? job.StopAsync().WaitAsync(Limits.Test) : job.CrashAsync());
            Assert.True(job.Completion.IsCompleted);
        }
    }

    [Fact]
    public async Task An_epoch_that_commits_starts_the_count_of_restarts_anew()
    {
        var source = new ScriptedSource<int>();
        int failAt = 0;
        var store = Store.InMemory();
        await using Job job = await Job.StartAsync(
            Copying(source, n => n == Interlocked.CompareExchange(ref failAt, -1, n) ? throw new InvalidOperationException("once") : n),
            store,
            Runs.Quick with { Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.Zero) });
        for (int n = 1; n <= 5; n++)
        {
            Volatile.Write(ref failAt, n);
            source.Add(n);
            await source.CommittedAsync(n);
        }

        Assert.Equal((5, "1 2 3 4 5"), (job.Restarts, Numbers(store)));
    }

    [Fact]
    public async Task The_older_of_two_jobs_on_one_store_fails_as_fenced_and_ends_all_its_actors()
    {
        var memory = Store.InMemory();
        var source = new ScriptedSource<int>().Add(1);
        await using Job older = await Job.StartAsync(Copying(source), memory, Runs.Quick with { Restart = RestartPolicy.BackOff });
        await source.CommittedAsync(1);
        await using Job newer = await Job.StartAsync(Copying(source), memory, Runs.Quick);

        await Assert.ThrowsAsync<FencedException>(() => older.Completion.WaitAsync(Limits.Test));

        Assert.All(older.Run.Tasks, task => Assert.True(task.IsCompleted));
        Assert.Equal(0, older.Restarts);
        source.Add(2);
        await source.CommittedAsync(2);
        Assert.Equal("1 2", Numbers(memory));
    }

    [Fact]
    public async Task A_store_that_takes_nothing_for_a_while_pauses_the_sources_and_loses_nothing()
    {
        var memory = Store.InMemory();
        int attempts = 0;
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new WatchedStore(memory)
        {
            OnCommit = commit =>
            {
                if (commit.Epoch != 2 || ++attempts > 4)
                    return Task.CompletedTask;
                refused.TrySetResult();
                throw new StoreException("disk full", isTransient: true);
            },
        };
        var clock = new ManualClock();
        var source = new ScriptedSource<int> { RowsPerRead = 10 }.Add([.. Enumerable.Range(0, 100)]);
        await using Job job = await Job.StartAsync(Copying(source), store, Runs.Quick with { Clock = clock });
        while (source.Read < 100)
            await Task.Yield();
        while (!refused.Task.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.WhenAny(refused.Task.WaitAsync(TimeSpan.FromMilliseconds(5)));
        }

        foreach (int wait in (int[])[100, 200, 400, 800])
        {
            await clock.WaitedForAsync(TimeSpan.FromMilliseconds(wait), TimeSpan.FromMilliseconds(wait));
            if (wait == 400)
            {
                // Paused: rows that come now are not read before the store has taken the epoch.
                source.Add([.. Enumerable.Range(100, 500)]);
                Assert.InRange(source.Read, 100, 120);
            }

            clock.Advance(TimeSpan.FromMilliseconds(wait));
        }

        await store.EpochAsync(2);
        source.End();
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal((5, 0), (attempts, job.Restarts));
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 600)), Numbers(memory));
    }

    [Fact]
    public async Task A_full_disk_holds_the_job_until_there_is_room()
    {
        using var file = new TemporaryFile();
        await using Store store = Store.Sqlite(file.Path, new SqliteOptions { MaxPages = 24 });
        var source = new ScriptedSource<int>().Add([.. Enumerable.Range(0, 120_000)]);
        source.End();
        await using Job job = await Job.StartAsync(Copying(source), store,
            Runs.Quick with { EpochInterval = TimeSpan.FromMilliseconds(50) });

        while (job.Run.LastStoreError is null && !job.Completion.IsCompleted)
            await Task.Yield();

        Assert.Contains("disk is full", job.Run.LastStoreError, StringComparison.Ordinal);
        Assert.Contains(file.Path, job.Run.LastStoreError, StringComparison.Ordinal);
        Assert.False(job.Completion.IsCompleted);
        await job.CrashAsync();

        await using Store roomy = Store.Sqlite(file.Path);
        await Copying(source).ToEndAsync(roomy);
        Assert.Equal((120_000L, 120_000L), (file.Count("numbers"), file.Count("(SELECT DISTINCT n FROM numbers)")));
    }

    [Fact]
    public async Task An_error_of_the_store_that_will_not_pass_fails_the_job()
    {
        var store = new WatchedStore(Store.InMemory()) { OnCommit = _ => throw new StoreException("the file is damaged") };
        StoreException error = await Copying(Sources.Of([1])).FailsAsync<StoreException>(store);
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_can_be_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Job.StartAsync(Copying(Sources.Of([1])), Store.InMemory(), Runs.Quick, new CancellationToken(canceled: true)));
}
