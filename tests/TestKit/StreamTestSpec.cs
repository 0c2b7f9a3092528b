namespace ActorStreams.TestKit.Tests;

public sealed class StreamTestSpec
{
    private readonly TestSource<string> _clicks = new();
    private readonly TestSink<WindowResult<string, long>> _counts = new(
        count => $"{count.Window.StartTime:HH:mm} {count.Key} {count.Result}");

    [Fact]
    public async Task A_window_emits_when_its_watermark_comes()
    {
        await using StreamTest test = await CountPerMinute();

        _clicks.Element("home", at: "12:00:10").Element("home", at: "12:00:50").Element("home", at: "12:01:00");
        _counts.ShouldEmit("");

        _clicks.Watermark("12:01");
        _counts.ShouldEmit("12:00 home 2");

        _clicks.Complete();
        _counts.ShouldEmit("12:01 home 1");
    }

    [Fact]
    public async Task What_a_crashed_run_wrote_and_did_not_commit_is_gone_and_comes_again()
    {
        await using StreamTest test = await CountPerMinute();
        _clicks.Element("home", at: "12:00:10").Watermark("12:01");
        test.Commit();
        _clicks.Element("home", at: "12:01:10").Watermark("12:02");
        Assert.Equal(2, _counts.Rows.Count);
        Assert.Single(_counts.Committed);

        test.CrashAndRestore();

        Assert.Equal(2, _counts.Rows.Count);
        Assert.Single(_counts.Committed);
        test.Commit();
        Assert.Equal(2, _counts.Committed.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task State_survives_a_crash_at_any_parallelism(int parallelism)
    {
        await using StreamTest test = await CountPerMinute();
        for (int key = 0; key < 20; key++)
            _clicks.Element($"page {key}", at: "12:00:10");

        test.Commit().CrashAndRestore(parallelism);
        for (int key = 0; key < 20; key++)
            _clicks.Element($"page {key}", at: "12:00:20");
        _clicks.Complete();

        Assert.Equal(20, _counts.Rows.Count);
        Assert.All(_counts.Rows, count => Assert.Equal(2, count.Result));
    }

    [Fact]
    public async Task The_smallest_watermark_of_the_partitions_counts()
    {
        var source = new TestSource<string>(partitions: 2);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Read("clicks", source)
            .KeyBy(page => page)
            .Window("counts", Window.Tumbling(TimeSpan.FromMinutes(1)))
            .Aggregate(Aggregate.Of<string>().Count())
            .Write("out", _counts));

        source.Element("home", at: "12:00:10", partition: 1).Watermark("12:05", partition: 1);
        _counts.ShouldEmit("");

        source.Watermark("12:01", partition: 0);
        _counts.ShouldEmit("12:00 home 1");
    }

    [Fact]
    public async Task An_unexpected_row_is_shown_beside_what_was_expected()
    {
        await using StreamTest test = await CountPerMinute();
        _clicks.Element("home", at: "12:00:10").Complete();

        var error = Assert.Throws<ExpectationException>(() => _counts.ShouldEmit("12:00 home 7"));

        Assert.Contains("12:00 home 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("12:00 home 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_fails_fails_the_test_where_it_is_noticed()
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", source).Map(number => 10 / number).Write("out", sink));

        source.Element(5, at: "12:00").Element(0, at: "12:00");

        Assert.Contains("DivideByZero", Assert.Throws<JobException>(() => sink.Rows).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skipped_rows_are_in_the_dead_letters_once_committed()
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", source).Map(number => 10 / number).Write("out", sink),
                new JobOptions { Errors = ErrorPolicy.Skip, MaxEventTimeAhead = null });

        source.Element(5, at: "12:00").Element(0, at: "12:00");
        test.Commit();

        Assert.Equal([2], sink.Committed);
        Assert.Single(test.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task An_entity_answers_on_the_tests_own_thread()
    {
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Read("clicks", _clicks)
            .KeyBy(page => page)
            .EventSourced<long, long>("visits", decide: (visits, _) => [visits + 1], apply: (_, visits) => visits)
            .Write("out", new TestSink<long>()));

        _clicks.Element("home", at: "12:00").Element("home", at: "12:01");

        Assert.Equal(2, test.RunUntilIdle().Run(() => test.Job.Entity<string, long>(new("visits"), "home").AskAsync()));
    }

    [Fact]
    public async Task Epochs_follow_processing_time_when_the_options_give_an_interval()
    {
        await using StreamTest test = await CountPerMinute(
            new JobOptions { Parallelism = 1, EpochInterval = TimeSpan.FromSeconds(10), MaxEventTimeAhead = null });
        _clicks.Element("home", at: "12:00:10").Watermark("12:01");
        Assert.Empty(_counts.Committed);

        test.AdvanceTime(TimeSpan.FromSeconds(25));

        Assert.Single(_counts.Committed);
        Assert.Equal(2, test.Job.Epoch);
    }

    private Task<StreamTest> CountPerMinute(JobOptions? options = null) => StreamTest.StartAsync(pipeline => pipeline
        .Read("clicks", _clicks)
        .KeyBy(page => page)
        .Window("counts", Window.Tumbling(TimeSpan.FromMinutes(1)))
        .Aggregate(Aggregate.Of<string>().Count())
        .Write("out", _counts), options);
}
