using System.Collections.Concurrent;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>One row from years ahead of its neighbours does not complete their windows; when time has really moved on, two rows say so. The
/// clock has no part in it.</summary>
[Trait("Issue", "B4")]
public sealed class LeapSpec
{
    private const double Year = 366 * 24 * 3600;

    private readonly ConcurrentQueue<JobNotice> _notices = [];
    private readonly FedSource _source = new(1);

    /// <summary>The clock of a <see cref="StreamTest"/> shows 2030: nothing here is ahead of it.</summary>
    private JobOptions Guarded => Options(1) with { MaxEventTimeAhead = TimeSpan.FromDays(1), OnNotice = _notices.Enqueue };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_lonely_leap_moves_nothing_and_is_counted_also_over_a_restart(int crashAfter)
    {
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(_source, Watermarks.Monotonic(), sink, Guarded);
        Event[] rows = [At(1), At(2 * Year), At(2), At(12)];
        for (int row = 0; row < rows.Length; row++)
        {
            _source.Add(0, rows[row]);
            test.Commit();
            if (row == crashAfter)
                test.CrashAndRestore();
        }

        Assert.Equal(["a 0 2"], sink.Shown());
        Assert.Equal(1, test.Job.Metrics.Sources["rows"].Leaps);
        Assert.Equal(0, test.Job.Metrics.Sources["rows"].Late);
        Assert.Equal(EventTime.ToDateTimeOffset(12 * Second), test.Job.Metrics.Partitions["rows/0"].Watermark);
        JobNotice notice = Assert.Single(_notices);
        Assert.Equal(JobNoticeKind.EventTimeLeap, notice.Kind);
        Assert.Contains("Pipeline 'test', source 'rows', partition '0'", notice.Message, StringComparison.Ordinal);
        Assert.Contains("the event time 1972-01-03", notice.Message, StringComparison.Ordinal);

        _source.End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 2", "a 10 1", $"a {2 * Year} 1"], sink.Shown());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_row_as_far_ahead_says_that_time_has_moved_on(bool crashes)
    {
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(_source, Watermarks.Monotonic(), sink, Guarded);
        _source.Add(0, At(1), At(2 * Year));
        test.Commit();
        Assert.Empty(sink.Shown());
        if (crashes)
            test.CrashAndRestore();

        _source.Add(0, At((2 * Year) + 1));
        test.Commit();

        Assert.Equal(["a 0 1"], sink.Shown());
    }

    [Fact]
    public async Task Within_one_read_it_is_the_same()
    {
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(_source, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(1)), sink, Guarded);
        _source.Add(0, At(1), At(3 * Year), At(2), At(5 * Year), At(3), At(13));
        test.Commit();
        Assert.Equal(["a 0 3"], sink.Shown());
        Assert.Equal(2, test.Job.Metrics.Sources["rows"].Leaps);
        Assert.Single(_notices);
    }

    [Fact]
    public async Task A_watermark_that_learns_its_delay_is_guarded_too()
    {
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(_source,
            Watermarks.Adaptive(0.9, new AdaptiveOptions { MaximumDelay = TimeSpan.FromSeconds(1) }), sink, Guarded);
        _source.Add(0, At(1), At(3 * Year), At(2), At(13));
        test.Commit();
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Fact]
    public async Task Crashes_anywhere_change_nothing_whatever_leaps()
    {
        int leaping = 0;
        for (int seed = 1; seed <= 12; seed++)
        {
            string calm = await RandomAsync(seed, crashes: false);
            leaping += calm.Contains("leaps", StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(calm, await RandomAsync(seed, crashes: true));
        }

        Assert.InRange(leaping, 4, 12);
    }

    private async Task<string> RandomAsync(int seed, bool crashes)
    {
        var rows = new Random(seed);
        var faults = new Random(-seed);
        var source = new FedSource(1) { RowsPerRead = 1 + rows.Next(4) };
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(source, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(3)), sink,
            Guarded with { BatchRows = 16 });
        double now = 0;
        for (int turn = 0; turn < 30; turn++)
        {
            source.Add(0, [.. Enumerable.Range(0, rows.Next(6)).Select(_ => At(rows.Next(6) switch
            {
                0 => now + (Year * (2 + rows.Next(3))),               // one that leaps, alone or beside another
                1 when rows.Next(8) == 0 => now += 2 * Year,          // time has moved on
                _ => (now += rows.Next(5)) - rows.Next(5),
            }))]);
            if (crashes && faults.Next(3) == 0)
                test.Commit();
            if (crashes && faults.Next(4) == 0)
                test.CrashAndRestore();
        }

        source.End();
        test.RunUntilIdle();
        return $"{string.Join('\n', sink.Shown())}\n{test.Job.Metrics.Sources["rows"]}";
    }

    [Fact]
    public async Task Whoever_wants_no_bound_gets_none()
    {
        TestSink<WindowResult<string, long>> sink = Sink();
        await using StreamTest test = await StartAsync(_source, Watermarks.Monotonic(), sink, Guarded with { MaxEventTimeLeap = null });
        _source.Add(0, At(1), At(2 * Year));
        test.Commit();
        Assert.Equal(["a 0 1"], sink.Shown());
    }
}
