using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>A result that cannot be computed is an error of its key's pane, not of the window or the actor.</summary>
public sealed class FailingResultSpec
{
    /// <summary>One window, <paramref name="keys"/> keys with a row each; a key that <paramref name="isBad"/> has a result that
    /// throws.</summary>
    private static Pipeline Build(int keys, Func<long, bool> isBad, ICollection<int> results)
    {
        var pipeline = Pipeline.Create("results");
        pipeline.Read("keys", Sources.Of([.. Enumerable.Range(0, keys)])).WithEventTime(_ => 5L, Watermarks.Monotonic()).KeyBy(key => key)
            .Window("sums", Window.Tumbling(TimeSpan.FromMicroseconds(10)))
            .Aggregate(Aggregate.Of<int>().Sum(key => (long)key)
                .Into(sum => isBad(sum) ? throw new DivideByZeroException("no rows left") : sum))
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(result => results.Add(result.Key)));
        return pipeline;
    }

    [Fact]
    public async Task Under_fail_the_error_names_pipeline_operator_key_and_window()
    {
        JobException error = await Build(20, sum => sum == 7, []).FailsAsync<JobException>(Store.InMemory());
        Assert.All(
            (string[])["'results'", "'sums'", "key '7'", "[1970-01-01T00:00:00Z, 1970-01-01T00:00:00.00001Z)",
                "DivideByZeroException: no rows left", "ErrorPolicy.Skip"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Under_skip_the_pane_becomes_a_dead_letter_and_firing_goes_on(int parallelism)
    {
        var results = new List<int>();
        MemoryStore store = Store.InMemory();
        JobOptions options = Runs.Quick with { Errors = ErrorPolicy.Skip, Parallelism = parallelism, LaneBatches = 1, BatchRows = 16 };
        await using Job job = await Job.StartAsync(Build(5_000, sum => sum % 3 == 0, results), store, options);
        await job.Completion.WaitAsync(Limits.Test);

        Assert.Equal(Enumerable.Range(0, 5_000).Where(key => key % 3 != 0), results.Order());
        Assert.Equal(1_667, job.Metrics.CounterOf(new("sums"), Counters.Errors));
        Assert.Equal(1_667, store.ReadTable("dead_letters").Select(letter => letter[3]).Distinct().Count());
        object?[] letterOf6 = Assert.Single(store.ReadTable("dead_letters"),
            letter => ((string)letter[3]!).Contains("key '6'", StringComparison.Ordinal));
        Assert.Equal(("sums", "DivideByZeroException: no rows left", "Window [1970-01-01T00:00:00Z, 1970-01-01T00:00:00.00001Z), key '6'"),
            (letterOf6[1], letterOf6[2], letterOf6[3]));
        Assert.Equal(("", -1L, EventTime.ToDateTimeOffset(9)), (letterOf6[4], letterOf6[5], letterOf6[6]));
    }

    [Fact]
    public async Task Every_result_may_fail()
    {
        MemoryStore store = Store.InMemory();
        await Build(2_000, _ => true, [])
            .ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip, LaneBatches = 1, BatchRows = 16 });
        Assert.Equal(2_000, store.ReadTable("dead_letters").Count);
    }
}
