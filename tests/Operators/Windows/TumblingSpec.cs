using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Windows;

public readonly record struct Reading(string Key, long Time, long Value = 1);

/// <summary>Tumbling windows: which window a row falls into, when it fires, and what becomes of rows that come too late.</summary>
public sealed class TumblingSpec
{
    private static readonly TimeSpan s_tenMicros = TimeSpan.FromMicroseconds(10);

    /// <summary>Windows of 10 µs; a result is "key [start,end) count sum".</summary>
    private static async Task<(string[] Results, MemoryStore Store)> RunAsync(
        Reading[] rows, TimeSpan offset = default, long bound = 0, ErrorPolicy errors = ErrorPolicy.Fail, JobOptions? options = null,
            TimeSpan? size = null)
    {
        var store = Store.InMemory();
        var results = new List<string>();
        var pipeline = Pipeline.Create("windows");
        pipeline.Read("rows", Sources.Of(rows))
            .WithEventTime(row => row.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(bound)))
            .KeyBy(row => row.Key).Window("sums", Window.Tumbling(size ?? s_tenMicros, offset), errors)
            .Aggregate(Aggregate.Of<Reading>().Count().Sum(row => row.Value))
            .Write("out", Sinks.ForEach<WindowResult<string, (long, long)>>(result =>
                results.Add($"{result.Key} [{result.Window.Start},{result.Window.End}) {result.Result.Item1} {result.Result.Item2}")));
        await pipeline.ToEndAsync(store, options);
        return ([.. results], store);
    }

    [Fact]
    public async Task Times_before_1970_fall_into_the_window_that_holds_them()
    {
        (string[] results, _) = await RunAsync([new("a", -21), new("a", -20), new("a", -1), new("a", 0), new("a", 9), new("a", 10)]);
        Assert.Equal(["a [-30,-20) 1 1", "a [-20,-10) 1 1", "a [-10,0) 1 1", "a [0,10) 2 2", "a [10,20) 1 1"], results);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(13)]
    [InlineData(-7)]
    public async Task An_offset_moves_the_boundaries(int offset)
    {
        (string[] results, _) = await RunAsync([new("a", -8), new("a", 2), new("a", 3), new("a", 12), new("a", 13)],
            TimeSpan.FromMicroseconds(offset));
        Assert.Equal(["a [-17,-7) 1 1", "a [-7,3) 1 1", "a [3,13) 2 2", "a [13,23) 1 1"], results);
    }

    [Fact]
    public async Task No_rows_give_no_results() => Assert.Empty((await RunAsync([])).Results);

    [Fact]
    public async Task Rows_out_of_order_within_the_bound_equal_times_and_duplicates_all_count()
    {
        (string[] results,
            MemoryStore store) = await RunAsync([new("a", 14), new("a", 5), new("a", 14), new("a", 9), new("a", 5), new("a", 19)],
            bound: 10);
        Assert.Equal(["a [0,10) 3 3", "a [10,20) 3 3"], results);
        Assert.Empty(store.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task A_late_row_goes_to_the_dead_letters_with_its_time_and_the_watermark()
    {
        (string[] results, MemoryStore store) = await RunAsync([new("a", 5), new("a", 10), new("a", 9, 77), new("a", 11)]);
        Assert.Equal(["a [0,10) 1 1", "a [10,20) 2 2"], results);
        object?[] letter = Assert.Single(store.ReadTable("dead_letters"));
        Assert.Equal("sums", letter[1]);
        Assert.Equal("Late: event time 1970-01-01T00:00:00.000009Z, watermark 1970-01-01T00:00:00.00001Z", letter[2]);
        Assert.Contains("77", (string)letter[3]!, StringComparison.Ordinal);
        Assert.Equal(EventTime.ToDateTimeOffset(9), letter[6]);
    }

    [Fact]
    public async Task Late_rows_can_be_read_as_a_stream_and_be_counted_by_key()
    {
        var late = new List<Reading>();
        var pipeline = Pipeline.Create("windows");
        pipeline.Read("rows", Sources.Of([new Reading("a", 25), new("a", 1), new("b", 30), new("b", 29), new("b", 35)]))
            .WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key).Window("sums", Window.Tumbling(s_tenMicros))
            .LateTo(out Stream<Reading> rows).Aggregate(Aggregate.Of<Reading>().Count())
            .Write("out", Sinks.ForEach<WindowResult<string, long>>(_ => { }));
        rows.Write("late", Sinks.ForEach<Reading>(late.Add));
        var store = Store.InMemory();
        await pipeline.ToEndAsync(store);
        Assert.Equal([new Reading("a", 1), new Reading("b", 29)], late.OrderBy(row => row.Key));
        Assert.Empty(store.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task Dropped_late_rows_are_counted()
    {
        var pipeline = Pipeline.Create("windows");
        pipeline.Read("rows", Sources.Of([new Reading("a", 25), new("a", 1), new("b", 2), new("b", 29)]))
            .WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key).Window("sums", Window.Tumbling(s_tenMicros))
            .DropLate().Aggregate(Aggregate.Of<Reading>().Count()).Write("out", Sinks.ForEach<WindowResult<string, long>>(_ => { }));
        var store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store, Runs.Quick);
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(2, job.Run.Regions.Sum(region => region.Counters()["late_dropped"]));
        Assert.Empty(store.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task An_overflowing_sum_fails_the_job_and_names_the_operator()
    {
        Reading[] rows = [new("a", 1, long.MaxValue), new("a", 2, 1)];
        JobException error = await Assert.ThrowsAsync<JobException>(() => RunAsync(rows));
        Assert.Contains("'sums'", error.Message, StringComparison.Ordinal);
        Assert.Contains("OverflowException", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_overflowing_row_is_skipped_without_a_trace()
    {
        (string[] results, MemoryStore store) = await RunAsync([new("a", 1, long.MaxValue), new("a", 2, 1), new("a", 3, -1)],
            errors: ErrorPolicy.Skip);
        Assert.Equal([$"a [0,10) 2 {long.MaxValue - 1}"], results);
        Assert.Equal(1L, Assert.Single(store.ReadTable("dead_letters"))[5]);
    }

    [Fact]
    public async Task NaN_is_the_largest_value_and_rows_without_a_value_do_not_count()
    {
        var results = new List<(double?, double?)>();
        var pipeline = Pipeline.Create("windows");
        (int Key, double? Value)[] rows = [(1, 3), (1, double.NaN), (1, null), (1, double.PositiveInfinity), (2, null)];
        pipeline.Read("rows", Sources.Of(rows)).WithEventTime(_ => 0L, Watermarks.Monotonic()).KeyBy(row => row.Key)
            .Window("extremes", Window.Tumbling(s_tenMicros))
            .Aggregate(Aggregate.Of<(int Key, double? Value)>().Max(row => row.Value).Min(row => row.Value))
            .Write("out", Sinks.ForEach<WindowResult<int, (double?, double?)>>(result => results.Add(result.Result)));
        await pipeline.ToEndAsync(Store.InMemory());
        Assert.Equal([(double.NaN, 3), (null, null)], results.OrderByDescending(result => result.Item1.HasValue));
    }

    [Fact]
    public async Task Timestamps_at_both_ends_of_the_range_fall_into_windows_that_do_not_overlap()
    {
        Reading[] rows = [new("a", long.MinValue), new("a", long.MinValue + 1), new("a", long.MinValue + 7), new("a", long.MinValue + 8),
            new("a", long.MinValue + 17),
            new("a", EventTime.ToMicros(DateTimeOffset.MinValue)), new("a", EventTime.ToMicros(DateTimeOffset.MaxValue)),
                new("a", long.MaxValue - 8), new("a", long.MaxValue - 7)];
        (string[] results, MemoryStore store) = await RunAsync(rows);
        Assert.Empty(store.ReadTable("dead_letters"));
        Assert.Equal(
        [
            $"a [{long.MinValue},{long.MinValue + 8}) 3 3", $"a [{long.MinValue + 8},{long.MinValue + 18}) 2 2",
                "a [-62135596800000000,-62135596799999990) 1 1",
            "a [253402300799999990,253402300800000000) 1 1", $"a [{long.MaxValue - 17},{long.MaxValue - 7}) 1 1",
                $"a [{long.MaxValue - 7},{long.MaxValue}) 1 1",
        ], results);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    public void Every_time_lies_in_its_window_wherever_it_is(int offset)
    {
        TumblingWindows windows = Window.Tumbling(s_tenMicros, TimeSpan.FromMicroseconds(offset));
        foreach (long around in (long[])[long.MinValue, -10, 0, 10, long.MaxValue - 40])
        {
            for (long time = around; time < around + 40; time++)
            {
                Window window = windows.Assign(time);
                Assert.True(window.Contains(time), $"{time} in {window.Start}..{window.End}");
                Assert.Equal(window, windows.Assign(window.Start));
                Assert.Equal(window, windows.Assign(window.End - 1));
            }
        }
    }

    [Theory]
    [Trait("Issue", "B4")]
    [InlineData(ErrorPolicy.Fail)]
    [InlineData(ErrorPolicy.Skip)]
    public async Task A_row_from_the_year_9999_goes_to_the_dead_letters_and_neither_ends_the_job_nor_drives_the_watermark(
        ErrorPolicy errors)
    {
        Reading[] rows = [new("a", 1), new("a", EventTime.ToMicros(DateTimeOffset.MaxValue)), new("a", 2)];
        JobOptions bounded = Runs.Quick with { MaxEventTimeAhead = TimeSpan.FromDays(1), Errors = errors };

        (string[] results, MemoryStore store) = await RunAsync(rows, options: bounded);

        Assert.Equal(["a [0,10) 2 2"], results);
        object?[] letter = Assert.Single(store.ReadTable("dead_letters"));
        Assert.Equal(("rows", "rows/0", 1L), (letter[1], letter[4], letter[5]));
        Assert.Contains("9999-12-31T23:59:59.999999Z is more than 1.00:00:00 ahead of the clock", (string)letter[2]!,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_key_may_have_a_million_rows()
    {
        (string[] results, _) = await RunAsync([.. Enumerable.Range(0, 1_000_000).Select(n => new Reading("a", n))],
            size: TimeSpan.FromSeconds(0.5));
        Assert.Equal(["a [0,500000) 500000 500000", "a [500000,1000000) 500000 500000"], results);
    }

    [Fact]
    public async Task Each_of_200_000_keys_gives_its_result_once()
    {
        (string[] results, _) = await RunAsync([.. Enumerable.Range(0, 200_000).Select(n => new Reading($"k{n}", 0))]);
        Assert.Equal(200_000, results.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(200_000, results.Length);
    }
}
