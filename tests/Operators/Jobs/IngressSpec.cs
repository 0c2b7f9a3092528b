using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>Rows told to a job from code.</summary>
public sealed class IngressSpec
{
    private static Pipeline Copying(Ingress<int> ingress, Func<int, int>? through = null)
    {
        var pipeline = Pipeline.Create("told");
        pipeline.Read("numbers", ingress).KeyBy(n => n % 4)
            .EventSourced<long, int>("sums", (_, n) => [through?.Invoke(n) ?? n], (sum, n) => sum + n)
            .Write("out", Sinks.Table<int>("numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    private static string Numbers(MemoryStore store) => string.Join(' ', store.ReadTable("numbers").Select(row => (long)row[0]!).Order());

    [Fact]
    public async Task A_row_is_acknowledged_when_its_epoch_is_committed_and_not_before()
    {
        var memory = Store.InMemory();
        var commit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new WatchedStore(memory)
        {
            OnCommit = epoch =>
            {
                if (epoch.Tables.Count == 0)
                    return Task.CompletedTask;
                begun.TrySetResult();
                return commit.Task;
            },
        };
        var ingress = new Ingress<int>();
        await using Job job = await Job.StartAsync(Copying(ingress), store, Runs.Quick);
        Task told = ingress.TellAsync(7);
        await begun.Task.WaitAsync(Limits.Test);
        Assert.False(told.IsCompleted);
        commit.SetResult();
        await told.WaitAsync(Limits.Test);
        Assert.Equal("7", Numbers(memory));
    }

    [Fact]
    public async Task Rows_that_were_not_committed_are_read_again_when_the_job_restarts()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        int failures = 0;
        await using Job job = await Job.StartAsync(
            Copying(ingress, n => n % 10 == 3 && failures++ < 3 ? throw new InvalidOperationException("again") : n), memory,
            Runs.Quick with { Restart = new RestartPolicy(5, TimeSpan.Zero, TimeSpan.Zero) });
        await Task.WhenAll(Enumerable.Range(0, 30).Select(n => ingress.TellAsync(n))).WaitAsync(Limits.Test);
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 30)), Numbers(memory));
        ingress.Complete();
        await job.Completion.WaitAsync(Limits.Test);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ingress.TellAsync(1));
    }

    [Fact]
    public async Task A_full_ingress_waits_for_room_and_gives_it_back()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>(capacityRows: 4);
        Task[] told = [.. Enumerable.Range(0, 50).Select(n => ingress.TellAsync(n))];
        await using Job job = await Job.StartAsync(Copying(ingress), memory, Runs.Quick);
        await Task.WhenAll(told).WaitAsync(Limits.Test);
        Assert.Equal(50, memory.ReadTable("numbers").Count);
    }

    [Fact]
    public async Task An_ingress_that_is_complete_gives_the_room_back_that_a_refused_row_took()
    {
        var ingress = new Ingress<int>(capacityRows: 1);
        ingress.Complete();
        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<InvalidOperationException>(() => ingress.TellAsync(1).WaitAsync(Limits.Test));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_drained_job_refuses_rows_and_says_since_when_it_is_complete(bool isStartedAgain)
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        await using (Job job = await Job.StartAsync(Copying(ingress), memory, Runs.Quick))
        {
            await ingress.TellAsync(1).WaitAsync(Limits.Test);
            await job.DrainAsync().WaitAsync(Limits.Test);
        }

        if (isStartedAgain)
        {
            ingress = new Ingress<int>();
            await using Job again = await Job.StartAsync(Copying(ingress), memory, Runs.Quick);
            await again.Completion.WaitAsync(Limits.Test);
        }

        var refused = await Assert.ThrowsAsync<JobException>(() => ingress.TellAsync(2).WaitAsync(Limits.Test));
        Assert.Matches("Pipeline 'told', source 'numbers': the job is complete since epoch [0-9]+, because its input was drained or completed, and it reads no more rows. To begin anew, give the pipeline another name or the job another store.",
            refused.Message);
    }

    [Fact]
    public async Task A_job_that_is_stopped_acknowledges_what_it_read_and_refuses_the_rest()
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>(capacityRows: 2);
        await using Job job = await Job.StartAsync(Copying(ingress), memory, Runs.Quick with { EpochInterval = TimeSpan.FromHours(1) });
        Task[] told = [.. Enumerable.Range(0, 6).Select(n => ingress.TellAsync(n))];   // two at most are taken, the others wait for room
        await job.StopAsync().WaitAsync(Limits.Test);

        var durable = new List<int>();
        for (int n = 0; n < told.Length; n++)
        {
            try
            {
                await told[n].WaitAsync(Limits.Test);
                durable.Add(n);
            }
            catch (JobException error)
            {
                Assert.All((string[])["'told'", "'numbers'", "has ended", "Start the job again"],
                    part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
            }
        }

        Assert.Equal(string.Join(' ', durable), Numbers(memory));
        Assert.True(durable.Count < told.Length);
        await Assert.ThrowsAsync<JobException>(() => ingress.TellAsync(9).WaitAsync(Limits.Test));
    }

    [Fact]
    public async Task A_job_that_fails_tells_those_who_wait_why()
    {
        var ingress = new Ingress<int>();
        await using Job job = await Job.StartAsync(Copying(ingress, _ => throw new InvalidOperationException("no such number")),
            Store.InMemory(), Runs.Quick);
        JobException error = await Assert.ThrowsAsync<JobException>(() => ingress.TellAsync(1).WaitAsync(Limits.Test));
        Assert.Contains("no such number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_cannot_start_refuses_the_rows_that_waited_for_it()
    {
        var ingress = new Ingress<int>();
        Task told = ingress.TellAsync(1);
        await using Store store = Store.Sqlite("/nowhere/at/all.db");
        await Assert.ThrowsAsync<StoreException>(() => Job.StartAsync(Copying(ingress), store, Runs.Quick));
        await Assert.ThrowsAsync<JobException>(() => told.WaitAsync(Limits.Test));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_stop_or_a_crash_the_same_ingress_feeds_the_next_start(bool isStopped)
    {
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        for (int start = 0; start < 4; start++)
        {
            await using Job job = await Job.StartAsync(Copying(ingress), memory, Runs.Quick);
            await ingress.TellAsync(start * 2).WaitAsync(Limits.Test);
            await ingress.TellAsync((start * 2) + 1).WaitAsync(Limits.Test);
            if (isStopped)
                await job.StopAsync().WaitAsync(Limits.Test);
        }

        Assert.Equal("0 1 2 3 4 5 6 7", Numbers(memory));
    }
}
