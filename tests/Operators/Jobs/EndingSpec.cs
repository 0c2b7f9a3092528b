using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>How a job ends: completed, stopped, disposed of, failed; and that nothing is left behind or left waiting.</summary>
public sealed class EndingSpec
{
    private static Pipeline Counting(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("ending");
        pipeline.Read("numbers", source).WithEventTime(n => n * 1_000_000L, Watermarks.Monotonic())
            .KeyBy(n => n % 10).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<int>().Count())
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(_ => { }));
        return pipeline;
    }

    [Fact]
    public async Task Disposing_of_a_running_job_ends_all_of_its_actors()
    {
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        Job job = await Job.StartAsync(Counting(source), Store.InMemory(), Runs.Quick);
        await source.CommittedAsync(3);

        await job.CrashAsync();

        Assert.All(job.Run.Tasks, task => Assert.True(task.IsCompleted));
        Assert.True(job.Completion.IsCanceled);
    }

    [Fact]
    public async Task Disposing_of_a_job_whose_next_epoch_is_far_away_does_not_wait_for_it()
    {
        Job job = await Job.StartAsync(Counting(new ScriptedSource<int>().Add(1)), Store.InMemory(),
            Runs.Quick with { Clock = new ManualClock() });
        await job.CrashAsync();
        Assert.True(job.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_job_may_be_disposed_of_at_any_moment_of_its_start_and_twice()
    {
        for (int i = 0; i < 200; i++)
        {
            Job job = await Job.StartAsync(Counting(new ScriptedSource<int>().Add(1, 2, 3)), Store.InMemory(), Runs.Quick);
            for (int spin = 0; spin < i % 20; spin++)
                await Task.Yield();
            await Task.WhenAll(job.CrashAsync(), job.CrashAsync());
            await job.CrashAsync();
            Assert.True(job.Completion.IsCanceled);
        }
    }

    [Fact]
    public async Task Stopping_twice_or_after_the_end_is_stopping_once()
    {
        var source = new ScriptedSource<int>().Add(1);
        await using Job job = await Job.StartAsync(Counting(source), Store.InMemory(), Runs.Quick);
        await Task.WhenAll(job.StopAsync(), job.StopAsync()).WaitAsync(Limits.Test);
        await job.StopAsync().WaitAsync(Limits.Test);
        await job.DisposeAsync();
        await job.StopAsync().WaitAsync(Limits.Test);
    }

    [Fact]
    public async Task A_failed_job_has_ended_all_of_its_actors_when_its_completion_tells()
    {
        var pipeline = Pipeline.Create("ending");
        var source = new ScriptedSource<int>().Add(1, 2, 0);
        pipeline.Read("numbers", source).KeyBy(n => 1 / n).Stream.Write("out", Sinks.ForEach<int>(n => _ = 1 / n));
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory(), Runs.Quick);

        JobException error = await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));

        Assert.Contains("'ending'", error.Message, StringComparison.Ordinal);
        Assert.Contains("DivideByZero", error.Message, StringComparison.Ordinal);
        Assert.All(job.Run.Tasks, task => Assert.True(task.IsCompleted));
    }

    [Fact]
    public async Task A_bounded_job_on_one_actor_completes_although_its_last_window_fills_the_sink()
    {
        int results = 0;
        var pipeline = Pipeline.Create("ending");
        pipeline.Read("numbers", Sources.Of(Enumerable.Range(0, 20_000).ToArray())).WithEventTime(_ => 0L, Watermarks.Monotonic())
            .KeyBy(n => n).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1)))
            .Aggregate(Aggregate.Of<int>().Count())
            .Write("out", Sinks.ForEachBatch<WindowResult<int, long>>(async (batch, _) =>
            {
                await Task.Yield();
                results += batch.Count;
            }));

        await pipeline.ToEndAsync(Store.InMemory(), Runs.Quick with { Parallelism = 1 });

        Assert.Equal(20_000, results);
    }

    [Fact]
    public async Task A_job_where_no_operator_can_skip_completes_although_its_options_say_skip()
    {
        var rows = new List<int>();
        var pipeline = Pipeline.Create("ending");
        pipeline.Read("numbers", Sources.Of([1, 2, 3]), ErrorPolicy.Fail).Write("out", Sinks.ForEach<int>(rows.Add));
        await pipeline.ToEndAsync(Store.InMemory(), Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Equal([1, 2, 3], rows);
    }

    [Fact]
    public async Task A_completed_job_completes_at_once_when_it_is_started_again_and_writes_nothing()
    {
        var source = new ScriptedSource<int>().Add(1, 2, 3);
        source.End();
        var store = new WatchedStore(Store.InMemory());
        await Counting(source).ToEndAsync(store);
        int commits = store.Commits;

        await Counting(source).ToEndAsync(store);

        Assert.Equal((commits, 3L), (store.Commits, source.Read));
    }

    [Fact]
    public async Task An_error_while_a_sink_closes_does_not_hide_why_the_job_failed()
    {
        var pipeline = Pipeline.Create("ending");
        pipeline.Read("numbers", Sources.Of([1])).Write("out", new FailingSink(onWrite: true));
        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory());
        Assert.Contains("cannot write", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_fails_to_close_does_not_keep_the_others_open()
    {
        var (first, second) = (new FailingSink(onWrite: false), new FailingSink(onWrite: false));
        var pipeline = Pipeline.Create("ending");
        Stream<int> numbers = pipeline.Read("numbers", new ScriptedSource<int>().Add(1));
        numbers.Write("first", first);
        numbers.Write("second", second);
        Job job = await Job.StartAsync(pipeline, Store.InMemory(), Runs.Quick);
        await job.CrashAsync();
        Assert.Equal((1, 1), (first.Closed, second.Closed));
    }
}
