using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>What a user may rely on whichever way the windows are computed: by the general operator, or by one of those that are faster for
/// their kind.</summary>
public sealed class EveryPathSpec
{
    /// <summary>A window of ten seconds in each; where a row falls into several, the late and failing rows fall into none that is
    /// open.</summary>
    internal static readonly Dictionary<string, Func<KeyedStream<string, (string Key, long Value)>, ErrorPolicy?, WindowedStream<string, (string Key, long Value)>>> All = new()
    {
        ["tumbling"] = (rows, errors) => rows.Window("w", Window.Tumbling(Seconds(10)), errors),
        ["tumbling in two phases"] = (rows, errors) => rows.Window("w", Window.Tumbling(Seconds(10)), errors).TwoPhase(),
        ["tumbling with lateness"] = (rows, errors) => rows.Window("w", Window.Tumbling(Seconds(10)), errors).AllowedLateness(Seconds(2)),
        ["tumbling, accumulating"] = (rows, errors) => rows.Window("w", Window.Tumbling(Seconds(10)), errors)
            .Trigger(Trigger.AfterWatermark()),
        ["hopping"] = (rows, errors) => rows.Window("w", Window.Hopping(Seconds(10), Seconds(5)), errors),
        ["hopping in two phases"] = (rows, errors) => rows.Window("w", Window.Hopping(Seconds(10), Seconds(5)), errors).TwoPhase(),
        ["hopping with lateness"] = (rows, errors) => rows.Window("w", Window.Hopping(Seconds(10), Seconds(5)), errors)
            .AllowedLateness(Seconds(2)),
        ["cumulate"] = (rows, errors) => rows.Window("w", Window.Cumulate(Seconds(10), Seconds(5)), errors),
        ["session"] = (rows, errors) => rows.Window("w", Window.Session(Seconds(10)), errors),
        ["session with lateness"] = (rows, errors) => rows.Window("w", Window.Session(Seconds(10)), errors).AllowedLateness(Seconds(2)),
    };

