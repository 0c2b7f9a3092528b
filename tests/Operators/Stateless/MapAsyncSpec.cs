using System.Collections.Concurrent;
using System.Threading.Channels;
using ActorStreams.Connectors;
using ActorStreams.Core;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Windows;
using ActorStreams.Persistence;
using ActorStreams.Persistence.Memory;

namespace ActorStreams.Operators.Tests.Stateless;

public sealed class MapAsyncSpec
{
    private static readonly JobOptions s_skip = Running.OneActor with { Errors = ErrorPolicy.Skip };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_in_nothing_out(bool ordered) =>
        Assert.Empty(await Running.RowsAsync(Array.Empty<int>(), stream => stream.MapAsync((row, _) => new ValueTask<int>(row), new() { Ordered = ordered })));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_that_return_at_once_keep_the_order(bool ordered)
    {
        int[] rows = [.. Enumerable.Range(0, 5000)];
        List<string> output = await Running.RowsAsync(rows, stream => stream.MapAsync((row, _) => new ValueTask<string>($"{row}"), new() { Ordered = ordered, Capacity = 1 }));
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
        Assert.Equal(rows, await Running.RowsAsync(rows, stream => stream.MapAsync(YieldSometimesAsync, new() { Capacity = capacity })));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Unordered_results_are_all_there(int capacity)
    {
        int[] rows = [.. Enumerable.Range(0, 5000)];
        List<int> output = await Running.RowsAsync(rows, stream => stream.MapAsync(YieldSometimesAsync, new() { Capacity = capacity, Ordered = false }), Running.Tight);
        Assert.Equal(rows, output.Order());
    }

    [Fact]
    public async Task Ordered_results_wait_for_those_before_them()
    {
        var service = new Service();
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
        var service = new Service();
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
        var service = new Service();
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

    [Fact]
    public async Task A_full_operator_holds_the_source_back()
    {
        var service = new Service();
        int read = 0;
        Task<List<int>> output = Running.RowsAsync(
            [.. Enumerable.Range(0, 5000)], stream => stream.Peek(_ => read++).MapAsync(service.CallAsync, new() { Capacity = 3 }));
        await service.CalledAsync(0, 1, 2);
        Assert.InRange(Volatile.Read(ref read), 3, 256);
        service.ReturnAll();
        Assert.Equal(Enumerable.Range(0, 5000), await output);
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
                    : row % 100 == 7 ? FailLaterAsync<int>(new TaskCanceledException("later")) : YieldSometimesAsync(row, token),
                new() { Ordered = ordered },
                "call"),
            s_skip,
            letters);
        Assert.Equal(rows.Where(row => row % 100 is not (5 or 6 or 7)), output.Order());
        Assert.Equal(rows.Where(row => row % 100 is 5 or 6 or 7).Select(row => new DeadLetter(
            "test", "call", row % 100 == 7 ? "TaskCanceledException: later" : "FormatException: at once", $"{row}", "rows/0", row, EventTime.MinValue)),
            letters.OrderBy(letter => letter.Offset));
    }

