using ActorStreams.Authoring;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>A row of a script: do <paramref name="Do"/> for <paramref name="Key"/> at <paramref name="Time"/> (microseconds).</summary>
public readonly record struct Order(string Key, string Do, long Time = 0);

/// <summary>User code with states and timers, seen through what it emits.</summary>
public sealed class ProcessSpec
{
    private static Pipeline Scripted(Source<Order> source, Func<ProcessFunction<string, Order, string>>? create = null,
        ErrorPolicy? errors = null)
    {
        var pipeline = Pipeline.Create("process");
        pipeline.Read("orders", source).WithEventTime(order => order.Time, Watermarks.Monotonic()).KeyBy(order => order.Key)
            .Process("script", create ?? (() => new Script()), errors)
            .Write("out", Sinks.Table<string>("lines", t => t.Column("line", line => line)));
        return pipeline;
    }

    private static string[] Lines(MemoryStore store) => [.. store.ReadTable("lines").Select(row => (string)row[0]!)];

    private static async Task<string[]> RunAsync(ErrorPolicy errors, params Order[] orders)
    {
        var store = Store.InMemory();
        await Scripted(Sources.Of(orders), errors: errors).ToEndAsync(store);
        return Lines(store);
    }

    [Fact]
    public async Task States_belong_to_one_key()
    {
        string[] lines = await RunAsync(ErrorPolicy.Fail,
            new("a", "value 1"), new("b", "show"), new("a", "add x"), new("a", "put f=1"), new("b", "show"), new("a", "show"));
        Assert.Equal(["b: 7 [] {}", "b: 7 [] {}"], lines.Where(line => line[0] == 'b'));
        Assert.Equal(["a: 1 [x] {f=1}"], lines.Where(line => line[0] == 'a'));
    }

    [Fact]
    public async Task States_are_put_removed_cleared_and_replaced()
    {
        string[] lines = await RunAsync(ErrorPolicy.Fail,
            new("a", "value 1"), new("a", "value -"), new("a", "add x"), new("a", "add y"), new("a", "show"), new("a", "list z"),
                new("a", "add w"), new("a", "show"),
            new("a", "list -"), new("a", "put f=1"), new("a", "put g=2"), new("a", "put f=3"), new("a", "show"), new("a", "put f-"),
                new("a", "show"), new("a", "map -"), new("a", "show"));
        Assert.Equal(["a: 7 [x,y] {}", "a: 7 [z,w] {}", "a: 7 [] {f=3,g=2}", "a: 7 [] {g=2}", "a: 7 [] {}"], lines);
    }

    [Fact]
    public async Task Event_time_timers_fire_in_order_once_each_and_not_when_deleted()
    {
        string[] lines = await RunAsync(ErrorPolicy.Fail,
            new("a", "timer 5000"), new("a", "timer 3000"), new("a", "timer 3000"), new("a", "timer 4000"), new("a", "untimer 4000"),
                new("a", "again", 9_000));
        Assert.Equal(["a timer 3000", "a timer 5000"], lines);
    }

    [Fact]
    public async Task A_timer_deleted_and_set_again_fires_once()
    {
        string[] lines = await RunAsync(ErrorPolicy.Fail, new("a", "timer 3000"), new("a", "untimer 3000"), new("a", "timer 3000"),
            new("a", "again", 9_000));
        Assert.Equal(["a timer 3000"], lines);
    }

    [Fact]
    public async Task A_timer_set_inside_a_timer_fires_too_and_all_fire_at_the_end_of_the_input()
    {
        string[] lines = await RunAsync(ErrorPolicy.Fail, new("a", "chain 3"), new("a", "timer 9000000000"));
        Assert.Equal(["a timer 3", "a timer 2", "a timer 1", "a timer 9000000000"], lines.OrderBy(line => line.Length)
            .ThenByDescending(line => line));
    }

