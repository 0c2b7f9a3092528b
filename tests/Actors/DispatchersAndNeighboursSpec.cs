using ActorStreams.Authoring;
using Akka.Actor;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests;

/// <summary>Jobs get along with few threads, and with each other.</summary>
public sealed class DispatchersAndNeighboursSpec
{
    private const string OneThread = """
        {
          type = ForkJoinDispatcher
          throughput = 1
          dedicated-thread-pool { thread-count = 1 }
        }
        """;

    [Fact]
    public async Task A_dispatcher_with_one_thread_runs_a_whole_job()
    {
        ActorSystem system = NewSystem($$"""
            one-thread {{OneThread}}
            actorstreams.dispatcher = one-thread
            """);
        string folder = Directory.CreateTempSubdirectory("actors").FullName;
        Store file = Store.Sqlite(Path.Combine(folder, "numbers.db"));
        var numbers = new Numbers();
        await using (Job job = await Job.StartAsync(Copying(numbers), file, Quick with { System = system }).WaitAsync(Limits.Test))
        {
            await numbers.ToAsync(5000);
            await job.CommitAsync().WaitAsync(Limits.Test);
            system.ActorSelection("/user/actorstreams/copying/*").Tell(Kill.Instance);
            await numbers.ToAsync(10_000);
            numbers.End(10_000);
            await job.Completion.WaitAsync(Limits.Test);
        }

        await using (Job again = await Job.StartAsync(Copying(numbers), file, Quick with { System = system }).WaitAsync(Limits.Test))
        {
            await again.Completion.WaitAsync(Limits.Test);   // it was complete
            EntityRef<int, long> sum = again.Entity(new EntityHandle<int, long>("sums"), 1);
            Assert.Equal(Enumerable.Range(1, 10_000).Where(n => n % 4 == 1).Sum(n => (long)n), await sum.AskAsync().WaitAsync(Limits.Test));
        }

        await system.Terminate().WaitAsync(Limits.Test);
        await file.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_system_whose_dispatchers_have_one_thread_together_runs_a_whole_job()
    {
        ActorSystem system = NewSystem($$"""
            akka.actor.default-dispatcher {{OneThread}}
            akka.actor.internal-dispatcher = akka.actor.default-dispatcher
            actorstreams.dispatcher = akka.actor.default-dispatcher
            """);
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        Assert.Equal(UpTo(1000), await RestOfAsync(numbers, 1000, store, system));
        await system.Terminate().WaitAsync(Limits.Test);
    }

    [Fact]
    public async Task Two_jobs_of_one_pipeline_run_side_by_side_where_they_share_no_store()
    {
        ActorSystem system = NewSystem();
        (Numbers one, Numbers other) = (new Numbers(), new Numbers());
        await using Job first = await system.ActorStreams().StartAsync(Copying(one), Store.InMemory(), Quick).WaitAsync(Limits.Test);
        await using Job second = await system.ActorStreams().StartAsync(Copying(other), Store.InMemory(), Quick).WaitAsync(Limits.Test);

        Assert.Equal(["copying", "copying-2"],
            new[] { first, second }.Select(job => system.ActorStreams().ActorOf(job).Path.Name));
        Assert.Same(second, system.ActorStreams().Jobs["copying"]);
        one.End(10);
        other.End(20);
        await Task.WhenAll(first.Completion, second.Completion).WaitAsync(Limits.Test);
        await system.Terminate();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_jobs_of_one_pipeline_in_one_store_the_later_overtakes_the_other_in_one_system_or_two(bool isOneSystem)
    {
        ActorSystem system = NewSystem(), otherSystem = isOneSystem ? system : NewSystem();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        await using Job first = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);

        await using Job second = await Job.StartAsync(Copying(numbers), store, Quick with { System = otherSystem }).WaitAsync(Limits.Test);

        await numbers.ToAsync(200);
        await Assert.ThrowsAsync<FencedException>(() => first.Completion.WaitAsync(Limits.Test));
        numbers.End(300);
        await second.Completion.WaitAsync(Limits.Test);
        Assert.Equal(UpTo(300), store.ReadTable("numbers").Select(row => (long)row[0]!).Order());
        await system.Terminate();
        await otherSystem.Terminate();
    }

    [Fact]
    public async Task A_job_that_was_disposed_of_is_known_no_more()
    {
        ActorSystem system = NewSystem();
        Job job = await system.ActorStreams().StartAsync(Copying(new Numbers()), Store.Volatile, Quick).WaitAsync(Limits.Test);
        IActorRef actor = system.ActorStreams().ActorOf(job);
        Assert.Same(job, system.ActorStreams().Jobs["copying"]);

        await job.DisposeAsync();

        Assert.False(system.ActorStreams().Jobs.TryGet("copying", out _));
        await actor.WatchAsync().WaitAsync(Limits.Test);
        await system.Terminate();
    }
}
