using ActorStreams.Authoring;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Windows that close key by key: by the key's rows, or by the key's silence.</summary>
public sealed class KeyWatermarkSpec
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private static Stream<WindowCount> Count(Stream<Event> rows, TimeSpan? idleAfter = null, TimeSpan? timeToLive = null) =>
        rows.KeyBy(row => row.Key).WithKeyWatermarks(s_bound, new() { IdleAfter = idleAfter, TimeToLive = timeToLive })
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10))).Aggregate(Aggregate.Of<Event>().Count());

    private static Task<StreamTest> StartAsync(FedSource source, TestSink<WindowCount> sink, int parallelism = 1,
        TimeSpan? idleAfter = null, TimeSpan? timeToLive = null) =>
        StreamTest.StartAsync(
            pipeline => Count(pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic()), idleAfter, timeToLive)
            .Write("out", sink), Options(parallelism));

    [Fact]
    public async Task A_slow_key_holds_nobody_and_is_not_made_late_by_others()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, sink);
        source.Add(0, At(1, "fast"), At(1, "slow"), At(3600, "fast"));
        sink.ShouldEmit("fast 0 1");
        source.Add(0, At(2, "slow"), At(11, "slow"), At(9, "slow"));
        sink.ShouldEmit("");
        source.Add(0, At(12, "slow"), At(9, "slow"));
        sink.ShouldEmit("slow 0 3");
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
        source.End();
        sink.ShouldEmit("""
            fast 3600 1
            slow 10 2
            """);
    }

    [Fact]
    public async Task Equal_times_negative_times_and_a_gap_of_a_year()
    {
        const int Year = 365 * 86_400;
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, sink);
        source.Add(0, At(-15), At(-15), At(-11), At(-7), At(-8));
        sink.ShouldEmit("a -20 3");
        source.Add(0, At(Year));
        sink.ShouldEmit("a -10 2");
        source.End();
        sink.ShouldEmit("a 31536000 1");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_silent_key_closes_by_its_own_timer_and_what_comes_for_closed_windows_is_late(int parallelism)
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, sink, parallelism, idleAfter: s_minute);
        source.Add(0, At(1), At(13), At(1, "b"));
        test.AdvanceTime(TimeSpan.FromSeconds(40));
        source.Add(0, At(3, "b"));
        Assert.Equal(["a 0 1"], sink.Shown().Where(shown => shown.StartsWith('a')));
        test.AdvanceTime(TimeSpan.FromSeconds(21));
        Assert.Equal(["a 0 1", "a 10 1"], sink.Shown());
        test.AdvanceTime(TimeSpan.FromSeconds(40));
        Assert.Equal(["a 0 1", "a 10 1", "b 0 2"], sink.Shown());

        // Closed, not forgotten.
        source.Add(0, At(19), At(20), At(4, "b"));
        test.AdvanceTime(TimeSpan.FromSeconds(61));
        Assert.Equal(["a 0 1", "a 10 1", "a 20 1", "b 0 2"], sink.Shown());
        Assert.Equal(2, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
        Assert.Equal(30 * Second, test.Run(() => test.Job.Entity<string, object>(new("counts", "watermark"), "a").AskAsync()));
    }

    [Fact]
    public async Task Silence_is_measured_anew_after_a_restart_and_a_key_that_was_closed_stays_closed()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, sink, 2, idleAfter: s_minute);
        source.Add(0, At(1), At(1, "b"));
        test.AdvanceTime(TimeSpan.FromSeconds(50));
        test.Commit().CrashAndRestore(1);
        test.AdvanceTime(TimeSpan.FromSeconds(50));
        source.Add(0, At(2));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(TimeSpan.FromSeconds(11));
        Assert.Equal(["b 0 1"], sink.Shown());
        test.Commit().CrashAndRestore(2);
        source.Add(0, At(3, "b"));
        test.AdvanceTime(TimeSpan.FromSeconds(61));
        Assert.Equal(["a 0 2", "b 0 1"], sink.Shown());
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
    }

    [Fact]
    public async Task A_forgotten_key_leaves_nothing_and_begins_anew()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, sink, 1, idleAfter: s_minute, timeToLive: TimeSpan.FromHours(1));
        source.Add(0, At(1));
        test.AdvanceTime(s_minute * 2);
        Assert.Equal(10 * Second, test.Run(() => test.Job.Entity<string, object>(new("counts", "watermark"), "a").AskAsync()));
        test.AdvanceTime(TimeSpan.FromHours(1));
        Assert.Null(test.Run(() => test.Job.Entity<string, object>(new("counts", "watermark"), "a").AskAsync()));
        source.Add(0, At(2));
        test.AdvanceTime(s_minute * 2);
        Assert.Equal(["a 0 1", "a 0 1"], sink.Shown());
    }

    [Fact]
    public async Task Late_rows_go_where_the_pipeline_says()
    {
        FedSource dropped = new(), sent = new(), kept = new();
        TestSink<WindowCount> sink = Sink();
        var late = new TestSink<Event>(row => $"{row.Key} {row.Time / Second}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Windowed("dropped", dropped).DropLate().Aggregate(Aggregate.Of<Event>().Count()).Write("out-1", sink);
            Windowed("sent", sent).LateTo(out Stream<Event> lateRows).Aggregate(Aggregate.Of<Event>().Count()).Write("out-2", sink);
            lateRows.Write("late", late);
            Windowed("kept", kept).Aggregate(Aggregate.Of<Event>().Count()).Write("out-3", sink);

            PerKeyWindowedStream<string, Event> Windowed(string name, FedSource source) => pipeline.Read($"{name}-rows", source)
                .WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key).WithKeyWatermarks(s_bound)
                    .Window(name, Window.Tumbling(TimeSpan.FromSeconds(10)));
        }, Options(2));
        foreach (FedSource source in (FedSource[])[dropped, sent, kept])
            source.Add(0, At(15), At(3), At(4)).End();
        late.ShouldEmit("""
            a 3
            a 4
            """);
        Assert.Equal(["a 10 1", "a 10 1", "a 10 1"], sink.Shown());
        Assert.Equal(2, test.ReadTable("dead_letters").Count(letter => (string)letter[1]! == "kept"));
        Assert.Equal(2, test.Job.Metrics.CounterOf(new("dropped"), Counters.LateDropped));
    }

    [Fact]
    public async Task A_row_that_throws_leaves_no_trace_and_a_result_that_throws_is_an_error_of_its_pane()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic())
            .KeyBy(row => row.Key).WithKeyWatermarks(s_bound).Window("sums", Window.Tumbling(TimeSpan.FromSeconds(10)), ErrorPolicy.Skip)
            .Aggregate(Aggregate.Of<Event>().Sum(row => row.IsMarker ? throw new FormatException("bad") : 1L)).Write("out", sink),
                Options(1));
        source.Add(0, At(1), At(50, isMarker: true), At(2), At(13)).End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 2", "a 10 1"], sink.Shown());
        object?[] letter = Assert.Single(test.ReadTable("dead_letters"));
        Assert.Equal("rows/0", letter[4]);
        Assert.Equal(1L, letter[5]);
    }

    [Fact]
    public async Task Results_of_slow_keys_are_not_late_downstream()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Count(pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic()))
            .KeyBy(result => result.Key).Window("again", Window.Tumbling(TimeSpan.FromSeconds(10)))
                .Aggregate(Aggregate.Of<WindowCount>().Sum(result => result.Result)).Write("out", sink), Options(2));
        source.Add(0, At(1, "slow"), At(1000, "fast"), At(12, "slow"), At(1021, "fast")).End();
        test.RunUntilIdle();
        Assert.Equal(4, sink.Rows.Sum(result => result.Result));
        Assert.Empty(test.ReadTable("dead_letters"));
    }

    [Fact]
    public void It_keeps_the_operator_contract()
    {
        var contract = new OperatorContract<Event, WindowCount>(rows => Count(rows, s_minute),
            result => $"{result.Key} {result.Window.Start / Second} {result.Result}");
        var expected = new List<string>();
        var random = new Random(11);
        var rows = new List<Event>();
        for (int row = 0; row < 14; row++)
            rows.Add(At((row * 3) - 10 + random.Next(2), $"k{random.Next(3)}"));
        foreach (Event row in rows)
            contract.Element(row, EventTime.ToDateTimeOffset(row.Time));
        foreach (IGrouping<(string Key, long Start), Event> pane in rows.GroupBy(
            row => (row.Key, EventTime.FloorDiv(row.Time, 10 * Second) * 10)))
            expected.Add($"{pane.Key.Key} {pane.Key.Start} {pane.Count()}");
        contract.Watermark("2030-01-02T00:00:00Z").Holds(string.Join('\n', expected));
    }

    [Fact]
    public async Task Random_rows_give_what_a_model_gives_also_across_crashes()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var source = new FedSource(3) { RowsPerRead = 5 };
            TestSink<WindowCount> sink = Sink();
            await using StreamTest test = await StartAsync(source, sink, 1 + (seed % 3));
            List<Event> fed = test.FeedAtRandom(source, random, rows: 20);
            string[] expected = Model(fed, out int late);
            Assert.True(expected.SequenceEqual(sink.Shown(), StringComparer.Ordinal), $"Seed {seed}");
            Assert.Equal(late, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
        }
    }

    [Fact]
    public void Spans_that_cannot_be_are_refused()
    {
        KeyedStream<string, Event> keyed = Pipeline.Create("p").Read("rows", new FedSource())
            .WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key);
        Assert.Throws<ArgumentOutOfRangeException>(() => keyed.WithKeyWatermarks(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => keyed.WithKeyWatermarks(s_bound, new() { IdleAfter = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => keyed.WithKeyWatermarks(s_bound, new() { TimeToLive = s_minute }));
    }

    /// <summary>All rows kept; a row is late if its window ends at or before the largest time of its key so far minus the bound.</summary>
    private static string[] Model(List<Event> rows, out int late)
    {
        var highest = new Dictionary<string, long>(StringComparer.Ordinal);
        var panes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        late = 0;
        foreach (Event row in rows)
        {
            long start = EventTime.FloorDiv(row.Time, 10 * Second) * 10;
            bool isLate = highest.TryGetValue(row.Key, out long before) && (start + 10) * Second <= before - (2 * Second);
            highest[row.Key] = Math.Max(before == 0 ? long.MinValue : before, row.Time);
            if (isLate)
                late++;
            else
                panes[$"{row.Key} {start}"] = panes.GetValueOrDefault($"{row.Key} {start}") + 1;
        }

        return [.. panes.Select(pane => $"{pane.Key} {pane.Value}").Order(StringComparer.Ordinal)];
    }
}
