using ActorStreams.Authoring;
using Akka.Actor;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests;

/// <summary>An actor that is stopped from outside takes down what it runs and no more: nothing is lost or repeated, nobody waits for ever,
/// and whoever asks is told.</summary>
public sealed class StoppedFromOutsideSpec
{
    /// <summary>What anybody can send to an actor.</summary>
    public static TheoryData<string> Ends => ["Kill", "PoisonPill"];

    [Fact]
    public async Task A_system_that_is_terminated_commits_the_last_epoch_of_its_jobs()
    {
        ActorSystem system = NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job job = await Job.StartAsync(Copying(numbers), store,
            Quick with { System = system, EpochInterval = TimeSpan.FromHours(1) }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);

        await system.Terminate().WaitAsync(Limits.Test);

        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(1, job.Epoch);
        Assert.Equal(UpTo(100), store.ReadTable("numbers").Select(row => (long)row[0]!).Order());
        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store));
    }

    [Fact]
    public async Task A_system_whose_phases_are_fixed_commits_last_epochs_when_requests_are_done()
    {
        ActorSystem system = NewSystem();
        _ = CoordinatedShutdown.Get(system);   // reads its phases, as a cluster node does at its start
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job job = await Job.StartAsync(Copying(numbers), store,
            Quick with { System = system, EpochInterval = TimeSpan.FromHours(1) }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);

        await system.Terminate().WaitAsync(Limits.Test);

        Assert.Equal(1, job.Epoch);
        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store));
    }

    [Fact]
    public async Task A_system_that_ends_at_once_ends_its_jobs_and_they_say_where_they_go_on()
    {
        ActorSystem system = NewSystem("akka.coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off }");
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);
        await job.CommitAsync().WaitAsync(Limits.Test);
        await numbers.ToAsync(150);

        await system.Terminate().WaitAsync(Limits.Test);

        JobException error = await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Contains($"the job's actor was stopped after epoch {job.Epoch}, with its ActorSystem or by itself; started again, the job goes on",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store));
    }

    [Fact]
    public async Task A_system_that_has_terminated_starts_nothing_and_says_so()
    {
        ActorSystem system = NewSystem();
        system.ActorStreams();
        await system.Terminate().WaitAsync(Limits.Test);
        JobException error = await Assert.ThrowsAsync<JobException>(() => Job.StartAsync(Copying(new Numbers()), Store.InMemory(),
            Quick with { System = system }).WaitAsync(Limits.Test));
        Assert.Contains("the ActorSystem 'shop' has", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Stage_instances_that_are_stopped_are_an_attempt_that_failed_and_the_next_goes_on(string end)
    {
        ActorSystem system = NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        var told = new TaskCompletionSource<JobNotice>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (Job job = await Job.StartAsync(Copying(numbers), store,
            Quick with { System = system, OnNotice = notice => told.TrySetResult(notice) }).WaitAsync(Limits.Test))
        {
            await numbers.ToAsync(100);
            await job.CommitAsync().WaitAsync(Limits.Test);
            await numbers.ToAsync(150);

            IActorRef actor = system.ActorStreams().ActorOf(job);
            ((ActorRefWithCell)actor).Children.First(child => !child.Path.Name.StartsWith("entities-", StringComparison.Ordinal))
                .Tell(Message(end));

            JobNotice notice = await told.Task.WaitAsync(Limits.Test);
            Assert.Equal(JobNoticeKind.Restarting, notice.Kind);
            Assert.Contains("was stopped from outside", notice.Message, StringComparison.Ordinal);
            numbers.End(200);
            await job.Completion.WaitAsync(Limits.Test);
            Assert.Equal(1, job.Restarts);
        }

        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store));
        await system.Terminate();
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task All_stage_instances_of_a_job_may_be_stopped_at_once(string end)
    {
        ActorSystem system = NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using (Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test))
        {
            for (int round = 1; round <= 3; round++)
            {
                await numbers.ToAsync(100 * round);
                system.ActorSelection("/user/actorstreams/copying/*").Tell(Message(end));
            }

            numbers.End(400);
            await job.Completion.WaitAsync(Limits.Test);
        }

        Assert.Equal(UpTo(400), store.ReadTable("numbers").Select(row => (long)row[0]!).Order());
        await system.Terminate();
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_job_whose_actor_is_stopped_ends_and_goes_on_when_it_is_started_again(string end)
    {
        ActorSystem system = NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);

        system.ActorStreams().ActorOf(job).Tell(Message(end));

        JobException error = await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Contains("the job's actor was stopped", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobException>(() => job.CommitAsync().WaitAsync(Limits.Test));
        await Assert.ThrowsAsync<JobException>(() => job.StopAsync().WaitAsync(Limits.Test));
        await job.DisposeAsync().AsTask().WaitAsync(Limits.Test);
        Assert.Equal(0, numbers.Open);
        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store, system));
        await system.Terminate();
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Without_the_actor_of_all_jobs_each_has_ended_and_none_starts(string end)
    {
        ActorSystem system = NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);

        system.ActorSelection("/user/actorstreams").Tell(Message(end));

        await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        JobException error = await Assert.ThrowsAsync<JobException>(() => Job.StartAsync(Copying(numbers), store,
            Quick with { System = system }).WaitAsync(Limits.Test));
        Assert.Contains("/user/actorstreams of the ActorSystem 'shop' has stopped", error.Message, StringComparison.Ordinal);
        Assert.Equal(UpTo(200), await RestOfAsync(numbers, 200, store));
        await system.Terminate();
    }

    [Fact]
    public async Task A_start_that_is_under_way_when_its_system_ends_is_told()
    {
        ActorSystem system = NewSystem();
        var numbers = new Numbers();
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new SlowStore(opening);
        Task<Job> start = Job.StartAsync(Copying(numbers), store, Quick with { System = system });
        await opening.Task.WaitAsync(Limits.Test);

        await system.Terminate().WaitAsync(Limits.Test);

        JobException error = await Assert.ThrowsAsync<JobException>(() => start.WaitAsync(Limits.Test));
        Assert.Contains("before the job had begun", error.Message, StringComparison.Ordinal);
        store.Opens.SetResult();   // what was begun comes to its end, and nothing of it stays open
        await numbers.JobEnded.Task.WaitAsync(Limits.Test);
        Assert.Equal(0, numbers.Open);
    }

    private static object Message(string end) => end == "Kill" ? Kill.Instance : PoisonPill.Instance;
}
