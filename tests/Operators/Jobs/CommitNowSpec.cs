using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>Who waits for a commit can ask for one: several askers share an epoch, and a storm of them makes one epoch after another, at
/// least 10 ms apart.</summary>
[Trait("Issue", "C10")]
public sealed class CommitNowSpec
{
    /// <summary>Epochs that nobody asks for do not come.</summary>
    private static readonly JobOptions s_slow = Runs.Quick with { EpochInterval = TimeSpan.FromDays(1) };

    private static Pipeline Copying(Ingress<int> ingress, Func<int, int>? map = null)
    {
        var pipeline = Pipeline.Create("copied");
        pipeline.Read("told", ingress).Map(map ?? (n => n)).Write("numbers", Sinks.Table<int>("numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    private static string Numbers(MemoryStore store) => string.Join(' ', store.ReadTable("numbers").Select(row => (long)row[0]!).Order());

    [Fact]
    public async Task A_row_that_is_told_now_does_not_wait_for_the_interval()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        await using Job job = await Job.StartAsync(Copying(ingress), memory, s_slow);
        for (int n = 1; n <= 20; n++)
        {
            await ingress.TellNowAsync(n).WaitAsync(Limits.Test);
            Assert.Equal(n, memory.ReadTable("numbers").Count);
        }
    }

    [Fact]
    public async Task A_batch_is_durable_together_and_so_is_what_was_told_before_it()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        await using Job job = await Job.StartAsync(Copying(ingress), memory, s_slow);
        Task before = ingress.TellAsync(1);
        await ingress.TellNowAsync([2, 3, 4]).WaitAsync(Limits.Test);
        await before.WaitAsync(Limits.Test);
        Assert.Equal("1 2 3 4", Numbers(memory));
        Assert.InRange(job.Epoch, 1, 2);
    }

    [Fact]
    public async Task A_row_told_now_before_the_start_or_a_failure_is_committed_without_the_interval_all_the_same()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        int failures = 0;
        Task told = ingress.TellNowAsync(7);
        await using Job job = await Job.StartAsync(
            Copying(ingress, n => failures++ < 2 ? throw new InvalidOperationException("again") : n), memory,
            s_slow with { Restart = new RestartPolicy(5, TimeSpan.Zero, TimeSpan.Zero) });
        await told.WaitAsync(Limits.Test);
        Assert.Equal((2, "7"), (job.Restarts, Numbers(memory)));
    }

    [Fact]
    public async Task A_job_that_is_asked_to_commit_tells_the_epoch_once_it_is()
    {
        await using Job job = await Job.StartAsync(Copying(new Ingress<int>()), Store.InMemory(), s_slow);
        Assert.Equal(1, await job.CommitAsync().WaitAsync(Limits.Test));
        Assert.Equal(1, job.Epoch);
        Assert.Equal(2, await job.CommitAsync().WaitAsync(Limits.Test));
    }

    [Fact]
    public async Task Askers_share_an_epoch_and_asked_epochs_keep_ten_milliseconds_apart()
    {
        var clock = new ManualClock();
        await using Job job = await Job.StartAsync(Copying(new Ingress<int>()), Store.InMemory(), s_slow with { Clock = clock });
        Assert.Equal(1, await job.CommitAsync().WaitAsync(Limits.Test));

        Task<long>[] asks = [.. Enumerable.Range(0, 100).Select(_ => job.CommitAsync())];
        await clock.WaitedForAsync(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10));
        Assert.All(asks, ask => Assert.False(ask.IsCompleted));
        clock.Advance(TimeSpan.FromMilliseconds(10));

        Assert.All(await Task.WhenAll(asks).WaitAsync(Limits.Test), epoch => Assert.Equal(2, epoch));
    }

    [Fact]
    public async Task Who_asks_a_job_that_has_ended_is_told_so()
    {
        await using Job job = await Job.StartAsync(Copying(new Ingress<int>()), Store.InMemory(), s_slow);
        await job.StopAsync().WaitAsync(Limits.Test);
        JobException error = await Assert.ThrowsAsync<JobException>(() => job.CommitAsync().WaitAsync(Limits.Test));
        Assert.Contains("Pipeline 'copied': the run of the job has ended after epoch 1", error.Message, StringComparison.Ordinal);
    }
}
