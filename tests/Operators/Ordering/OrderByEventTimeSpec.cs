using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Ordering;

public sealed class OrderByEventTimeSpec
{
    private const long Second = 1_000_000;
    private static readonly JobOptions s_options = new() { Parallelism = 2, EpochInterval = TimeSpan.FromMilliseconds(10) };

    [Fact]
    public async Task Rows_come_out_by_event_time_and_then_as_the_comparer_says()
    {
        Reading[] rows = [new(3, "b"), new(1, "z"), new(3, "a"), new(2, "y"), new(1, "a"), new(9, "x")];

        Assert.Equal("1a 1z 2y 3a 3b 9x", Show(await RunAsync(rows, outOfOrderness: 100)));
    }

    [Fact]
    public async Task A_row_that_comes_after_its_turn_goes_to_the_dead_letters_and_is_counted()
    {
        var letters = new List<DeadLetter>();
        var output = new List<Reading>();
        Pipeline pipeline = Ordered([new(1, "a"), new(10, "b"), new(8, "late"), new(9, "in time")], outOfOrderness: 1, output.Add);
        pipeline.DeadLettersTo(Sinks.ForEach<DeadLetter>(letters.Add));

        JobMetrics metrics = await CompleteAsync(pipeline);

        Assert.Equal("1a 9in time 10b", Show(output));
        Assert.Contains("late", Assert.Single(letters).Payload, StringComparison.Ordinal);
        Assert.Equal(1, metrics.CounterOf(new("in-order"), Counters.LateDropped));
        Assert.Equal(4, metrics.CounterOf(new("in-order"), Counters.Rows));
        Assert.Equal(new SourceMetrics(Rows: 4, Late: 1, Rejected: 0), metrics.Sources["rows"]);
    }

