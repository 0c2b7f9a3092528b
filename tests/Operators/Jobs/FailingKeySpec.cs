using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A row whose key cannot be computed is an error of the keyed operator, in whatever actor that is found.</summary>
public sealed class FailingKeySpec
{
    private static Pipeline Build(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("keys");
        pipeline.Read("numbers", source).KeyBy(n => n % 4 == 0 ? throw new InvalidOperationException("no key") : n % 4)
            .EventSourced<long, int>("sums", (_, n) => [n], (sum, n) => sum + n).Write("out", Sinks.ForEach<int>(_ => { }));
        return pipeline;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public async Task It_counts_once_over_all_restarts_and_numbers_of_actors(int partitions, int parallelism)
    {
        var source = new ScriptedSource<int>(partitions);
        MemoryStore store = Store.InMemory();
        for (int run = 1; run <= 3; run++)
        {
            for (int partition = 0; partition < partitions; partition++)
                source.AddTo(partition, 0, 1, 2, 3, 4);
            JobOptions options = Runs.Quick with { Errors = ErrorPolicy.Skip, Parallelism = run == 2 ? 2 : parallelism };
            await using Job job = await Job.StartAsync(Build(source), store, options);
            for (int partition = 0; partition < partitions; partition++)
                await source.CommittedAsync(5 * run, partition);
            Assert.Equal(2 * partitions * run, job.Metrics.CounterOf(new("sums"), Counters.Errors));
            Assert.Equal(3 * partitions * run, job.Metrics.CounterOf(new("sums"), Counters.Rows));
            await job.CrashAsync();
        }

        source.End();
        await using Job last = await Job.StartAsync(Build(source), store,
            Runs.Quick with { Errors = ErrorPolicy.Skip, Parallelism = parallelism });
        await last.Completion.WaitAsync(Limits.Test);
        Assert.Equal(6 * partitions, last.Metrics.CounterOf(new("sums"), Counters.Errors));
        Assert.Equal(6 * partitions, store.ReadTable("dead_letters").Count);
    }
}
