using System.Threading.Channels;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Calls under way, and what else goes on in a job: barriers, crashes, full outputs, idle inputs.</summary>
public sealed class MapAsyncInJobsSpec
{
    [Fact]
    public async Task A_full_operator_holds_the_source_back()
    {
        var service = new SlowService();
        int read = 0;
        Task<List<int>> output = Running.RowsAsync(
            [.. Enumerable.Range(0, 5000)], stream => stream.Peek(_ => read++).MapAsync(service.CallAsync, new() { Capacity = 3 }));
        await service.CalledAsync(0, 1, 2);
        Assert.InRange(Volatile.Read(ref read), 3, 256);
        service.ReturnAll();
        Assert.Equal(Enumerable.Range(0, 5000), await output);
    }

    [Fact]
    public async Task A_full_operator_whose_calls_never_return_goes_on_by_its_timeout()
    {
        var clock = new ManualClock();
        var service = new SlowService();
        var letters = new List<DeadLetter>();
        Task<List<int>> output = Running.RowsAsync(
            [1, 2, 3, 4, 5],
            stream => stream.MapAsync(service.CallAsync, new() { Capacity = 2, Timeout = TimeSpan.FromSeconds(5) },
                errors: ErrorPolicy.Skip),
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
        while (!output.IsCompleted)                                 // the fourth may have been called a second after the third
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        List<int> results = await output;
        Assert.Equal(["1", "2", "3", "4"], letters.Take(4).Select(letter => letter.Payload));
        Assert.Equal(5, results.Count + letters.Count);
    }

    [Fact]
    public async Task A_barrier_waits_for_the_calls_under_way()
    {
        var clock = new ManualClock();
        var service = new SlowService();
        Pipeline pipeline = Pipeline.Create("test");
        var rows = Channel.CreateUnbounded<int>();
        pipeline.Read("rows", Sources.From(rows.Reader)).MapAsync(service.CallAsync)
            .Write("out", Sinks.Table<int>("results", table => table.Column("row", row => row)));
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store,
            Running.OneActor with { Clock = clock, EpochInterval = TimeSpan.FromSeconds(1) });
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
                await Calls.YieldSometimesAsync(row, token);
                return row % 5000 == 4999 && Interlocked.Decrement(ref crashes) >= 0 ? throw new InvalidOperationException("crash") : row;
            })
            .Write("out", Sinks.Table<int>("results", table => table.Column("row", row => row)));
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(
            pipeline, store,
                Running.OneActor with
                {
                    EpochInterval = TimeSpan.FromMilliseconds(10),
                    Restart = new RestartPolicy(10, TimeSpan.Zero, TimeSpan.Zero)
                });
        await job.Completion.WaitAsync(Running.Limit);
        Assert.Equal(rows, store.ReadTable("results").Select(row => Convert.ToInt32(row[0])));
        Assert.Equal(3, job.Restarts);
        Assert.True(calls >= rows.Length);
    }

    [Fact]
    public async Task Calls_are_cancelled_when_the_job_is_disposed_of()
    {
        var service = new SlowService();
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(new[] { 1, 2, 3 })).MapAsync(service.CallAsync, new() { Capacity = 2 })
            .Write("out", Sinks.ForEach<int>(_ => { }));
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
            .MapAsync(Calls.YieldSometimesAsync, new() { Capacity = first })
            .FlatMap(row => Enumerable.Repeat(row, row % 6))
            .MapAsync(Calls.YieldSometimesAsync, new() { Capacity = second });
        stream.Write("rows-out", Sinks.ForEachBatch<int>(async (batch, _) =>
        {
            await Task.Yield();
            results.AddRange(batch);
        }, batchRows: 13));
        stream.KeyBy(row => row).Window("minutes", ActorStreams.Window.Tumbling(TimeSpan.FromMinutes(1)))
            .Aggregate(Aggregate.Of<int>().Count())
            .MapAsync(async (result, token) =>
            {
                await Calls.YieldSometimesAsync(result.Key, token);
                return result.Result;
            }, new() { Capacity = first, Ordered = false })
            .Write("out", Sinks.ForEach<long>(count => counted += count));
        await pipeline.ToEndAsync(Running.Tight with { EpochInterval = TimeSpan.FromMilliseconds(10) });
        int[] expected = [.. rows.SelectMany(row => Enumerable.Repeat(row, row % 6))];
        Assert.Equal(expected, results);
        Assert.Equal(expected.Length, counted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_operator_waits_without_spinning_and_sends_what_it_has(bool inAnotherStage)
    {
        var thread = new SimulationScheduler(seed: 1);
        var service = new SlowService();
        var output = new List<int>();
        Pipeline pipeline = Pipeline.Create("test");
        Stream<int> rows = pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 600).ToArray()));
        if (inAnotherStage)
            rows = rows.Union(pipeline.Read("none", Sources.Of(Array.Empty<int>())));
        rows.MapAsync(service.CallAsync, new() { Capacity = 2 }).Union(pipeline.Read("nothing", Sources.Of(Array.Empty<int>())))
            .Write("out", Sinks.ForEach<int>(output.Add));
        Job job = thread.Run(() => Job.StartAsync(pipeline, null, Running.Tight.On(thread) with { EpochInterval = TimeSpan.FromDays(1) }));
        thread.RunReady();
        service.Return(1);
        thread.RunReady();
        Assert.Empty(output);
        service.Return(0);
        thread.RunReady();
        Assert.Equal([0, 1], output);
        await service.CalledAsync(0, 1, 2, 3);
        service.ReturnAll();
        thread.Run(() => job.Completion);
        Assert.Equal(Enumerable.Range(0, 600), output);
    }

    [Fact]
    public async Task Calls_go_on_where_the_job_runs()
    {
        var thread = new SimulationScheduler(seed: 1);
        int elsewhere = 0;
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 600).ToArray()))
            .MapAsync(async (row, _) =>
            {
                TaskScheduler here = TaskScheduler.Current;
                await Task.Yield();
                if (TaskScheduler.Current != here || here == TaskScheduler.Default)
                    elsewhere++;
                return row;
            })
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = thread.Run(() => Job.StartAsync(pipeline, null, Running.OneActor.On(thread)));
        thread.Run(() => job.Completion);
        Assert.Equal(0, elsewhere);
    }

    [Fact]
    public async Task An_input_that_falls_idle_still_holds_the_watermark_for_its_calls()
    {
        var thread = new SimulationScheduler(seed: 1);
        VirtualClock clock = thread.Clock;
        var service = new SlowService();
        var came = new List<string>();
        Pipeline pipeline = Pipeline.Create("test");
        Channel<int> quiet = Channel.CreateUnbounded<int>(), busy = Channel.CreateUnbounded<int>();
        pipeline.Read("quiet", Sources.From(quiet.Reader))
            .WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic().WithIdleness(TimeSpan.FromSeconds(5)))
            .MapAsync(service.CallAsync)
            .Union(pipeline.Read("busy", Sources.From(busy.Reader)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic()))
            .Watch((row, _, _) => came.Add($"{row}"), watermark => came.Add($"w{watermark / 1_000_000}"))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = thread.Run(() =>
            Job.StartAsync(pipeline, null, Running.OneActor.On(thread) with { EpochInterval = TimeSpan.FromDays(1) }));
        quiet.Writer.TryWrite(1);
        busy.Writer.TryWrite(100);
        thread.RunReady();
        clock.Advance(TimeSpan.FromSeconds(6));
        thread.RunReady();
        busy.Writer.TryWrite(200);
        thread.RunReady();
        Assert.Equal(["100", "200"], came);
        service.Return(1);
        thread.RunReady();
        Assert.Equal(["100", "200", "1"], came[..3]);
        Assert.Equal("w200", came[^1]);
        quiet.Writer.Complete();
        busy.Writer.Complete();
        thread.Run(() => job.Completion);
    }
}
