using System.Threading.Channels;
using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Stateless;

public sealed class MapAsyncSpec
{
    private static readonly JobOptions s_skip = Running.OneActor with { Errors = ErrorPolicy.Skip };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_in_nothing_out(bool ordered) =>
        Assert.Empty(
            await Running.RowsAsync(Array.Empty<int>(),
            stream => stream.MapAsync((row, _) => new ValueTask<int>(row), new() { Ordered = ordered })));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_that_return_at_once_keep_the_order(bool ordered)
    {
        int[] rows = [.. Enumerable.Range(0, 5000)];
        List<string> output = await Running.RowsAsync(rows,
            stream => stream.MapAsync((row, _) => new ValueTask<string>($"{row}"), new() { Ordered = ordered, Capacity = 1 }));
        Assert.Equal(rows.Select(row => $"{row}"), output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(10_000)]
    public async Task Ordered_results_come_in_the_order_of_the_rows(int capacity)
    {
        int[] rows = [.. Enumerable.Range(0, 5000)];
        Assert.Equal(rows,
            await Running.RowsAsync(rows, stream => stream.MapAsync(Calls.YieldSometimesAsync, new() { Capacity = capacity })));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Unordered_results_are_all_there(int capacity)
    {
        int[] rows = [.. Enumerable.Range(0, 5000)];
        List<int> output = await Running.RowsAsync(rows,
            stream => stream.MapAsync(Calls.YieldSometimesAsync, new() { Capacity = capacity, Ordered = false }), Running.Tight);
        Assert.Equal(rows, output.Order());
    }

    [Fact]
    public async Task Ordered_results_wait_for_those_before_them()
    {
        var service = new SlowService();
        Task<List<int>> output = Running.RowsAsync([1, 2, 3], stream => stream.MapAsync(service.CallAsync));
        await service.CalledAsync(1, 2, 3);
        service.Return(3);
        service.Return(2);
        service.Return(1);
        Assert.Equal([1, 2, 3], await output);
    }

    [Fact]
    public async Task Unordered_results_come_as_they_are_there()
    {
        var service = new SlowService();
        var seen = Channel.CreateUnbounded<int>();
        Task<List<int>> output = Running.RowsAsync(
            [1, 2, 3], stream => stream.MapAsync(service.CallAsync, new() { Ordered = false }).Peek(row => seen.Writer.TryWrite(row)));
        await service.CalledAsync(1, 2, 3);
        foreach (int row in new[] { 3, 1, 2 })
        {
            service.Return(row);
            Assert.Equal(row, await seen.Reader.ReadAsync().AsTask().WaitAsync(Running.Limit));
        }

        Assert.Equal([3, 1, 2], await output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Results_and_watermarks_do_not_overtake_each_other(bool ordered)
    {
        var service = new SlowService();
        Pipeline pipeline = Pipeline.Create("test");
        var came = new List<string>();
        pipeline.ReadSeconds("rows", 1, 1, 2, 3)
            .MapAsync(service.CallAsync, new() { Ordered = ordered }, "call")
            .Watch((row, time, _) => came.Add($"{row}@{time / 1_000_000}"), watermark => came.Add($"w{watermark / 1_000_000}"))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Task end = pipeline.ToEndAsync();
        await service.CalledAsync(1, 1, 2, 3);
        service.Return(3);
        service.Return(2);
        service.Return(1);
        service.Return(1);
        await end;
        if (!ordered)
            came.Sort(2, 2, StringComparer.Ordinal);   // between two watermarks
        Assert.Equal(["1@1", "w1", "1@1", "2@2", "w2", "3@3", $"w{EventTime.MaxValue / 1_000_000}"], came);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(5, false)]
    public async Task No_more_calls_than_allowed_are_under_way_at_once(int capacity, bool ordered)
    {
        int[] rows = [.. Enumerable.Range(0, 3000)];
        int underWay = 0, most = 0;
        var output = await Running.RowsAsync(rows, stream => stream.MapAsync(
            async (row, _) =>
            {
                int now = Interlocked.Increment(ref underWay);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref underWay);
                return row;
            },
            new() { Capacity = capacity, Ordered = ordered }));
        Assert.Equal(rows, output.Order());
        Assert.InRange(most, 1, capacity);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_that_fail_at_once_or_later_are_dead_letters(bool ordered)
    {
        var letters = new List<DeadLetter>();
        int[] rows = [.. Enumerable.Range(0, 1000)];
        List<int> output = await Running.RowsAsync(
            rows,
            stream => stream.MapAsync(
                (row, token) => row % 100 == 5 ? throw new FormatException("at once")
                    : row % 100 == 6 ? ValueTask.FromException<int>(new FormatException("at once"))
                    : row % 100 == 7 ? Calls.FailLaterAsync<int>(new TaskCanceledException("later"))
                        : Calls.YieldSometimesAsync(row, token),
                new() { Ordered = ordered },
                "call"),
            s_skip,
            letters);
        Assert.Equal(rows.Where(row => row % 100 is not (5 or 6 or 7)), output.Order());
        Assert.Equal(rows.Where(row => row % 100 is 5 or 6 or 7).Select(row => new DeadLetter(
            "test", "call", row % 100 == 7 ? "TaskCanceledException: later" : "FormatException: at once", $"{row}", "rows/0", row,
                EventTime.MinValue)),
            letters.OrderBy(letter => letter.Offset));
    }

    [Fact]
    public async Task An_error_names_pipeline_operator_and_row()
    {
        JobException error = await Assert.ThrowsAsync<JobException>(() => Running.RowsAsync(
            [1, 2, 3], stream =>
                stream.MapAsync((row, _) => row == 2 ? Calls.FailLaterAsync<int>(new FormatException("no")) : new ValueTask<int>(row),
                null, "call")));
        Assert.Contains("Pipeline 'test', operator 'call'", error.Message);
        Assert.Contains("FormatException: no. Row: 2", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_takes_too_long_is_cancelled_and_a_dead_letter(bool ordered)
    {
        var clock = new ManualClock();
        var service = new SlowService();
        var letters = new List<DeadLetter>();
        Task<List<int>> output = Running.RowsAsync(
            [1, 2, 3],
            stream => stream.MapAsync((row, token) => row == 2 ? service.CallAsync(row, token) : new ValueTask<int>(row),
                new() { Ordered = ordered, Timeout = TimeSpan.FromSeconds(5) }, "call", ErrorPolicy.Skip),
            Running.OneActor with { Clock = clock, EpochInterval = TimeSpan.FromDays(1) },
            letters);
        await service.CalledAsync(2);
        clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(service.IsCancelled(2));
        clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal([1, 3], (await output.WaitAsync(Running.Limit)).Order());
        Assert.True(service.IsCancelled(2));
        Assert.Equal(("call", "TimeoutException: The call did not return within 00:00:05.", "2"),
            letters.Select(letter => (letter.Operator, letter.Error, letter.Payload)).Single());
    }

    [Fact]
    public async Task Results_have_the_time_and_position_of_their_row()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var came = new List<(int, long, long)>();
        pipeline.ReadSeconds("rows", [.. Enumerable.Range(0, 500)])
            .MapAsync(Calls.YieldSometimesAsync)
            .Watch((row, time, position) => came.Add((row, time, position)))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        await pipeline.ToEndAsync(s_skip);
        Assert.Equal(Enumerable.Range(0, 500).Select(row => (row, row * 1_000_000L, Position.Of(0, row))), came);
    }

    [Fact]
    public void Wrong_options_are_told()
    {
        Stream<int> rows = Pipeline.Create("test").Read("rows", Sources.Of(new[] { 1 }));
        Assert.Contains("operator 'call': Capacity is 0",
            Assert.Throws<PipelineException>(() => rows.MapAsync(Calls.YieldSometimesAsync, new() { Capacity = 0 }, "call")).Message);
        Assert.Contains("operator 'call': Timeout is 00:00:00",
            Assert.Throws<PipelineException>(() => rows.MapAsync(Calls.YieldSometimesAsync, new() { Timeout = TimeSpan.Zero }, "call"))
            .Message);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