    [Fact]
    public async Task An_error_names_pipeline_operator_and_row()
    {
        JobException error = await Assert.ThrowsAsync<JobException>(() => Running.RowsAsync(
            [1, 2, 3], stream => stream.MapAsync((row, _) => row == 2 ? FailLaterAsync<int>(new FormatException("no")) : new ValueTask<int>(row), null, "call")));
        Assert.Contains("Pipeline 'test', operator 'call'", error.Message);
        Assert.Contains("FormatException: no Row: 2", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_takes_too_long_is_cancelled_and_a_dead_letter(bool ordered)
    {
        var clock = new ManualClock();
        var service = new Service();
        var letters = new List<DeadLetter>();
        Task<List<int>> output = Running.RowsAsync(
            [1, 2, 3],
            stream => stream.MapAsync((row, token) => row == 2 ? service.CallAsync(row, token) : new ValueTask<int>(row), new() { Ordered = ordered, Timeout = TimeSpan.FromSeconds(5), Errors = ErrorPolicy.Skip }, "call"),
            Running.OneActor with { Clock = clock, EpochInterval = TimeSpan.FromDays(1) },
            letters);
        await service.CalledAsync(2);
        clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(service.IsCancelled(2));
        clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal([1, 3], (await output.WaitAsync(Running.Limit)).Order());
        Assert.True(service.IsCancelled(2));
        Assert.Equal(("call", "TimeoutException: The call did not return within 00:00:05.", "2"), letters.Select(letter => (letter.Operator, letter.Error, letter.Payload)).Single());
    }

    [Fact]
    public async Task A_full_operator_whose_calls_never_return_goes_on_by_its_timeout()
    {
        var clock = new ManualClock();
        var service = new Service();
        var letters = new List<DeadLetter>();
        Task<List<int>> output = Running.RowsAsync(
            [1, 2, 3, 4, 5],
            stream => stream.MapAsync(service.CallAsync, new() { Capacity = 2, Timeout = TimeSpan.FromSeconds(5), Errors = ErrorPolicy.Skip }),
            Running.OneActor with { Clock = clock, EpochInterval = TimeSpan.FromSeconds(1) },
            letters);
        Task fifth = service.CalledAsync(1, 2, 3, 4, 5);
        while (!fifth.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await fifth;
        service.Return(5);
        List<int> results = await output.WaitAsync(Running.Limit);
        Assert.Equal(["1", "2", "3", "4"], letters.Take(4).Select(letter => letter.Payload));
        Assert.Equal(5, results.Count + letters.Count);
    }

    [Fact]
    public async Task A_barrier_waits_for_the_calls_under_way()
    {
        var clock = new ManualClock();
        var service = new Service();
        Pipeline pipeline = Pipeline.Create("test");
        var rows = Channel.CreateUnbounded<int>();
        pipeline.Read("rows", Sources.From(rows.Reader)).MapAsync(service.CallAsync).Write("out", Sinks.Table<int>("results", table => table.Column("row", row => row)));
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store, Running.OneActor with { Clock = clock, EpochInterval = TimeSpan.FromSeconds(1) });
        rows.Writer.TryWrite(1);
        await service.CalledAsync(1);
        clock.Advance(TimeSpan.FromSeconds(10));
        Task stopped = job.StopAsync();
        Assert.Equal(0, job.Epoch);
        Assert.False(stopped.IsCompleted);
        service.Return(1);
        await stopped.WaitAsync(Running.Limit);
        Assert.Equal(1, Convert.ToInt32(Assert.Single(store.ReadTable("results"))[0]));
        Assert.True(job.Epoch >= 1);
    }

    [Fact]
    public async Task After_a_crash_results_are_there_exactly_once()
    {
        int[] rows = [.. Enumerable.Range(0, 20_000)];
        int crashes = 3, calls = 0;
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(rows))
            .MapAsync(async (row, token) =>
            {
                Interlocked.Increment(ref calls);
                await YieldSometimesAsync(row, token);
                return row % 5000 == 4999 && Interlocked.Decrement(ref crashes) >= 0 ? throw new InvalidOperationException("crash") : row;
            })
            .Write("out", Sinks.Table<int>("results", table => table.Column("row", row => row)));
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(
            pipeline, store, Running.OneActor with { EpochInterval = TimeSpan.FromMilliseconds(10), Restart = new RestartPolicy(10, TimeSpan.Zero, TimeSpan.Zero) });
        await job.Completion.WaitAsync(Running.Limit);
        Assert.Equal(rows, store.ReadTable("results").Select(row => Convert.ToInt32(row[0])));
        Assert.Equal(3, job.Restarts);
        Assert.True(calls >= rows.Length);
    }

    [Fact]
    public async Task Calls_are_cancelled_when_the_job_is_disposed_of()
    {
        var service = new Service();
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(new[] { 1, 2, 3 })).MapAsync(service.CallAsync, new() { Capacity = 2 }).Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = await Job.StartAsync(pipeline, null, Running.OneActor);
        await service.CalledAsync(1, 2);
        await job.DisposeAsync().AsTask().WaitAsync(Running.Limit);
        Assert.True(service.IsCancelled(1) && service.IsCancelled(2));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 20)]
    [InlineData(20, 1)]
    [InlineData(300, 300)]
    public async Task Chains_of_calls_flat_maps_and_windows_lose_nothing(int first, int second)
    {
        int[] rows = [.. Enumerable.Range(0, 1000)];
        Pipeline pipeline = Pipeline.Create("test");
        long counted = 0;
        var results = new List<int>();
        Stream<int> stream = pipeline.ReadSeconds("rows", rows)
            .MapAsync(YieldSometimesAsync, new() { Capacity = first })
            .FlatMap(row => Enumerable.Repeat(row, row % 6))
            .MapAsync(YieldSometimesAsync, new() { Capacity = second });
        stream.Write("rows-out", Sinks.ForEachBatch<int>(async (batch, _) =>
        {
            await Task.Yield();
            results.AddRange(batch);
        }, batchRows: 13));
        stream.KeyBy(row => row).Window("minutes", Operators.Windows.Windows.Tumbling(TimeSpan.FromMinutes(1))).Aggregate(Fold.Of<int>().Count())
            .MapAsync(async (result, token) =>
            {
                await YieldSometimesAsync(result.Key, token);
                return result.Result;
            }, new() { Capacity = first, Ordered = false })
            .Write("out", Sinks.ForEach<long>(count => counted += count));
        await pipeline.ToEndAsync(Running.Tight with { EpochInterval = TimeSpan.FromMilliseconds(10) });
        int[] expected = [.. rows.SelectMany(row => Enumerable.Repeat(row, row % 6))];
        Assert.Equal(expected, results);
        Assert.Equal(expected.Length, counted);
    }

    [Fact]
    public async Task Results_have_the_time_and_position_of_their_row()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var came = new List<(int, long, long)>();
        pipeline.ReadSeconds("rows", [.. Enumerable.Range(0, 500)])
            .MapAsync(YieldSometimesAsync)
            .Watch((row, time, position) => came.Add((row, time, position)))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        await pipeline.ToEndAsync(s_skip);
        Assert.Equal(Enumerable.Range(0, 500).Select(row => (row, row * 1_000_000L, Position.Of(0, row))), came);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_operator_waits_without_spinning_and_sends_what_it_has(bool inAnotherStage)
    {
        var thread = new OneThread();
        var service = new Service();
        var output = new List<int>();
        Pipeline pipeline = Pipeline.Create("test");
        Stream<int> rows = pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 600).ToArray()));
        if (inAnotherStage)
            rows = rows.Union(pipeline.Read("none", Sources.Of(Array.Empty<int>())));
        rows.MapAsync(service.CallAsync, new() { Capacity = 2 }).Union(pipeline.Read("nothing", Sources.Of(Array.Empty<int>()))).Write("out", Sinks.ForEach<int>(output.Add));
        Job job = await Job.StartAsync(
            pipeline, null, Running.Tight with { Scheduler = thread, Clock = new ManualClock(), EpochInterval = TimeSpan.FromDays(1) });
        thread.RunUntilIdle();
        service.Return(1);
        thread.RunUntilIdle();
        Assert.Empty(output);
        service.Return(0);
        thread.RunUntilIdle();
        Assert.Equal([0, 1], output);
        await service.CalledAsync(0, 1, 2, 3);
        service.ReturnAll();
        await thread.RunToEndAsync(job.Completion);
        Assert.Equal(Enumerable.Range(0, 600), output);
    }

    [Fact]
    public async Task Calls_go_on_where_the_job_runs()
    {
        var thread = new OneThread();
        int elsewhere = 0;
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 600).ToArray()))
            .MapAsync(async (row, _) =>
            {
                await Task.Yield();
                if (TaskScheduler.Current != thread)
                    elsewhere++;
                return row;
            })
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = await Job.StartAsync(pipeline, null, Running.OneActor with { Scheduler = thread });
        await thread.RunToEndAsync(job.Completion);
        Assert.Equal(0, elsewhere);
    }

    [Fact]
    public async Task An_input_that_falls_idle_still_holds_the_watermark_for_its_calls()
    {
        var thread = new OneThread();
        var clock = new ManualClock();
        var service = new Service();
        var came = new List<string>();
        Pipeline pipeline = Pipeline.Create("test");
        Channel<int> quiet = Channel.CreateUnbounded<int>(), busy = Channel.CreateUnbounded<int>();
        pipeline.Read("quiet", Sources.From(quiet.Reader)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic().WithIdleness(TimeSpan.FromSeconds(5)))
            .MapAsync(service.CallAsync)
            .Union(pipeline.Read("busy", Sources.From(busy.Reader)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic()))
            .Watch((row, _, _) => came.Add($"{row}"), watermark => came.Add($"w{watermark / 1_000_000}"))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = await Job.StartAsync(
            pipeline, null, Running.OneActor with { Scheduler = thread, Clock = clock, EpochInterval = TimeSpan.FromDays(1) });
        quiet.Writer.TryWrite(1);
        busy.Writer.TryWrite(100);
        thread.RunUntilIdle();
        clock.Advance(TimeSpan.FromSeconds(6));
        thread.RunUntilIdle();
        busy.Writer.TryWrite(200);
        thread.RunUntilIdle();
        Assert.Equal(["100", "200"], came);
        service.Return(1);
        thread.RunUntilIdle();
        Assert.Equal(["100", "200", "1"], came[..3]);
        Assert.Equal("w200", came[^1]);
        quiet.Writer.Complete();
        busy.Writer.Complete();
        await thread.RunToEndAsync(job.Completion);
    }

    [Fact]
    public void Wrong_options_are_told()
    {
        Stream<int> rows = Pipeline.Create("test").Read("rows", Sources.Of(new[] { 1 }));
        Assert.Contains("operator 'call': Capacity is 0", Assert.Throws<PipelineException>(() => rows.MapAsync(YieldSometimesAsync, new() { Capacity = 0 }, "call")).Message);
        Assert.Contains("operator 'call': Timeout is 00:00:00", Assert.Throws<PipelineException>(() => rows.MapAsync(YieldSometimesAsync, new() { Timeout = TimeSpan.Zero }, "call")).Message);
    }

    private static async ValueTask<int> YieldSometimesAsync(int row, CancellationToken cancellation)
    {
        for (int i = 0; i < row % 4; i++)
            await Task.Yield();
        return row;
    }

    private static async ValueTask<T> FailLaterAsync<T>(Exception error)
    {
        await Task.Yield();
        throw error;
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

    /// <summary>A service that returns when the test says so, and remembers whom it called off.</summary>
    private sealed class Service
    {
        private readonly List<(int Row, TaskCompletionSource<int> Result, CancellationToken Token)> _calls = [];
        private readonly SemaphoreSlim _called = new(0);
        private readonly List<int> _seen = [];
        private bool _returnsAll;

        public async ValueTask<int> CallAsync(int row, CancellationToken cancellation)
        {
            var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_calls)
            {
                if (_returnsAll)
                    return row;
                _calls.Add((row, result, cancellation));
                _seen.Add(row);
            }

            _called.Release();
            return await result.Task;
        }

        /// <summary>Completes once these calls, and no others, have been made.</summary>
        public async Task CalledAsync(params int[] rows)
        {
            while (true)
            {
                lock (_calls)
                {
                    if (_seen.Count >= rows.Length)
                    {
                        Assert.Equal(rows, _seen);
                        return;
                    }
                }

                Assert.True(await _called.WaitAsync(Running.Limit));
            }
        }

        public bool IsCancelled(int row)
        {
            lock (_calls)
                return _calls.First(call => call.Row == row).Token.IsCancellationRequested;
        }

        public void Return(int row)
        {
            lock (_calls)
                _calls.First(call => call.Row == row && !call.Result.Task.IsCompleted).Result.SetResult(row);
        }

        public void ReturnAll()
        {
            lock (_calls)
            {
                _returnsAll = true;
                foreach ((int row, TaskCompletionSource<int> result, _) in _calls)
                    result.TrySetResult(row);
            }
        }
    }
}