    public static TheoryData<string> Paths => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_late_row_goes_to_the_dead_letters(string path)
    {
        await using Run run = await Run.StartAsync(path, windowed => windowed);
        run.FeedLateRows();
        Assert.Equal(3, run.Late);
        Assert.Equal(["(a, 7)", "(a, 8)", "(b, 9)"], run.Test.ReadTable("dead_letters").Select(letter => (string)letter[3]!).Order());
        Assert.All(run.Test.ReadTable("dead_letters"),
            letter => Assert.StartsWith("Late: event time 2030-01-01T12:00:0", (string)letter[2]!, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_late_row_is_dropped_and_counted_if_the_user_says_so(string path)
    {
        await using Run run = await Run.StartAsync(path, windowed => windowed.DropLate());
        run.FeedLateRows();
        Assert.Equal(3, run.Late);
        Assert.Empty(run.Test.ReadTable("dead_letters"));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Late_rows_can_be_a_stream_of_their_own(string path)
    {
        Stream<(string Key, long Value)>? late = null;
        var rows = new TestSink<(string Key, long Value)>();
        await using Run run = await Run.StartAsync(path, windowed => windowed.LateTo(out late), _ => late!.Write("late", rows));
        run.FeedLateRows();
        Assert.Equal(3, run.Late);
        Assert.Equal([7, 8, 9], rows.Rows.Select(row => row.Value).Order());
        Assert.Empty(run.Test.ReadTable("dead_letters"));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_row_that_overflows_is_skipped_without_a_trace_if_the_user_says_so(string path)
    {
        await using Run run = await Run.StartAsync(path, windowed => windowed, errors: ErrorPolicy.Skip);
        run.Rows.Element(("a", long.MaxValue), at: "12:00:00").Element(("a", 1), at: "12:00:01").Element(("a", -1), at: "12:00:02")
            .Complete();
        run.Test.RunUntilIdle();
        Assert.All(run.Results.Rows, result => Assert.Contains($" 2 {long.MaxValue - 1}", result, StringComparison.Ordinal));
        Assert.NotEmpty(run.Results.Rows);
        // One letter for each window that the row did not fit into, where windows are kept one by one.
        Assert.All(run.Test.ReadTable("dead_letters"), letter => Assert.Equal("(a, 1)", letter[3]));
        Assert.Contains("OverflowException", (string)run.Test.ReadTable("dead_letters")[0][2]!, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_row_that_overflows_fails_the_job_and_is_named_otherwise(string path)
    {
        await using Run run = await Run.StartAsync(path, windowed => windowed, errors: ErrorPolicy.Fail);
        run.Rows.Element(("a", long.MaxValue), at: "12:00:00").Element(("a", 1), at: "12:00:01").Complete();
        JobException error = Assert.Throws<JobException>(() => run.Test.RunUntilIdle());
        Assert.Contains("operator 'w", error.Message, StringComparison.Ordinal);
        Assert.Contains("OverflowException", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Nothing_is_kept_of_windows_that_have_expired_not_even_after_a_restart(string path)
    {
        await using Run run = await Run.StartAsync(path, windowed => windowed);
        for (int key = 0; key < 200; key++)
            run.Rows.Element(($"{key}", 1), at: "12:00:01");
        run.Test.Commit();
        Assert.Equal(200, run.KeysWithOpenWindows(200));
        run.Rows.Watermark("12:00:30");
        run.Test.Commit();
        Assert.Equal(0, run.KeysWithOpenWindows(200));
        run.Test.CrashAndRestore();
        Assert.Equal(0, run.KeysWithOpenWindows(200));
        int results = run.Results.Rows.Count;
        run.Rows.Complete();
        run.Test.RunUntilIdle();
        Assert.Equal(results, run.Results.Rows.Count);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Run : IAsyncDisposable
    {
        public TestSource<(string Key, long Value)> Rows { get; } = new();

        public TestSink<string> Results { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        public long Late => Test.Job.Metrics.Operators.Where(metrics => metrics.Key.StartsWith('w'))
            .Sum(metrics => metrics.Value.GetValueOrDefault("late_dropped"));

        public static async Task<Run> StartAsync(
            string path, Func<WindowedStream<string, (string Key, long Value)>, WindowedStream<string, (string Key, long Value)>> late,
            Action<Stream<string>>? more = null, ErrorPolicy? errors = null)
        {
            var run = new Run();
            run.Test = await StreamTest.StartAsync(
                pipeline =>
                {
                    Stream<string> results = late(All[path](pipeline.Read("rows", run.Rows).KeyBy(row => row.Key), errors))
                        .Aggregate(Aggregate.Of<(string Key, long Value)>().Count().Sum(row => row.Value))
                        .Map(result =>
                            $"{result.Key} {result.Window.StartTime:ss}-{result.Window.EndTime:ss} {result.Result.Item1} {result.Result.Item2}");
                    results.Write("out", run.Results);
                    more?.Invoke(results);
                },
                new JobOptions { Parallelism = 2, Shards = 8, EpochInterval = TimeSpan.FromDays(1) });
            return run;
        }

        /// <summary>Three rows of two keys come when all their windows have expired, among others that are in time.</summary>
        public void FeedLateRows()
        {
            Rows.Element(("a", 1), at: "12:00:01").Element(("b", 2), at: "12:00:01").Watermark("12:01:00")
                .Element(("a", 7), at: "12:00:01").Element(("a", 3), at: "12:01:01").Element(("a", 8), at: "12:00:09")
                    .Element(("b", 9), at: "12:00:02")
                .Watermark("12:02:00").Complete();
            Test.RunUntilIdle();
            Assert.Equal(["1 1", "1 2", "1 3"], Results.Rows.Select(row => row[8..]).Distinct(StringComparer.Ordinal).Order());
        }

        public int KeysWithOpenWindows(int keys) => Enumerable.Range(0, keys)
            .Count(key =>
                Test.Run(() => Test.Job.Entity<string, IReadOnlyList<WindowResult<string, (long, long)>>>(new("w"), $"{key}")
                .AskAsync()) is { Count: > 0 });

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}
