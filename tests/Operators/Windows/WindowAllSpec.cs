using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Windows over all rows of a stream: everything that can be said of keyed windows can be said of them.</summary>
public sealed class WindowAllSpec
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Early_panes_and_allowed_lateness() =>
        Contract(windows => windows.Trigger(Trigger.AfterWatermark(Trigger.AfterCount(2), Trigger.AfterCount(1))).AllowedLateness(s_minute)
            .DropLate())
            .Element(1, at: "12:00:10")
            .Element(2, at: "12:00:20")
            .Element(3, at: "12:00:30")
            .Watermark("12:01")
            .Element(4, at: "12:00:40")     // within the allowed lateness
            .Watermark("12:02")
            .Element(5, at: "12:00:50")     // late
            .Holds("""
                12:00 3 Early
                12:00 6 OnTime
                12:00 10 Late
                """);

    [Fact]
    public void Discarding_panes_that_come_only_if_they_hold_something_new() =>
        Contract(windows => windows.Trigger(Trigger.AfterWatermark(Trigger.AfterCount(2))).Discarding()
            .OnTime(FiringBehaviour.FireIfNonEmpty))
            .Element(1, at: "12:00:10")
            .Element(2, at: "12:00:20")
            .Element(3, at: "12:01:30")
            .Watermark("12:02")
            .Holds("""
                12:00 3 Early
                12:01 3 OnTime
                """);

    [Fact]
    public void Sessions() =>
        new OperatorContract<int, WindowResult<long>>(
                numbers => numbers.WindowAll("all", Window.Session(s_minute)).Aggregate(Aggregate.Of<int>().Sum(number => (long)number)),
                all => $"{all.Window.StartTime:HH:mm:ss} {all.Result}")
            .Element(1, at: "12:00:10")
            .Element(2, at: "12:01:00")
            .Element(4, at: "12:05:00")
            .Watermark("12:10")
            .Holds("""
                12:00:10 3
                12:05:00 4
                """);

    [Fact]
    public async Task Lateness_judged_by_source_gives_the_late_rows_as_a_stream()
    {
        var source = new TestSource<int>();
        var (sums, missed) = (new TestSink<long>(), new TestSink<int>());
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                pipeline.Read("numbers", source).WindowAll("all", Window.Tumbling(s_minute)).Lateness(Lateness.BySource)
                    .LateTo(out Stream<int> late)
                    .Aggregate(Aggregate.Of<int>().Sum(number => (long)number)).Map(result => result.Result).Write("sums", sums);
                late.Write("late", missed);
            },
            new JobOptions { Parallelism = 2, Shards = 8, EpochInterval = TimeSpan.FromDays(1) });
        source.Element(1, at: "12:00:10").Watermark("12:01").Element(2, at: "12:00:20").Element(3, at: "12:01:20").Watermark("12:02");
        test.RunUntilIdle();
        Assert.Equal([1L, 3L], sums.Rows);
        Assert.Equal([2], missed.Rows);
    }

    [Fact]
    public void A_late_stream_is_read_after_the_last_verb_and_says_so_before()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        WindowedAll<int> windows = pipeline.Read("numbers", new TestSource<int>()).WindowAll("all", Window.Tumbling(s_minute))
            .LateTo(out Stream<int> late);
        PipelineException error = Assert.Throws<PipelineException>(() => late.Write("late", new TestSink<int>()));
        Assert.Equal("Pipeline 'shop': the late rows of 'all' can be read after its last verb (Aggregate, Select) was called.",
            error.Message);
        windows.Aggregate(Aggregate.Of<int>().Count());
        late.Write("late", new TestSink<int>());
    }

    [Fact]
    public async Task Panes_are_taken_back_wherever_that_is_said()
    {
        var source = new TestSource<int>();
        var sinks = new TestSink<string>[3];
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                KeyedStream<int, int> numbers = pipeline.Read("numbers", source).KeyBy(_ => 0);
                WindowedStream<int, int> Windows(string name) => numbers.Window(name, Window.Tumbling(s_minute));
                Trigger each = Trigger.AfterWatermark(Trigger.AfterCount(1), Trigger.AfterCount(1));
                Write(0, Windows("last").Trigger(each).AllowedLateness(s_minute).DropLate().Retracting());
                Write(1, Windows("first").Retracting().Trigger(each).AllowedLateness(s_minute).DropLate());
                Write(2, Windows("between").Trigger(each).Retracting().DropLate().AllowedLateness(s_minute));
            },
            new JobOptions { Parallelism = 1, Shards = 8, EpochInterval = TimeSpan.FromDays(1) });
        source.Element(1, at: "12:00:10").Element(2, at: "12:00:20").Watermark("12:01").Element(4, at: "12:00:30").Watermark("12:02");
        test.RunUntilIdle();
        Assert.Equal(["1 1", "-1 1", "1 3", "-1 3", "1 3", "-1 3", "1 7"], sinks[0].Rows);
        Assert.Equal(sinks[0].Rows, sinks[1].Rows);
        Assert.Equal(sinks[0].Rows, sinks[2].Rows);

        void Write(int at, RetractingStream<int, int> retracting) => retracting.Aggregate(Aggregate.Of<int>().Sum(number => (long)number))
            .Map(change => $"{change.Weight} {change.Row.Result}").Write($"out-{at}", sinks[at] = new TestSink<string>());
    }

    private static OperatorContract<int, WindowResult<long>> Contract(Func<WindowedAll<int>, WindowedAll<int>> say) => new(
        numbers => say(numbers.WindowAll("all", Window.Tumbling(s_minute))).Aggregate(Aggregate.Of<int>().Sum(number => (long)number)),
        all => $"{all.Window.StartTime:HH:mm} {all.Result} {all.Pane.Timing}");
}
