using ActorStreams.Authoring;

namespace ActorStreams.TestKit.Tests;

/// <summary>A pipeline as production builds it runs unchanged between a test source and a test sink.</summary>
public sealed class TestSourceSpec
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly TestSink<string> _counts = new();
    private readonly TestSink<Click> _late = new(click => click.Page);

    private static WatermarkStrategy TenSeconds => Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10));

    [Fact]
    public async Task The_pipelines_own_event_time_and_watermark_decide_when_a_window_is_complete()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds));

        Play(clicks, "home 12:00:10", "home 12:00:50", "cart 12:01:09.999999");
        _counts.ShouldEmit("");

        Play(clicks, "cart 12:01:10");
        _counts.ShouldEmit("12:00 home 2");
    }

    [Fact]
    public async Task A_row_behind_the_pipelines_watermark_is_late_and_one_that_is_only_out_of_order_is_not()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds));

        Play(clicks, "home 12:01:05", "home 12:00:59", "home 12:01:30", "home 12:00:58");

        _counts.ShouldEmit("12:00 home 1");
        _late.ShouldEmit("home");
        clicks.Complete();
        _counts.ShouldEmit("12:01 home 2");
    }

    [Fact]
    public async Task Times_and_watermarks_that_are_played_do_not_override_what_the_pipeline_says()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds));

        clicks.Element(ClickOf("home 12:00:10"), at: "18:00").Watermark("19:00");
        _counts.ShouldEmit("");

        clicks.Complete();
        _counts.ShouldEmit("12:00 home 1");
    }

    [Fact]
    public async Task A_silent_partition_holds_the_watermark_until_the_pipelines_idle_time_has_passed()
    {
        var clicks = new TestSource<Click>(partitions: 2);
        await using StreamTest test = await StreamTest.StartAsync(
            Build(clicks, _counts, _late, TenSeconds.WithIdleness(TimeSpan.FromSeconds(30))));
        clicks.Element(ClickOf("home 12:00:10"), partition: 0).Element(ClickOf("cart 12:05"), partition: 0);
        _counts.ShouldEmit("");

        test.AdvanceTime(TimeSpan.FromSeconds(29.9));
        _counts.ShouldEmit("");

        // Partition 0 has been silent for as long: it waits for nobody, and nobody for it.
        clicks.Element(ClickOf("cart 12:05:01"), partition: 0);
        test.AdvanceTime(TimeSpan.FromSeconds(0.1));
        _counts.ShouldEmit("12:00 home 1");
    }

    [Fact]
    public async Task A_rate_limit_lets_rows_pass_as_virtual_time_does()
    {
        var numbers = new TestSource<int>();
        var sink = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", numbers.RateLimit(10)).Write("out", sink));
        for (int number = 0; number < 20; number++)
            numbers.Element(number);

        Assert.Single(sink.Rows);
        test.AdvanceTime(TimeSpan.FromMilliseconds(450));
        Assert.Equal(5, sink.Rows.Count);
        test.AdvanceTime(TimeSpan.FromSeconds(10));
        Assert.Equal(Enumerable.Range(0, 20), sink.Rows);
    }

    [Fact]
    public async Task Watermarks_that_are_played_count_where_the_pipeline_leaves_them_to_the_source()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, Watermarks.FromSource()));

        Play(clicks, "home 12:00:10", "home 12:05");
        _counts.ShouldEmit("");

        clicks.Watermark("12:01");
        _counts.ShouldEmit("12:00 home 1");
    }

    [Fact]
    public async Task Rows_without_any_event_time_run_through_a_pipeline_that_needs_none()
    {
        var numbers = new TestSource<int>();
        var sink = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", numbers).Map(number => number * 2).Write("out", sink));

        numbers.Element(1).Element(2);

        sink.ShouldEmit("""
            2
            4
            """);
    }

    [Fact]
    public async Task A_read_that_fails_fails_the_job_and_a_new_process_reads_on()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds));
        Play(clicks, "home 12:00:10");
        test.Commit();
        Play(clicks, "home 12:00:20");
        clicks.Fail(new IOException("connection lost"));

        var error = Assert.Throws<JobException>(() => _counts.Rows);
        Assert.Contains("connection lost", error.Message, StringComparison.Ordinal);
        Assert.Contains("source 'clicks'", error.Message, StringComparison.Ordinal);

        test.CrashAndRestore();
        Play(clicks, "home 12:00:30", "cart 12:05");
        _counts.ShouldEmit("12:00 home 3");
    }

    [Fact]
    public async Task A_job_that_restarts_by_itself_reads_again_from_the_last_epoch_once_its_back_off_is_over()
    {
        var clicks = new TestSource<Click>();
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds),
            new JobOptions
            {
                Parallelism = 1,
                EpochInterval = TimeSpan.FromDays(1),
                Restart = RestartPolicy.BackOff,
                MaxEventTimeAhead = null
            });
        Play(clicks, "home 12:00:10");
        clicks.Fail(new IOException("connection lost"));
        Play(clicks, "home 12:00:20", "cart 12:05");
        _counts.ShouldEmit("");

        test.AdvanceTime(TimeSpan.FromSeconds(0.9));
        _counts.ShouldEmit("");
        test.AdvanceTime(TimeSpan.FromSeconds(0.1));
        _counts.ShouldEmit("12:00 home 2");
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_keeps_its_place_and_goes_where_the_policy_says()
    {
        var clicks = new TestSource<Click>();
        var dead = new TestSink<DeadLetter>(letter => $"{letter.Operator} {letter.Payload}");
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds).DeadLettersTo(dead),
            new JobOptions { Parallelism = 1, EpochInterval = TimeSpan.FromDays(1), Errors = ErrorPolicy.Skip, MaxEventTimeAhead = null });

        Play(clicks, "home 12:00:10");
        clicks.Reject("{ not json", new FormatException("line 2: not JSON"));
        Play(clicks, "cart 12:05");

        _counts.ShouldEmit("12:00 home 1");
        dead.ShouldEmit("clicks { not json");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_crash_after_every_step_changes_nothing(int partitions)
    {
        var clicks = new TestSource<Click>(partitions);
        await using StreamTest test = await StreamTest.StartAsync(Build(clicks, _counts, _late, TenSeconds));
        for (int step = 0; step < 30; step++)
        {
            clicks.Element(ClickOf($"home 12:{step / 6:00}:{step % 6 * 10:00}"), partition: step % partitions);
            if (step % 3 != 0)
                test.Commit();
            test.CrashAndRestore(1 + (step % 4));
        }

        clicks.Complete();
        Assert.Equal(["12:00 home 6", "12:01 home 6", "12:02 home 6", "12:03 home 6", "12:04 home 6"], _counts.Rows);
        Assert.Empty(_late.Rows);
    }

    [Fact]
    public async Task A_test_sink_refuses_what_the_sink_in_production_would_refuse()
    {
        var sink = new TestSink<Change<string>> { Accepts = ChangelogMode.InsertOnly };

        await Assert.ThrowsAsync<PipelineException>(
            () => StreamTest.StartAsync(pipeline => pipeline.Read("changes", new TestSource<Change<string>>()).Write("out", sink)));
    }

    [Fact]
    public void A_partition_that_is_not_there_is_named_with_those_that_are()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new TestSource<int>(partitions: 2).Element(1, partition: 2));

        Assert.Contains("2 partition(s)", error.Message, StringComparison.Ordinal);
    }

    /// <summary>As production would build it: it knows nothing of tests.</summary>
    private static Pipeline Build(Source<Click> source, Sink<string> counts, Sink<Click> missed, WatermarkStrategy watermarks)
    {
        var pipeline = Pipeline.Create("clicks-per-minute");
        pipeline.Read("clicks", source)
                .WithEventTime(click => click.Time, watermarks)
                .KeyBy(click => click.Page)
                .Window("counts", Window.Tumbling(s_minute))
                .LateTo(out Stream<Click> late)
                .Aggregate(Aggregate.Of<Click>().Count())
                .Map(count => $"{count.Window.StartTime:HH:mm} {count.Key} {count.Result}")
                .Write("out", counts);
        late.Write("missed", missed);
        return pipeline;
    }

    private static void Play(TestSource<Click> source, params ReadOnlySpan<string> clicks)
    {
        foreach (string click in clicks)
            source.Element(ClickOf(click));
    }

    private static Click ClickOf(string text) => new(text.Split(' ')[0], TestTime.Of(text.Split(' ')[1]));

    public sealed record Click(string Page, DateTimeOffset Time);
}
