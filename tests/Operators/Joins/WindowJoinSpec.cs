using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

/// <summary>Two streams, joined in windows of any kind.</summary>
public sealed class WindowJoinSpec
{
    private static readonly JoinType[] s_types = Enum.GetValues<JoinType>();

    [Fact]
    public async Task In_overlapping_windows_a_pair_comes_once_for_each_that_holds_both()
    {
        await using var test = await Test.StartAsync(Window.Hopping(Seconds(10), Seconds(5)));
        test.Left.Element(new Row("a", "l"), "12:00:06");
        test.Right.Element(new Row("a", "r"), "12:00:12");
        test.Shows("");
        test.Watermark("12:00:15");
        test.Shows("l+r");
        test.Left.Element(new Row("a", "m"), "12:00:15");
        test.Watermark("12:00:20");
        test.Shows("m+r");
    }

    [Fact]
    public async Task In_a_session_the_rows_of_either_side_keep_it_open_for_the_other()
    {
        await using var test = await Test.StartAsync(Window.Session(Seconds(10)), JoinType.Full);
        test.Left.Element(new Row("a", "l1"), "12:00:00").Element(new Row("a", "l2"), "12:00:16")
            .Element(new Row("b", "alone"), "12:00:01");
        test.Right.Element(new Row("a", "r1"), "12:00:08").Element(new Row("a", "r2"), "12:01:00");
        test.Watermark("12:02:00");
        test.Shows("alone+", "l1+r1", "l2+r1", "+r2");
    }

    [Fact]
    public async Task A_row_that_comes_when_its_windows_are_closed_goes_to_the_dead_letters_and_one_within_the_grace_counts()
    {
        await using var test = await Test.StartAsync(Window.Cumulate(Seconds(10), Seconds(5)),
            options: new() { AllowedLateness = Seconds(60) });
        test.Left.Element(new Row("a", "l"), "12:00:07");
        test.Watermark("12:01:00");
        test.Shows("");
        test.Right.Element(new Row("a", "in time"), "12:00:08");
        test.Watermark("12:01:10");
        test.Shows("l+in time");
        test.Right.Element(new Row("a", "too late"), "12:00:08");
        test.Watermark("12:01:20");
        test.Shows("");
        Assert.Contains("too late", (string)Assert.Single(test.Job.Commit().ReadTable("dead_letters"))[3]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_without_a_key_have_no_partner()
    {
        await using var test = await Test.StartAsync(Window.Session(Seconds(10)), JoinType.Full);
        test.Left.Element(new Row(null, "l"), "12:00:00");
        test.Right.Element(new Row(null, "r"), "12:00:01");
        test.Watermark("12:02:00");
        test.Shows("l+", "+r");
    }

    [Fact]
    public async Task Every_type_of_join_gives_what_nested_loops_over_each_window_give()
    {
        for (int seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            long size = random.Next(2, 12), slide = random.Next(1, 12);
            JoinType type = s_types[seed % s_types.Length];
            await using var test = await Test.StartAsync(Window.Hopping(Seconds(size), Seconds(slide)), type, seed: seed);
            var lefts = new List<(Row Row, long Second)>();
            var rights = new List<(Row Row, long Second)>();
            for (int i = random.Next(40); i > 0; i--)
            {
                bool isLeft = random.Next(2) == 0;
                var row = new Row($"k{random.Next(3)}", $"{(isLeft ? "l" : "r")}{i}");
                int second = random.Next(40);
                (isLeft ? test.Left : test.Right).Element(row, Test.At(second));
                (isLeft ? lefts : rights).Add((row, second));
                if (random.Next(8) == 0)
                    test.Job.Commit().CrashAndRestore(1 + random.Next(3));
            }

            test.Watermark("13:00");
            test.Shows([.. Model(lefts, rights, size, slide, type)]);
        }
    }

    [Fact]
    public void Retention_is_refused_by_name()
    {
        var pipeline = Pipeline.Create("shop");
        KeyedStream<string?, Row> rows = pipeline.Read("rows", new TestSource<Row>()).KeyBy(row => row.Key);
        PipelineException error = Assert.Throws<PipelineException>(
            () => rows.WindowJoin("pairs", rows, Window.Session(Seconds(1)), options: new StreamJoinOptions { RetainFor = Seconds(1) }));
        Assert.Contains("Pipeline 'shop', operator 'pairs'", error.Message, StringComparison.Ordinal);
        Assert.Contains("AllowedLateness", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Model(List<(Row Row, long Second)> lefts, List<(Row Row, long Second)> rights, long size,
        long slide, JoinType type)
    {
        // Windows begin at multiples of the slide since 1970, of which this day's noon is one only for some slides.
        long noon = Test.At(0).ToUnixTimeSeconds();
        for (long start = ((noon - size) / slide * slide) - noon; start < 60; start += slide)
        {
            bool Holds((Row Row, long Second) row) => row.Second >= start && row.Second < start + size;
            foreach ((Row left, _) in lefts.Where(Holds))
            {
                Row[] partners = [.. rights.Where(row => Holds(row) && row.Row.Key == left.Key).Select(row => row.Row)];
                if (type is JoinType.Semi ? partners.Length > 0 : partners.Length == 0
                    && type is JoinType.Left or JoinType.Full or JoinType.Anti)
                    yield return $"{left.Name}+";
                foreach (Row right in type is JoinType.Semi or JoinType.Anti ? [] : partners)
                    yield return $"{left.Name}+{right.Name}";
            }

            foreach ((Row right, _) in rights.Where(Holds))
            {
                if (type is JoinType.Right or JoinType.Full && !lefts.Any(row => Holds(row) && row.Row.Key == right.Key))
                    yield return $"+{right.Name}";
            }
        }
    }

    private static TimeSpan Seconds(long seconds) => TimeSpan.FromSeconds(seconds);

    public sealed record Row(string? Key, string Name);

    private sealed class Test : IAsyncDisposable
    {
        private readonly TestSink<string> _pairs = new();
        private int _shown;

        public TestSource<Row> Left { get; } = new();

        public TestSource<Row> Right { get; } = new();

        public StreamTest Job { get; private set; } = null!;

        public static DateTimeOffset At(int second) => new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(second);

        public static async Task<Test> StartAsync(WindowAssigner windows, JoinType type = JoinType.Inner,
            StreamJoinOptions? options = null, int seed = 1)
        {
            var test = new Test();
            test.Job = await StreamTest.StartAsync(
                pipeline => pipeline.Read("left", test.Left).KeyBy(row => row.Key)
                    .WindowJoin("join", pipeline.Read("right", test.Right).KeyBy(row => row.Key), windows, type, options)
                    .Map(pair => $"{pair.Left?.Name}+{pair.Right?.Name}").Write("out", test._pairs),
                new JobOptions { Parallelism = 1 + (seed % 3), Shards = 8, EpochInterval = TimeSpan.FromDays(1) }, (ulong)seed);
            return test;
        }

        public void Watermark(string at)
        {
            Left.Watermark(at);
            Right.Watermark(at);
        }

        /// <summary>What came out since the last look.</summary>
        public void Shows(params string[] expected)
        {
            Job.RunUntilIdle();
            string[] came = [.. _pairs.Rows.Skip(_shown).Order(StringComparer.Ordinal)];
            _shown = _pairs.Rows.Count;
            Assert.Equal(expected.Where(row => row.Length > 0).Order(StringComparer.Ordinal), came);
        }

        public ValueTask DisposeAsync() => Job.DisposeAsync();
    }
}
