using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What becomes of a job that fails, where nobody has said.</summary>
[Trait("Issue", "B4")]
public sealed class RestartDefaultsSpec
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();

    private JobOptions Defaults => new() { Clock = _clock, Parallelism = 1, EpochInterval = TimeSpan.FromHours(1), OnNotice = _ => { } };

    private static Pipeline Failing(Func<int, int> map)
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("numbers", Sources.Of([1])).Map(map).Write("out", Sinks.ForEach<int>(_ => { }));
        return pipeline;
    }

    [Fact]
    public async Task A_job_with_a_store_restarts_by_itself_after_a_second()
    {
        int calls = 0;
        await using Job job = await Job.StartAsync(Failing(n => calls++ == 0 ? throw new InvalidOperationException("once") : n),
            Store.InMemory(), Defaults);

        await _clock.WaitedForAsync(s_second, s_second);
        JobCondition restarting = Assert.Single(job.Conditions);
        Assert.Equal(JobNoticeKind.Restarting, restarting.Kind);
        Assert.Contains("once", restarting.Message, StringComparison.Ordinal);
        _clock.Advance(s_second);
        await job.Completion.WaitAsync(Limits.Test);

        Assert.Equal(1, job.Restarts);
        Assert.Empty(job.Conditions);
    }

    [Fact]
    public async Task The_same_error_of_a_row_ends_it_at_the_third_time()
    {
        await using Job job = await Job.StartAsync(Failing(_ => throw new FormatException("never a number")), Store.InMemory(), Defaults);
        foreach (int seconds in (int[])[1, 2])
        {
            await _clock.WaitedForAsync(seconds * s_second, seconds * s_second);
            _clock.Advance(seconds * s_second);
        }

        JobException error = await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Contains("never a number", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, job.Restarts);
    }

    [Fact]
    public async Task An_error_of_the_world_outside_is_tried_ten_times_up_to_a_minute_apart()
    {
        await using Job job = await Job.StartAsync(Failing(_ => throw new IOException("the line is down")), Store.InMemory(), Defaults);
        foreach (int seconds in (int[])[1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
        {
            await _clock.WaitedForAsync(seconds * s_second, seconds * s_second);
            _clock.Advance(seconds * s_second);
        }

        await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Equal(10, job.Restarts);
    }

    [Fact]
    public async Task A_job_without_a_store_would_begin_anew_and_fails_at_once()
    {
        await using Job job = await Job.StartAsync(Failing(_ => throw new IOException("the line is down")), Store.Volatile, Defaults);
        await Assert.ThrowsAsync<JobException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Equal(0, job.Restarts);
    }

    [Fact]
    public async Task A_test_fails_at_once()
    {
        var source = new TestSource<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", source).Map(int (_) => throw new IOException("the line is down"))
                .Write("out", Sinks.ForEach<int>(_ => { })), new JobOptions { Parallelism = 1 });
        source.Element(1, at: "12:00");
        Assert.Contains("the line is down", Assert.ThrowsAny<ActorStreamsException>(() => test.RunUntilIdle()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_opened_fails_the_start_and_is_not_tried_again()
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("numbers", Csv.File<int>("no-such-file.csv")).Write("out", Sinks.ForEach<int>(_ => { }));
        await Assert.ThrowsAsync<SourceException>(() => Job.StartAsync(pipeline, Store.InMemory(), Defaults).WaitAsync(Limits.Test));
    }
}
