using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>A watermark every 5 seconds of event time, 2 seconds behind.</summary>
public record struct EveryFiveSeconds(long Highest, bool IsStarted) : IWatermarkGenerator<Event>
{
    public long OnRow(in Event row, long time)
    {
        Highest = IsStarted ? Math.Max(Highest, time) : time;
        IsStarted = true;
        return (EventTime.FloorDiv(Highest, 5_000_000) * 5_000_000) - 2_000_000;
    }
}

/// <summary>A generator that cannot be stored.</summary>
public struct WithDelegate : IWatermarkGenerator<Event>
{
    public Func<long, long>? Of;

    public readonly long OnRow(in Event row, long time) => Of!(time);
}

/// <summary>Each strategy in a running job: when windows close, and what a restart changes (nothing).</summary>
public sealed class StrategySpec
{
    public static TheoryData<string, int> Runs
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string strategy in (string[])["monotonic", "bounded", "punctuated", "source", "own", "adaptive"])
            {
                data.Add(strategy, 1);
                data.Add(strategy, 2);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_restart_in_the_middle_gives_the_same_panes_and_the_same_late_rows(string strategy, int parallelism)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            (string[] panes, int lettersBefore, string metrics) = await RunAsync(strategy, seed, parallelism, restarts: false);
            (string[] again, int letters, string metricsAgain) = await RunAsync(strategy, seed, parallelism, restarts: true);
            Assert.True(panes.Length > 10, $"{strategy}, seed {seed}");
            Assert.Equal(panes, again);
            Assert.Equal(lettersBefore, letters);
            Assert.Equal(metrics, metricsAgain);
        }
    }

    [Fact]
    public async Task Equal_times_negative_times_and_a_gap_of_a_year()
    {
        const int Year = 365 * 86_400;
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, Watermarks.Monotonic(), sink, Options(1));
        source.Add(0, At(-15), At(-15), At(-11), At(-10), At(-0.000001), At(0), At(0));
        sink.ShouldEmit("""
            a -20 3
            a -10 2
            """);
        source.Add(0, At(Year + 5), At(3));
        sink.ShouldEmit("a 0 2");
        source.End();
        sink.ShouldEmit("a 31536000 1");
        Assert.Equal(new SourceMetrics(9, Late: 1, 0), test.Job.Metrics.Sources["rows"]);
    }

    [Fact]
    public async Task What_the_source_declares_closes_windows_also_without_a_row()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, Watermarks.FromSource(), sink, Options(1));
        source.Add(0, At(1), At(25), At(2)).Declare(0, 9 * Second).Add(0, At(9.5));
        sink.ShouldEmit("");
        source.Declare(0, 10 * Second);
        sink.ShouldEmit("a 0 3");
        test.Commit().CrashAndRestore();
        source.Add(0, At(8)).Declare(0, 30 * Second).Declare(0, 20 * Second);
        sink.ShouldEmit("a 20 1");
        Assert.Equal(1, test.Job.Metrics.Sources["rows"].Late);
        source.End();
        sink.ShouldEmit("");
    }

    [Fact]
    public async Task A_row_whose_watermark_cannot_be_told_is_a_bad_row_of_its_source()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.Punctuated<Event>(
            row => row.IsMarker ? throw new FormatException("no instant") : (long?)row.Time);
        await using StreamTest test = await StartAsync(source, watermarks, sink, Options(1) with { Errors = ErrorPolicy.Skip });
        source.Add(0, At(1), At(2, isMarker: true), At(3), At(12), At(13, isMarker: true)).End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 2", "a 10 1"], sink.Shown());
        Assert.Equal(new SourceMetrics(3, 0, Rejected: 2), test.Job.Metrics.Sources["rows"]);
        Assert.Equal(2, test.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task A_row_whose_watermark_cannot_be_told_is_no_row_from_far_ahead_although_one_follows_it()
    {
        const double InSeventyYears = 70 * 366.0 * 86_400;
        var source = new FedSource();
        WatermarkStrategy watermarks = Watermarks.Punctuated<Event>(
            row => row.IsMarker ? throw new FormatException("no instant") : (long?)row.Time);
        source.Add(0, At(1), At(2, isMarker: true), At(InSeventyYears)).End();

        JobException error = await Assert.ThrowsAsync<JobException>(async () =>
        {
            await using StreamTest test = await StartAsync(source, watermarks, Sink(),
                Options(1) with { Errors = ErrorPolicy.Fail, MaxEventTimeAhead = TimeSpan.FromDays(1) });
            test.RunUntilIdle();
        });

        Assert.Contains("no instant", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_strategy_for_other_rows_is_refused_where_it_is_given()
    {
        PipelineException error = Assert.Throws<PipelineException>(() => Pipeline.Create("p").Read("rows", new FedSource())
            .WithEventTime(row => row.Time, Watermarks.Punctuated<string>(_ => (long?)null)));
        Assert.Contains("source 'rows'", error.Message, StringComparison.Ordinal);
        Assert.Contains("System.String", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generator_that_cannot_be_stored_is_refused_where_it_is_given() =>
        Assert.Contains("WithDelegate", Assert.Throws<PipelineException>(() => Pipeline.Create("p").Read("rows", new FedSource())
            .WithEventTime(row => row.Time, Watermarks.Of<Event, WithDelegate>(default))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Metrics_tell_the_completeness_that_was_achieved_by_partition()
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy adaptive = Watermarks.Adaptive(0.9,
            new AdaptiveOptions { MaximumDelay = TimeSpan.FromSeconds(5), WarmUpRows = 256 });
        await using StreamTest test = await StartAsync(source, adaptive, sink, Options(2));
        source.Add(0, [.. Enumerable.Range(0, 1000).Select(row => At(row))]).Add(0, At(3)).Add(1, At(7));
        test.Commit().CrashAndRestore().RunUntilIdle();
        JobMetrics metrics = test.Job.Metrics;
        Assert.Equal(1 - (1 / 1002.0), metrics.Sources["rows"].Completeness, 6);
        Assert.Equal(new PartitionMetrics(1001, 1, 0, EventTime.ToDateTimeOffset(999 * Second), TimeSpan.Zero, IsIdle: false),
            metrics.Partitions["rows/0"]);
        Assert.Equal(new PartitionMetrics(1, 0, 0, EventTime.ToDateTimeOffset(2 * Second), TimeSpan.FromSeconds(5), IsIdle: false),
            metrics.Partitions["rows/1"]);
        Assert.Equal(1, metrics.Partitions["rows/1"].Completeness);
    }

    [Fact]
    public void Plans_say_how_far_and_for_whom_the_watermark_waits()
    {
        Pipeline pipeline = Pipeline.Create("p");
        WatermarkStrategy watermarks = Watermarks.Adaptive(0.99)
            .WithIdleness(TimeSpan.FromSeconds(30), WhenAllIdle.AdvanceAfter(TimeSpan.FromMinutes(1)))
            .WithAlignment(TimeSpan.FromMinutes(5), "all");
        pipeline.Read("rows", new FedSource()).WithEventTime(row => row.Time, watermarks).CountInto(Sink());
        Assert.Contains(
            "watermark adaptive, completeness 0.99, idle after 00:00:30, when all are idle on by the clock after 00:01:00, aligned within 00:05:00 in group all",
            pipeline.Describe(), StringComparison.Ordinal);
    }

    private static async Task<(string[] Panes, int DeadLetters, string Metrics)> RunAsync(string strategy, int seed, int parallelism,
        bool restarts)
    {
        var random = new Random(seed);
        var source = new FedSource(2) { RowsPerRead = 7 };
        TestSink<WindowCount> sink = Sink();
        JobOptions options = Options(parallelism) with { BatchRows = 16 };
        await using StreamTest test = await StartAsync(source, Of(strategy), sink, options);
        long[] clock = [-40 * Second, -40 * Second];
        for (int turn = 0; turn < 60; turn++)
        {
            // One partition at a time, and to the end: which rows are late must not depend on who is read first.
            int partition = turn % 2;
            for (int row = random.Next(1, 30); row > 0; row--)
            {
                clock[partition] += random.Next(2) * Second / 2;
                long time = clock[partition] - (random.Next(random.Next(15) == 0 ? 20 : 3) * Second);
                source.Add(partition, new Event($"{partition}-{random.Next(3)}", time, random.Next(5) == 0));
                if (random.Next(8) == 0)
                    source.Declare(partition, clock[partition] - (4 * Second));
            }

            test.RunUntilIdle();
            if (!restarts || turn % 3 != 0)
                continue;
            test.Commit();
            if (turn % 2 == 0)
                source.Add(partition, []);
            test.CrashAndRestore(1 + (turn % 3));
        }

        source.End();
        test.RunUntilIdle();
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        string metrics = string.Join(", ", test.Job.Metrics.Partitions.Select(partition =>
            string.Create(CultureInfo.InvariantCulture,
                $"{partition.Key} {partition.Value.Rows} {partition.Value.Late} {partition.Value.Watermark} {partition.Value.Delay}")));
        return ([.. sink.Shown()], test.ReadTable("dead_letters").Count, metrics);
    }

    private static WatermarkStrategy Of(string strategy) => strategy switch
    {
        "monotonic" => Watermarks.Monotonic(),
        "bounded" => Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(3)),
        "punctuated" => Watermarks.Punctuated<Event>(row => row.IsMarker ? EventTime.ToDateTimeOffset(row.Time - (3 * Second)) : null),
        "source" => Watermarks.FromSource(),
        "own" => Watermarks.Of<Event, EveryFiveSeconds>(default),
        _ => Watermarks.Adaptive(0.9,
            new AdaptiveOptions { MaximumDelay = TimeSpan.FromSeconds(15), WarmUpRows = 256, HalfLifeRows = 512 }),
    };
}
