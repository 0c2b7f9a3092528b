using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Keys;

/// <summary>Each job has a seed of its own for the hashes of its keys, drawn when it begins and kept ever after.</summary>
[Trait("Issue", "D5")]
public sealed class JobSeedSpec
{
    [Fact]
    public async Task Each_job_draws_a_seed()
    {
        await using Store store = Store.InMemory();
        ulong[] seeds =
            [await SeedOfAsync("one", store), await SeedOfAsync("two", store), await SeedOfAsync("three", null),
                await SeedOfAsync("four", null)];
        Assert.Equal(4, seeds.Distinct().Count());
        Assert.All(seeds, seed => Assert.NotEqual(0UL, seed));
    }

    [Fact]
    public async Task A_seed_is_kept_across_restarts_and_rescaling()
    {
        await using Store store = Store.InMemory();
        ulong first = await SeedOfAsync("shop", store);
        Assert.Equal(first, await SeedOfAsync("shop", store, Runs.Quick with { Parallelism = 3 }));
        Assert.Equal(first, await SeedOfAsync("shop", store, Runs.Quick with { RestartFromEpoch = 1 }));
    }

    [Fact]
    public void A_simulation_draws_from_its_seed()
    {
        Assert.Equal(SimulatedSeed(1), SimulatedSeed(1));
        Assert.NotEqual(SimulatedSeed(1), SimulatedSeed(2));
        Assert.NotEqual(0UL, SimulatedSeed(1));
    }

    private static async Task<ulong> SeedOfAsync(string name, Store? store, JobOptions? options = null)
    {
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        await using Job job = await Job.StartAsync(Build(name, source), store, (options ?? Runs.Quick) with { RetainEpochs = 1000 });
        ulong seed = job.Run.Shards.Seed;
        if (store is not null)
            await job.StopAsync();
        return seed;
    }

    private static ulong SimulatedSeed(ulong seed)
    {
        var scheduler = new SimulationScheduler(seed);
        return scheduler.Run(async () =>
        {
            await using Job job =
                await Job.StartAsync(Build("simulated", new ScriptedSource<int>().Add(1)), null,
                    Runs.Quick.On(scheduler));
            return job.Run.Shards.Seed;
        });
    }

    private static Pipeline Build(string name, ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create(name);
        pipeline.Read("numbers", source).WithEventTime(number => number * 1_000_000L, Watermarks.Monotonic()).KeyBy(number => number)
            .Window("counts", Window.Tumbling(TimeSpan.FromHours(1))).Aggregate(Aggregate.Of<int>().Count())
                .Write("out", Sinks.ForEach<WindowResult<int, long>>(_ => { }));
        return pipeline;
    }
}
