using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Calls that are made again: with a wait that doubles, in the order of the rows, within the timeout, and once in the results
/// whatever crashes.</summary>
[Trait("Issue", "B6")]
public sealed class MapAsyncRetrySpec
{
    private static readonly JobOptions s_options = new()
    {
        Parallelism = 1,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
        Errors = ErrorPolicy.Skip
    };

    [Fact]
    public async Task A_call_that_throws_is_made_again_after_a_wait_that_doubles_and_keeps_its_place()
    {
        var calls = new List<string>();
        var source = new TestSource<int>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink, calls, failures: 3,
            new() { MaxAttempts = 4, FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(2) });
        source.Element(1, "12:00").Element(0, "12:00");
        sink.ShouldEmit("");
        Assert.Equal(["1", "0"], calls);
        test.AdvanceTime(TimeSpan.FromSeconds(0.9));
        Assert.Equal(2, calls.Count);
        test.AdvanceTime(TimeSpan.FromSeconds(0.1));
        Assert.Equal(3, calls.Count);
        test.AdvanceTime(TimeSpan.FromSeconds(2));
        Assert.Equal(4, calls.Count);
        sink.ShouldEmit("");
        test.AdvanceTime(TimeSpan.FromSeconds(2));
        Assert.Equal(["1", "0", "1", "1", "1"], calls);
        sink.ShouldEmit("""
            1!
            0!
            """);
    }

    [Fact]
    public async Task The_last_error_is_the_rows_and_the_timeout_holds_for_all_attempts_together()
    {
        var calls = new List<string>();
        var letters = new TestSink<DeadLetter>();
        var source = new TestSource<int>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink, calls, failures: 100,
            new() { MaxAttempts = 3, FirstRetry = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(10) }, letters);
        source.Element(1, "12:00");
        test.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(3));
        Assert.Equal(3, calls.Count);
        Assert.Contains("call 3", Assert.Single(letters.Rows).Error, StringComparison.Ordinal);

        await using StreamTest slow = await StartAsync(source, sink, calls, failures: 100,
            new() { MaxAttempts = 30, FirstRetry = TimeSpan.FromSeconds(4), Timeout = TimeSpan.FromSeconds(10) }, letters);
        slow.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(4)).AdvanceTime(TimeSpan.FromSeconds(7)).AdvanceTime(TimeSpan.FromDays(1));
        Assert.Equal(5, calls.Count);
        Assert.Contains("did not return within 00:00:10", letters.Rows[^1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_epoch_waits_for_attempts_and_after_a_crash_in_between_results_are_there_once()
    {
        var calls = new List<string>();
        var source = new TestSource<int>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink, calls, failures: 2, new() { MaxAttempts = 3 });
        source.Element(0, "12:00");
        test.Commit();
        source.Element(1, "12:00");
        test.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(1));
        test.CrashAndRestore();
        test.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(1)).AdvanceTime(TimeSpan.FromSeconds(2));
        test.Commit();
        Assert.Equal(["0!", "1!"], sink.Committed);
        Assert.Equal(["0", "1", "1", "1"], calls);
    }

    [Fact]
    public async Task Resilience_runs_each_attempt_as_it_does_for_lookups()
    {
        var calls = new List<string>();
        var source = new TestSource<int>();
        var sink = new TestSink<string>();
        MapAsyncOptions<string> options = new()
        {
            Resilience = async (call, token) =>
            {
                try
                {
                    return await call(token);
                }
                catch (InvalidOperationException)
                {
                    return await call(token);
                }
            },
        };
        await using StreamTest test = await StartAsync(source, sink, calls, failures: 1, options);
        source.Element(1, "12:00").Element(0, "12:00");
        sink.ShouldEmit("""
            1!
            0!
            """);
        Assert.Equal(["0", "1", "1"], calls.Order());
    }

    [Fact]
    public async Task Lookups_are_made_again_alike()
    {
        int calls = 0;
        var source = new TestSource<int>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).KeyBy(row => row).LookupJoin("lookup", async (key, _) =>
            {
                await Task.Yield();
                return ++calls < 3 ? throw new InvalidOperationException("no answer") : (Lookup<string>)$"{key}!";
            }, options: new LookupJoinOptions<string> { MaxAttempts = 3 }).Map(pair => pair.Right!).Write("out", sink),
            s_options);
        source.Element(1, "12:00").Element(1, "12:00");
        test.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(1)).AdvanceTime(TimeSpan.FromSeconds(2));
        sink.ShouldEmit("""
            1!
            1!
            """);
        Assert.InRange(calls, 3, 4);
    }

    [Fact]
    public async Task Attempts_that_cannot_be_are_refused()
    {
        foreach (MapAsyncOptions<string> options in (MapAsyncOptions<string>[])[new() { MaxAttempts = 0 },
            new() { FirstRetry = TimeSpan.Zero }, new() { LastRetry = TimeSpan.FromSeconds(0.5) }])
        {
            PipelineException error = await Assert.ThrowsAsync<PipelineException>(() =>
                StartAsync(new TestSource<int>(), new TestSink<string>(), [], 0, options));
            Assert.Contains("operator 'call'", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Calls for rows that are not zero fail so often.</summary>
    private static Task<StreamTest> StartAsync(
        TestSource<int> source, TestSink<string> sink, List<string> calls, int failures, MapAsyncOptions<string> options,
            TestSink<DeadLetter>? letters = null) => StreamTest.StartAsync(
        pipeline =>
        {
            if (letters is not null)
                pipeline.DeadLettersTo(letters);
            pipeline.Read("rows", source).MapAsync(async (row, _) =>
            {
                calls.Add($"{row}");
                await Task.Yield();
                return row > 0 && failures-- > 0 ? throw new InvalidOperationException($"call {calls.Count}") : $"{row}!";
            }, options, "call").Write("out", sink);
        },
        s_options);
}
