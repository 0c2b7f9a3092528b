using ActorStreams.Authoring;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Every kind of windows can close key by key.</summary>
public sealed class KeyWatermarkKindsSpec
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<string, WindowAssigner> s_kinds = new()
    {
        ["tumbling"] = Window.Tumbling(Seconds(10), offset: Seconds(3)),
        ["hopping"] = Window.Hopping(Seconds(10), Seconds(3)),
        ["gaps"] = Window.Hopping(Seconds(4), Seconds(10)),
        ["cumulating"] = Window.Cumulate(Seconds(12), Seconds(4)),
        ["sessions"] = Window.Session(Seconds(5)),
        ["short sessions"] = Window.Session(Seconds(5), maximumLength: Seconds(9)),
        ["days"] = Window.Day(TimeZoneInfo.Utc),
        ["global"] = Window.Global(),
    };

    public static TheoryData<string> Names => [.. s_kinds.Keys, "own"];

    [Fact]
    public async Task A_session_of_a_key_ends_by_the_key_s_rows_or_its_silence()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Shown();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("cars", source).WithEventTime(row => row.Time, Watermarks.Monotonic())
            .KeyBy(row => row.Key).WithKeyWatermarks(s_bound, new() { IdleAfter = TimeSpan.FromMinutes(1) })
                .Window("trips", Window.Session(Seconds(10)))
            .Aggregate(Aggregate.Of<Event>().Count()).Write("out", sink), Options(1));

        // The other car is a day ahead, and makes nobody late.
        source.Add(0, At(86_400, "ahead"), At(1, "car"), At(10, "car"), At(9, "car"), At(19, "car"));
        sink.ShouldEmit("");
        source.Add(0, At(32, "car"));
        sink.ShouldEmit("car 1..29 4");
        source.Add(0, At(18, "car"));
        test.RunUntilIdle();
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("trips"), Counters.LateDropped));
        test.AdvanceTime(TimeSpan.FromSeconds(61));
        sink.ShouldEmit("""
            ahead 86400..86410 1
            car 32..42 1
            """);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Random_rows_give_what_a_model_gives_also_across_crashes(string kind)
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var source = new FedSource(3) { RowsPerRead = 5 };
            TestSink<WindowCount> sink = Shown();
            await using StreamTest test = await StreamTest.StartAsync(
                pipeline => Counts(pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic()), kind)
                .Write("out", sink), Options(1 + (seed % 3)));
            List<Event> fed = test.FeedAtRandom(source, random, rows: 12);
            test.RunUntilIdle();
            var model = new Model(kind);
            fed.ForEach(model.Add);
            Assert.True(model.Results().SequenceEqual(sink.Rows.Select(Text).Order(StringComparer.Ordinal), StringComparer.Ordinal),
                $"Seed {seed}");
            Assert.Equal((model.Late, model.Unassigned),
                (test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped),
                test.Job.Metrics.CounterOf(new("counts"), Counters.Unassigned)));
        }
    }

    [Theory]
    [InlineData("hopping")]
    [InlineData("sessions")]
    [InlineData("own")]
    public void They_keep_the_operator_contract(string kind)
    {
        var contract = new OperatorContract<Event, WindowCount>(rows => Counts(rows, kind), Text);
        var random = new Random(5);
        var model = new Model(kind);
        for (int row = 0; row < 12; row++)
        {
            Event one = At((row * 3) - 10 + random.Next(2), $"k{random.Next(3)}");
            contract.Element(one, EventTime.ToDateTimeOffset(one.Time));
            model.Add(one);
        }

        contract.Watermark("2030-01-02T00:00:00Z").Holds(string.Join('\n', model.Results()));
    }

    [Theory]
    [InlineData("hopping", 11, "a -3..7 3, a -6..4 3, a 0..10 3, a 3..13 1")]
    [InlineData("sessions", 4, "a 1..8 3")]
    public async Task A_row_that_one_of_its_windows_cannot_take_is_in_none_of_them(string kind, int tooMuchAt, string expected)
    {
        var source = new FedSource();
        TestSink<WindowResult<string, long>> sink = Shown();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic())
            .KeyBy(row => row.Key).WithKeyWatermarks(s_bound).Window("sums", s_kinds[kind], ErrorPolicy.Skip)
            .Aggregate(Aggregate.Of<Event>().Sum(row => row.IsMarker ? long.MaxValue : 1L)).Write("out", sink), Options(1));
        source.Add(0, At(1), At(2), At(3), At(tooMuchAt, isMarker: true)).End();
        test.RunUntilIdle();
        Assert.Equal(expected.Split(", "), sink.Rows.Select(Text).Order(StringComparer.Ordinal));
        Assert.Single(test.ReadTable("dead_letters"));
    }

    [Fact]
    public void What_cannot_close_by_a_key_s_watermark_is_refused()
    {
        KeyWatermarkedStream<string, Event> keyed = Pipeline.Create("shop").Read("rows", new FedSource())
            .WithEventTime(row => row.Time, Watermarks.Monotonic())
            .KeyBy(row => row.Key).WithKeyWatermarks(s_bound);
        Assert.Contains("'shop', operator 'clock'",
            Assert.Throws<PipelineException>(() => keyed.Window("clock", Window.Tumbling(Seconds(1)).InProcessingTime())).Message,
            StringComparison.Ordinal);
        Assert.Contains("'shop', operator 'many'",
            Assert.Throws<PipelineException>(() => keyed.Window("many", Window.Hopping(Seconds(11), TimeSpan.FromMilliseconds(1))))
            .Message, StringComparison.Ordinal);
        Assert.Contains("'shop', operator 'merge'", Assert.Throws<PipelineException>(() => keyed.Window("merge", Window.Session(Seconds(1)))
            .Aggregate(Aggregate.Fold<Event, long, long>(() => 0L, (count, _) => count + 1, count => count))).Message,
                StringComparison.Ordinal);
    }

    private static Stream<WindowCount> Counts(Stream<Event> rows, string kind)
    {
        KeyWatermarkedStream<string, Event> keyed = rows.KeyBy(row => row.Key).WithKeyWatermarks(s_bound);
        return (kind == "own" ? keyed.Window("counts", new Own()) : keyed.Window("counts", s_kinds[kind])).Aggregate(Aggregate.Of<Event>()
            .Count());
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static TestSink<WindowCount> Shown() => new(Text);

    private static string Text(WindowCount result) => Text(result.Key, result.Window, result.Result);

    private static string Text(string key, Window window, long count) => $"{key} {window.Start / Second}..{window.End / Second} {count}";

    /// <summary>Windows of two and of five seconds around a row; the first one comes twice.</summary>
    private sealed class Own : WindowAssigner<Event>
    {
        public override string Definition => "around";

        public override TimeSpan Granularity => TimeSpan.FromSeconds(1);

        public override void Assign(in Event row, long time, ICollection<Window> windows)
        {
            windows.Add(new Window(time - Second, time + Second));
            windows.Add(new Window(time, time + (5 * Second)));
            windows.Add(new Window(time - Second, time + Second));
        }
    }

    /// <summary>Row by row, every window looked at: a window is complete once the largest time of its key, minus the bound, has reached its
    /// end.</summary>
    private sealed class Model(string kind)
    {
        private readonly Dictionary<string, (long Watermark, List<(Window Window, long Count)> Open)> _keys = [];
        private readonly List<string> _complete = [];

        public long Late { get; private set; }

        public long Unassigned { get; private set; }

        public void Add(Event row)
        {
            (long watermark, List<(Window Window, long Count)> open) = _keys.GetValueOrDefault(row.Key, (long.MinValue, []));
            List<Window> windows = [];
            if (kind == "own")
                new Own().Assign(row, row.Time, windows);
            else
                s_kinds[kind].Assign(row.Time, windows);
            windows = [.. windows.Distinct()];
            bool isIn = false;
            foreach (Window window in windows)
                isIn |= kind.EndsWith("sessions", StringComparison.Ordinal) ? Merge(open, window, watermark)
                    : AddTo(open, window, watermark);
            Unassigned += windows.Count == 0 ? 1 : 0;
            Late += windows.Count > 0 && !isIn ? 1 : 0;
            watermark = Math.Max(watermark, row.Time - (2 * Second));
            foreach ((Window window, long count) in open.Where(one => one.Window.End <= watermark).ToList())
                _complete.Add(Text(row.Key, window, count));
            open.RemoveAll(one => one.Window.End <= watermark);
            _keys[row.Key] = (watermark, open);
        }

        public IEnumerable<string> Results() =>
            _complete.Concat(_keys.SelectMany(key => key.Value.Open.Select(one => Text(key.Key, one.Window, one.Count))))
            .Order(StringComparer.Ordinal);

        private static bool AddTo(List<(Window Window, long Count)> open, Window window, long watermark)
        {
            if (window.End <= watermark)
                return false;
            int at = open.FindIndex(one => one.Window == window);
            if (at < 0)
                open.Add((window, 1));
            else
                open[at] = (window, open[at].Count + 1);
            return true;
        }

        /// <summary>Joins the sessions that the row's own one overlaps, the earliest first, as long as they do not become too
        /// long.</summary>
        private bool Merge(List<(Window Window, long Count)> open, Window window, long watermark)
        {
            long longest = kind == "sessions" ? long.MaxValue : 9 * Second, count = 1;
            bool isAlone = true;
            foreach ((Window Window, long Count) other in open.Where(one => one.Window.Start < window.End && window.Start < one.Window.End)
                .OrderBy(one => one.Window.Start).ToList())
            {
                var union = new Window(Math.Min(window.Start, other.Window.Start), Math.Max(window.End, other.Window.End));
                if (union != other.Window && union.End - union.Start > longest)
                    continue;
                (window, count, isAlone) = (union, count + other.Count, false);
                open.Remove(other);
            }

            if (isAlone && window.End <= watermark)
                return false;
            open.Add((window, count));
            return true;
        }
    }
}