    [Fact]
    public async Task More_rows_than_all_buffers_hold_come_out_in_order()
    {
        var random = new Random(7);
        Reading[] rows = [.. Enumerable.Range(0, 50_000).Select(i => new Reading(random.Next(1000), $"{i}"))];

        List<Reading> output = await RunAsync(rows, outOfOrderness: 1000, s_options with { LaneBatches = 1, BatchRows = 16 });

        Assert.Equal(rows.OrderBy(row => row.Second).ThenBy(row => row.Text, StringComparer.Ordinal), output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Results_of_windows_are_the_same_sequence_at_any_parallelism(int parallelism)
    {
        var random = new Random(11);
        Reading[] rows = [.. Enumerable.Range(0, 20_000).Select(i => new Reading((i / 20) + random.Next(50), $"key{random.Next(100)}"))];
        List<string> Expected() => [.. rows.GroupBy(row => (Start: row.Second / 60 * 60, row.Text)).OrderBy(group => group.Key.Start)
            .ThenBy(group => group.Key.Text, StringComparer.Ordinal)
                .Select(group => $"{group.Key.Start} {group.Key.Text} {group.Count()}")];

        var output = new List<string>();
        var pipeline = Pipeline.Create("windows");
        pipeline.Read("rows", Sources.Of(rows))
            .WithEventTime(row => row.Second * Second, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(50)))
            .KeyBy(row => row.Text).Window("count", ActorStreams.Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(Aggregate.Of<Reading>().Count())
            .OrderByEventTime("in-order", Comparer<WindowResult<string, long>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key)))
            .Write("out",
                Sinks.ForEach<WindowResult<string, long>>(
                result => output.Add($"{result.Window.Start / Second} {result.Key} {result.Result}")));
        await CompleteAsync(pipeline, s_options with { Parallelism = parallelism });

        Assert.Equal(Expected(), output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Stopped_and_started_again_and_again_it_emits_every_row_once_and_in_order(int seed)
    {
        var random = new Random(seed);
        Reading[] rows = [.. Enumerable.Range(0, 3000).Select(i => new Reading((i / 10) + random.Next(30), $"{i}"))];
        await using Store store = Store.InMemory();
        var output = new List<Reading>();
        var source = new ScriptedSource<Reading>();
        int given = 0;
        for (int start = 0; given < rows.Length; start++)
        {
            // Stopped with the rows of this start committed in part, and with new ones on their way.
            int committed = given, more = Math.Min(random.Next(100, 500), rows.Length - given);
            source.Add(rows[given..(given += more)]);
            await using Job job = await Job.StartAsync(Ordered(source, outOfOrderness: 30, output.Add), store,
                s_options with { Parallelism = 1 + (start % 3) });
            await source.CommittedAsync(committed + random.Next(more));
            more = Math.Min(random.Next(100), rows.Length - given);
            source.Add(rows[given..(given += more)]);
            await job.StopAsync().WaitAsync(Limits.Test);
        }

        source.End();
        await Ordered(source, outOfOrderness: 30, output.Add).ToEndAsync(store, s_options);
        Assert.Equal(rows.OrderBy(row => row.Second).ThenBy(row => row.Text, StringComparer.Ordinal), output);
    }

    [Fact]
    public async Task The_rows_that_wait_can_be_asked_for()
    {
        var source = new ScriptedSource<Reading>().Add(new(5, "b"), new(5, "a"), new(2, "z"));
        await using Job job = await Job.StartAsync(Ordered(source, outOfOrderness: 100, _ => { }), Store.InMemory(), s_options);
        await source.CommittedAsync(3);

        IReadOnlyList<Reading>? waiting = await job.Entity<byte, IReadOnlyList<Reading>>(new("in-order"), 0).AskAsync();

        Assert.Equal("2z 5a 5b", Show(waiting!));
        await job.StopAsync().WaitAsync(Limits.Test);
    }

    /// <summary>The last watermark may find every inbox full; the end of the source must not be forgotten over it.</summary>
    [Fact]
    public async Task A_job_whose_mailboxes_are_full_when_its_source_ends_still_ends()
    {
        Reading[] rows = [.. Enumerable.Range(0, 500).Select(i => new Reading(i, $"{i % 10}"))];
        for (int run = 0; run < 100; run++)
        {
            var pipeline = Pipeline.Create("ends");
            pipeline.Read("rows", Sources.Of(rows)).WithEventTime(row => row.Second * Second, Watermarks.Monotonic())
                .KeyBy(row => row.Text).Window("count", ActorStreams.Window.Tumbling(TimeSpan.FromSeconds(1)))
                    .Aggregate(Aggregate.Of<Reading>().Count())
                .Write("out", Sinks.ForEach<WindowResult<string, long>>(_ => { }));
            await CompleteAsync(pipeline, new JobOptions { Parallelism = 4, LaneBatches = 1, BatchRows = 16 });
        }
    }

    private static async Task<List<Reading>> RunAsync(Reading[] rows, int outOfOrderness, JobOptions? options = null)
    {
        var output = new List<Reading>();
        await CompleteAsync(Ordered(rows, outOfOrderness, output.Add), options);
        return output;
    }

    private static async Task<JobMetrics> CompleteAsync(Pipeline pipeline, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory(), options ?? s_options);
        await job.Completion.WaitAsync(Limits.Test);
        return job.Metrics;
    }

    private static Pipeline Ordered(Reading[] rows, int outOfOrderness, Action<Reading> output) =>
        Ordered(Sources.Of(rows), outOfOrderness, output);

    private static Pipeline Ordered(Source<Reading> rows, int outOfOrderness, Action<Reading> output)
    {
        var pipeline = Pipeline.Create("ordered");
        pipeline.Read("rows", rows)
            .WithEventTime(row => row.Second * Second, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(outOfOrderness)))
            .OrderByEventTime("in-order", Comparer<Reading>.Create((a, b) => string.CompareOrdinal(a.Text, b.Text)))
            .Write("out", Sinks.ForEach(output));
        return pipeline;
    }

    private static string Show(IEnumerable<Reading> rows) => string.Join(' ', rows.Select(row => $"{row.Second}{row.Text}"));

    internal readonly record struct Reading(long Second, string Text);
}
