using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Partitions that fall silent, and wake up again; all on virtual time.</summary>
public sealed class IdlenessSpec
{
    private static readonly WatermarkStrategy s_idle = Watermarks.Monotonic().WithIdleness(TimeSpan.FromMinutes(1));
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(61);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_silent_partition_stops_counting_after_its_time_out_and_not_before(int parallelism)
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_idle, sink, Options(parallelism));
        source.Add(0, At(1)).Add(1, At(2));
        test.AdvanceTime(TimeSpan.FromSeconds(30));
        source.Add(0, At(25));
        test.AdvanceTime(TimeSpan.FromSeconds(29));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(TimeSpan.FromSeconds(2));
        Assert.Equal(["a 0 2"], sink.Shown());
        Assert.True(test.Job.Metrics.Partitions["rows/1"].IsIdle);
        Assert.False(test.Job.Metrics.Partitions["rows/0"].IsIdle);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_partition_that_wakes_up_behind_stalls_nobody_and_counts_again_once_it_has_caught_up(int parallelism)
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_idle, sink, Options(parallelism));
        source.Add(0, At(1)).Add(1, At(2));
        test.AdvanceTime(s_minute);
        source.Add(0, At(35));
        Assert.Equal(["a 0 2"], sink.Shown());

        // Behind: its row is late, and nothing waits for it.
        source.Add(1, At(15));
        test.RunUntilIdle();
        source.Add(0, At(45));
        Assert.Equal(["a 0 2", "a 30 1"], sink.Shown());
        test.Commit();
        Assert.Equal("counts", Assert.Single(test.ReadTable("dead_letters"))[1]);

        // Caught up, as far as windows can tell: it counts.
        source.Add(1, At(42));
        test.RunUntilIdle();
        source.Add(0, At(75));
        Assert.Equal(["a 0 2", "a 30 1"], sink.Shown());
        source.Add(1, At(62));
        Assert.Equal(["a 0 2", "a 30 1", "a 40 2"], sink.Shown());
        source.End();
        Assert.Equal(["a 0 2", "a 30 1", "a 40 2", "a 60 1", "a 70 1"], sink.Shown());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_partition_that_wakes_up_in_time_loses_nothing(int parallelism)
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_idle, sink, Options(parallelism));
        source.Add(0, At(1)).Add(1, At(2));
        test.AdvanceTime(s_minute);
        for (int second = 10; second < 60; second++)
        {
            source.Add(1, At(second - 1), At(second));
            test.RunUntilIdle();
            source.Add(0, At(second));
            test.RunUntilIdle();
        }

        source.End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 3", "a 10 30", "a 20 30", "a 30 30", "a 40 30", "a 50 29"], sink.Shown());
        Assert.Empty(test.ReadTable("dead_letters"));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public async Task Idleness_and_the_watermark_are_the_same_after_a_restart(int before, int after)
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_idle, sink, Options(before));
        source.Add(0, At(1)).Add(1, At(2));
        test.AdvanceTime(s_minute);
        source.Add(0, At(35));
        Assert.Equal(["a 0 2"], sink.Shown());
        test.Commit().CrashAndRestore(after);

        // No further time-out is needed, and what was complete is complete.
        source.Add(0, At(5), At(45));
        Assert.Equal(["a 0 2", "a 30 1"], sink.Shown());
        source.Add(1, At(6), At(41));
        test.RunUntilIdle();
        source.Add(0, At(55));
        source.End();
        Assert.Equal(["a 0 2", "a 30 1", "a 40 2", "a 50 1"], sink.Shown());
        test.RunUntilIdle();
        Assert.Equal(2, test.ReadTable("dead_letters").Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task While_all_are_idle_the_watermark_stands_where_the_furthest_stood(int parallelism)
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_idle, sink, Options(parallelism));
        source.Add(0, At(1)).Add(1, At(25));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(TimeSpan.FromDays(1));
        Assert.Equal(["a 0 1"], sink.Shown());
        source.Add(0, At(21)).End();
        Assert.Equal(["a 0 1", "a 20 2"], sink.Shown());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Final_results_come_out_by_the_clock_when_no_further_row_arrives(int parallelism)
    {
        var source = new FedSource(3);
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2))
            .WithIdleness(TimeSpan.FromSeconds(5), WhenAllIdle.AdvanceAfter(TimeSpan.FromSeconds(20)));
        await using StreamTest test = await StartAsync(source, watermarks, sink, Options(parallelism));
        source.Add(0, At(1), At(23), At(58)).Add(1, At(12)).Add(2, At(14));

        // The watermark stood at 56 when all fell silent; it goes on after 20 seconds, at the speed of the clock.
        test.AdvanceTime(TimeSpan.FromSeconds(19));
        Assert.DoesNotContain("a 50 1", sink.Shown());
        test.AdvanceTime(TimeSpan.FromSeconds(2));
        Assert.Equal(["a 0 1", "a 10 2", "a 20 1", "a 50 1"], sink.Shown());

        // It stands at 77 now, and does not go back when rows come.
        source.Add(1, At(55), At(71, "b"), At(81, "b"));
        test.RunUntilIdle();
        source.Add(0, At(83));
        test.AdvanceTime(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("b 70 1", sink.Shown());
        test.AdvanceTime(TimeSpan.FromMinutes(1));
        Assert.Equal(["a 0 1", "a 10 2", "a 20 1", "a 50 1", "a 80 1", "b 70 1", "b 80 1"], sink.Shown());
        test.Commit();
        Assert.Single(test.ReadTable("dead_letters"));
        source.End();
        Assert.Equal(7, sink.Shown().Length);
    }

    [Fact]
    public async Task The_clock_goes_on_where_it_stood_after_a_restart()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.Monotonic()
            .WithIdleness(TimeSpan.FromSeconds(5), WhenAllIdle.AdvanceAfter(TimeSpan.FromSeconds(5)));
        await using StreamTest test = await StartAsync(source, watermarks, sink, Options(1));
        source.Add(0, At(1), At(2));
        test.AdvanceTime(TimeSpan.FromSeconds(12));
        Assert.Equal(["a 0 2"], sink.Shown());
        test.Commit().CrashAndRestore();
        source.Add(0, At(3), At(11));
        test.AdvanceTime(TimeSpan.FromSeconds(12));
        Assert.Equal(["a 0 2", "a 10 1"], sink.Shown());
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
    }

    [Fact]
    public async Task A_source_that_never_had_a_row_has_no_watermark_to_go_on_from()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.Monotonic()
            .WithIdleness(TimeSpan.FromSeconds(5), WhenAllIdle.AdvanceAfter(TimeSpan.FromSeconds(5)));
        await using StreamTest test = await StartAsync(source, watermarks, sink, Options(1));
        test.AdvanceTime(TimeSpan.FromHours(1));
        source.Add(0, At(1));
        test.AdvanceTime(TimeSpan.FromSeconds(20));
        Assert.Equal(["a 0 1"], sink.Shown());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Two_sources_hold_each_other_until_one_is_idle(int parallelism)
    {
        FedSource left = new(), right = new();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Event> rows = pipeline.Read("left", left).WithEventTime(row => row.Time, s_idle);
            rows.Union(pipeline.Read("right", right).WithEventTime(row => row.Time, s_idle)).CountInto(sink);
        }, Options(parallelism));
        left.Add(0, At(1), At(15));
        right.Add(0, At(2));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(s_minute);
        left.Add(0, At(35));
        Assert.Equal(["a 0 2", "a 10 1"], sink.Shown());

        // The right source wakes up behind: nobody waits for it until it has caught up.
        right.Add(0, At(21));
        test.RunUntilIdle();
        left.Add(0, At(45));
        Assert.Equal(["a 0 2", "a 10 1", "a 30 1"], sink.Shown());
        right.Add(0, At(44));
        test.RunUntilIdle();
        left.Add(0, At(55));
        Assert.Equal(["a 0 2", "a 10 1", "a 30 1"], sink.Shown());
        right.Add(0, At(51));
        Assert.Equal(["a 0 2", "a 10 1", "a 30 1", "a 40 2"], sink.Shown());
    }
}