    [Fact]
    public async Task A_row_that_is_skipped_leaves_no_trace_in_states_timers_and_output()
    {
        string[] before = ["value 1", "add x", "put f=1", "timer 5000"];
        string[] failing = ["value 2", "value -", "add y", "list z", "list -", "add q", "put f=9", "put g=9", "put f-", "map -", "put h=1",
            "timer 6000", "untimer 5000", "show"];
        foreach (string[] order in (string[][])[failing, [.. failing.Reverse()], ["list -", "add n"], ["value -", "map -", "list z"]])
        {
            var store = Store.InMemory();
            Order[] orders = [.. before.Select(what => new Order("a", what)), new("a", string.Join(';', order) + ";throw"),
                new("a", "show"), new("a", "again", 9_000)];
            await Scripted(Sources.Of(orders), errors: ErrorPolicy.Skip).ToEndAsync(store);
            Assert.Equal(["a: 1 [x] {f=1}", "a timer 5000"], Lines(store));
            object?[] letter = Assert.Single(store.ReadTable("dead_letters"));
            Assert.Equal(("script", "orders/0", 4L), (letter[1], letter[4], letter[5]));
            Assert.Contains("asked to", (string)letter[2]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_timer_that_is_skipped_leaves_no_trace_either()
    {
        var store = Store.InMemory();
        await Scripted(
            Sources.Of([new Order("a", "value 1"), new Order("a", "failing timer"), new Order("a", "again", 9_000),
            new Order("a", "show", 9_001)]),
            errors: ErrorPolicy.Skip).ToEndAsync(store);
        Assert.Equal(["a: 1 [] {}"], Lines(store));
        Assert.Single(store.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task A_failing_row_names_operator_row_and_remedy()
    {
        JobException error = await Scripted(Sources.Of([new Order("a", "show"), new Order("a", "throw")]))
            .FailsAsync<JobException>(Store.InMemory());
        foreach (string part in (string[])["'process'", "'script'", "asked to", "Do = throw", "ErrorPolicy.Skip"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processing_time_timers_fire_by_the_clock_of_the_job()
    {
        var clock = new ManualClock();
        var source = new ScriptedSource<Order>().Add(new Order("a", "clock 5"), new Order("a", "clock 7"), new Order("a", "show"));
        var fired = new List<string>();
        var shown = new SemaphoreSlim(0);
        var pipeline = Pipeline.Create("process");
        pipeline.Read("orders", source).KeyBy(order => order.Key).Process("script", () => new Script())
            .Write("out", Sinks.ForEach<string>(line =>
            {
                fired.Add(line);
                shown.Release();
            }));
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory(),
            Runs.Quick with { Clock = clock, EpochInterval = TimeSpan.FromHours(1) });
        Assert.True(await shown.WaitAsync(Limits.Test));
        await clock.WaitedForAsync(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));

        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True(await shown.WaitAsync(Limits.Test));
        Assert.Equal(2, fired.Count);
        await clock.WaitedForAsync(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await shown.WaitAsync(Limits.Test));

        Assert.Equal(["a: 7 [] {}", "a by the clock", "a by the clock"], fired);
    }

    [Fact]
    public async Task Crashes_between_epochs_change_nothing()
    {
        var random = new Random(5);
        string[] whats = ["value 3", "value -", "add x", "list z", "list -", "put f=1", "put g=2", "put f-", "map -", "show", "timer {0}",
            "untimer {0}", "throw"];
        Order[] orders = [.. Enumerable.Range(0, 1_200).Select(n => new Order(
            $"k{random.Next(9)}", string.Format(null, whats[random.Next(whats.Length)], (n / 7 * 7 * 500) + 9_000), n * 500L))];
        var calm = Store.InMemory();
        await Scripted(Sources.Of(orders), errors: ErrorPolicy.Skip).ToEndAsync(calm);

        var memory = Store.InMemory();
        var source = new ScriptedSource<Order> { RowsPerRead = 17 };
        for (int crash = 0; crash < 30; crash++)
        {
            source.Add(orders[(crash * 40)..((crash + 1) * 40)]);
            Job job = await Job.StartAsync(Scripted(source, errors: ErrorPolicy.Skip), memory,
                Runs.Quick with { Parallelism = 1 + (crash % 5) });
            await source.CommittedAsync((crash + 1) * 40);
            await (crash % 3 == 0 ? job.StopAsync() : Task.CompletedTask);
            await job.CrashAsync();
        }

        source.End();
        await Scripted(source, errors: ErrorPolicy.Skip).ToEndAsync(memory);

        Assert.Equal(Lines(calm).Order(StringComparer.Ordinal), Lines(memory).Order(StringComparer.Ordinal));
        Assert.Equal(calm.ReadTable("dead_letters").Count, memory.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task Rows_behind_a_row_without_a_key_are_not_lost_when_output_is_full()
    {
        // One actor: the key is taken in the region itself; each row puts out much more than a full sink takes.
        int results = 0;
        var pipeline = Pipeline.Create("process");
        pipeline.Read("numbers", Sources.Of(Enumerable.Range(0, 200).ToArray()))
            .KeyBy(n => n % 3 == 2 ? throw new InvalidOperationException("no key") : n)
            .Process("many", () => new Many(), ErrorPolicy.Skip)
            .Write("out", Sinks.ForEachBatch<int>(async (batch, _) =>
            {
                await Task.Yield();
                results += batch.Count;
            }, batchRows: 64));
        var store = Store.InMemory();
        await pipeline.ToEndAsync(store, Runs.Quick with { Parallelism = 1 });
        Assert.Equal((134 * 100, 66), (results, store.ReadTable("dead_letters").Count));
    }

    [Fact]
    public void Timers_that_are_moved_for_every_row_do_not_pile_up()
    {
        var timers = new TimerQueue<int>("timers", new ShardMap(1).RangeOf(0, 1));
        for (int n = 0; n < 100_000; n++)
        {
            timers.Remove(n % 10, n - 10);
            timers.Add(n % 10, KeyHash<int>.Stable(n % 10), n);
        }

        Assert.Equal(10, timers.Count);
        Assert.InRange(timers.QueuedEntries, 10, 3_000);
        Assert.Equal(99_990, timers.NextTime);
    }

    private sealed class Many : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            for (int i = 0; i < 100; i++)
                context.Emit(row);
        }
    }
}
