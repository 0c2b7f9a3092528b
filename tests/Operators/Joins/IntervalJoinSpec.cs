using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

public sealed class IntervalJoinSpec
{
    private static readonly Interval OneMinute = Interval.Within(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task Pairs_rows_of_one_key_that_are_near_in_time()
    {
        await using var test = await JoinTest.StartAsync(OneMinute);
        test.Left.Element(new Row("a", "order"), "12:00:00").Element(new Row("b", "other"), "12:00:00");
        test.Right.Element(new Row("a", "payment"), "12:01:00").Element(new Row("a", "late payment"), "12:01:01");
        test.Shows("order+payment");
    }

    [Fact]
    public async Task Row_without_partner_comes_out_when_the_watermark_of_both_has_passed_its_last_chance()
    {
        await using var test = await JoinTest.StartAsync(OneMinute, JoinType.Left);
        test.Left.Element(new Row("a", "order"), "12:00:00").Watermark("13:00");
        test.Right.Watermark("12:01:00");
        test.Shows("");
        test.Right.Watermark("12:01:00.001");
        test.Shows("order+");
    }

    [Fact]
    public async Task Row_that_waits_for_a_partner_is_not_late_downstream()
    {
        var left = new TestSource<Row>();
        var right = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => Keyed(pipeline.Read("left", left))
            .IntervalJoin("join", Keyed(pipeline.Read("right", right)), OneMinute, JoinType.Left)
            .KeyBy(pair => pair.Left.Key)
            .Window("count", Window.Tumbling(TimeSpan.FromMinutes(1)))
            .Aggregate(Aggregate.Of<Joined<Row, Row>>().Count())
            .Map(result => $"{result.Key} {result.Result}")
            .Write("out", sink));
        left.Element(new Row("a", "order"), "12:00:30").Watermark("13:00");
        right.Watermark("13:00");
        sink.ShouldEmit("a 1");
    }

    [Fact]
    public async Task State_goes_as_soon_as_the_watermark_rules_out_a_partner()
    {
        await using var test = await JoinTest.StartAsync(OneMinute, JoinType.Full);
        for (int i = 0; i < 100; i++)
        {
            test.Left.Element(new Row($"k{i}", "l"), "12:00:00");
            test.Right.Element(new Row($"k{i}", "r"), "12:00:30");
        }

        Assert.Equal(200, test.Buffered);
        test.Left.Watermark("12:01:00.001");
        test.Right.Watermark("12:01:00.001");
        Assert.Equal(100, test.Buffered);
        test.Left.Watermark("12:01:30.001");
        test.Right.Watermark("12:01:30.001");
        Assert.Equal(0, test.Buffered);
    }

    [Fact]
    public async Task State_of_an_inner_join_goes_too()
    {
        await using var test = await JoinTest.StartAsync(OneMinute);
        for (int i = 0; i < 100; i++)
            test.Left.Element(new Row($"k{i}", "l"), "12:00:00");
        Assert.Equal(100, test.Buffered);
        test.Left.Watermark("12:01:20");
        test.Right.Watermark("12:01:20");
        Assert.Equal(0, test.Buffered);
    }

    [Fact]
    public async Task Stream_is_joined_with_itself()
    {
        var source = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string?, Row> rows = Keyed(pipeline.Read("rows", source));
            rows.IntervalJoin("join", rows, OneMinute).Map(JoinTest.Text).Write("out", sink);
        });
        source.Element(new Row("a", "1"), "12:00").Element(new Row("a", "2"), "12:00:30");
        Assert.Equal(["1+1", "1+2", "2+1", "2+2"], sink.Rows.Order());
    }

    [Fact]
    public void Holds_the_contract_of_operators() =>
        new TwoInputContract<Row, Row, string>((left, right) => Keyed(left)
                .IntervalJoin("join", Keyed(right), Interval.Between(TimeSpan.FromSeconds(-30), TimeSpan.FromMinutes(1)), JoinType.Full)
                .Map(JoinTest.Text))
            .Left(new Row("a", "1"), "12:00:00")
            .Right(new Row("a", "x"), "12:00:30")
            .Left(new Row("a", "2"), "12:01:00")
            .Right(new Row("b", "y"), "12:01:00")
            .Left(new Row(null, "nobody"), "12:01:01")
            .Watermarks("12:02:00")
            .Right(new Row("a", "z"), "12:02:00")
            .Left(new Row("c", "3"), "12:02:10")
            .Watermarks("12:03:00")
            .Right(new Row("c", "w"), "12:03:10")
            .Holds("""
                1+x
                2+x
                2+z
                3+w
                +y
                nobody+
                """);

    [Theory]
    [InlineData(JoinType.Inner)]
    [InlineData(JoinType.Left)]
    [InlineData(JoinType.Right)]
    [InlineData(JoinType.Full)]
    [InlineData(JoinType.Semi)]
    [InlineData(JoinType.Anti)]
    public async Task Gives_what_nested_loops_give(JoinType type)
    {
        for (int seed = 1; seed <= 30; seed++)
        {
            var random = new Random((seed * 31) + (int)type);
            int lower = random.Next(-20, 10), upper = lower + random.Next(0, 20);
            bool isWindow = random.Next(4) == 0;
            var options = new StreamJoinOptions { AllowedLateness = Millis(random.Next(3) * 5), RetainFor = Millis(random.Next(3) * 10) };
            NestedLoops model = isWindow ? new NestedLoops(type, options, 10) : new NestedLoops(type, options, lower, upper);
            await using var test = await JoinTest.StartAsync(Interval.Between(Millis(lower), Millis(upper)), type, options, isWindow ? 10
                : null, 1 + random.Next(3));
            int now = 0;
            for (int i = 0; i < 40; i++)
            {
                now += random.Next(4);
                string? key = random.Next(20) == 0 ? null : $"k{random.Next(3)}";
                int time = Math.Max(0, now - random.Next(15));
                bool isLeft = random.Next(2) == 0;
                var row = new Row(key, $"{(isLeft ? 'l' : 'r')}{i}");
                (isLeft ? test.Left : test.Right).Element(row, At(time));
                model.Add(isLeft, row, time);
                test.Run();
                if (random.Next(3) == 0)
                {
                    int watermark = now - random.Next(10);
                    bool isOfLeft = random.Next(2) == 0;
                    if (model.Watermark(isOfLeft, watermark))
                        (isOfLeft ? test.Left : test.Right).Watermark(At(watermark));
                    test.Run();
                }

                if (random.Next(12) == 0)
                    test.Test.Commit().CrashAndRestore(1 + random.Next(3));
            }

            model.End();
            test.Left.Complete();
            test.Right.Complete();
            string[] came = [.. test.Sink.Rows.Order(StringComparer.Ordinal)], wanted = [.. model.Output.Order(StringComparer.Ordinal)];
            Assert.True(wanted.SequenceEqual(came),
                $"Seed {seed}, {(isWindow ? "window" : $"[{lower}, {upper}]")} {options}:\nlost {string.Join(' ', wanted.Except(came))}\nadded {string.Join(' ', came.Except(wanted))}");
            Assert.True(test.Buffered == 0, $"Seed {seed}: {test.Buffered} rows stay.");
        }
    }

    private static TimeSpan Millis(int millis) => TimeSpan.FromMilliseconds(millis);

    private static DateTimeOffset At(int millis) => DateTimeOffset.UnixEpoch.AddMilliseconds(millis);

    private static KeyedStream<string?, Row> Keyed(Stream<Row> rows) => rows.KeyBy(row => row.Key);

    public readonly record struct Row(string? Key, string Id);

    private sealed class JoinTest : IAsyncDisposable
    {
        public TestSource<Row> Left { get; } = new();

        public TestSource<Row> Right { get; } = new();

        public TestSink<string> Sink { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        public long Buffered => Run().Job.Metrics.Operators["join"]["buffered"];

        public static async Task<JoinTest> StartAsync(
            Interval within, JoinType type = JoinType.Inner, StreamJoinOptions? options = null, int? windowMillis = null,
                int parallelism = 1)
        {
            var test = new JoinTest();
            var jobOptions = new JobOptions
            {
                Parallelism = parallelism,
                Shards = 8,
                EpochInterval = TimeSpan.FromDays(40),
                MaxEventTimeAhead = null
            };
            test.Test = await StreamTest.StartAsync(pipeline =>
            {
                KeyedStream<string?, Row> left = Keyed(pipeline.Read("left", test.Left)), right = Keyed(pipeline.Read("right", test.Right));
                (windowMillis is { } size
                    ? left.WindowJoin("join", right, Window.Tumbling(Millis(size)), type, options)
                    : left.IntervalJoin("join", right, within, type, options)).Map(Text).Write("out", test.Sink);
            }, jobOptions);
            return test;
        }

        public static string Text(Joined<Row, Row> pair) => $"{pair.Left.Id}+{pair.Right.Id}";

        public StreamTest Run() => Test.RunUntilIdle();

        public void Shows(string rows) => Sink.ShouldEmit(rows);

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }

    /// <summary>The same by looking at every pair.</summary>
    private sealed class NestedLoops(JoinType type, StreamJoinOptions options, int lower, int upper)
    {
        private readonly List<Waiting> _left = [], _right = [];
        private readonly int _allowed = (int)options.AllowedLateness.TotalMilliseconds;
        private readonly int _retained = (int)Math.Max(options.AllowedLateness.TotalMilliseconds, options.RetainFor.TotalMilliseconds);
        private readonly int? _window;
        private long _leftMark = long.MinValue, _rightMark = long.MinValue;

        public NestedLoops(JoinType type, StreamJoinOptions options, int window)
            : this(type, options, 0, 0) => _window = window;

        public List<string> Output { get; } = [];

        private long Now => Math.Min(_leftMark, _rightMark);

        public void Add(bool isLeft, Row row, int time)
        {
            var added = new Waiting(row, time);
            List<Waiting> others = isLeft ? _right : _left;
            if (row.Key is not null)
            {
                foreach (Waiting other in others.Where(
                    other => other.Row.Key == row.Key && !Past(other, !isLeft, _retained)
                    && (isLeft ? Meet(added, other) : Meet(other, added))))
                {
                    Pair(isLeft ? added : other, isLeft ? other : added);
                    (added.IsSettled, other.IsSettled) = (true, true);
                }
            }

            (isLeft ? _left : _right).Add(added);
            Alone();
        }

        public bool Watermark(bool isLeft, int watermark)
        {
            ref long mark = ref (isLeft ? ref _leftMark : ref _rightMark);
            if (watermark <= mark)
                return false;
            mark = watermark;
            Alone();
            return true;
        }

        public void End()
        {
            (_leftMark, _rightMark) = (long.MaxValue, long.MaxValue);
            Alone();
        }

        private bool Meet(Waiting left, Waiting right) =>
            _window is { } size ? left.Time / size == right.Time / size : right.Time - left.Time >= lower
                && right.Time - left.Time <= upper;

        private bool Past(Waiting row, bool isLeft, int wait) =>
            (row.Row.Key is null && wait == _allowed)
                || (_window is { } size ? ((row.Time / size * size) + size - 0.001) : row.Time + (isLeft ? upper : -lower)) + wait < Now;

        private void Pair(Waiting left, Waiting right)
        {
            if (type is not (JoinType.Semi or JoinType.Anti))
                Output.Add($"{left.Row.Id}+{right.Row.Id}");
            else if (type == JoinType.Semi && !left.IsSettled)
                Output.Add($"{left.Row.Id}+");
            left.IsSettled = true;
        }

        private void Alone()
        {
            foreach (Waiting left in _left.Where(left => !left.IsSettled && Past(left, true, _allowed)))
            {
                if (type is JoinType.Left or JoinType.Full or JoinType.Anti)
                    Output.Add($"{left.Row.Id}+");
                left.IsSettled = type is JoinType.Left or JoinType.Full or JoinType.Anti;
            }

            foreach (Waiting right in _right.Where(right => !right.IsSettled && Past(right, false, _allowed)))
            {
                if (type is JoinType.Right or JoinType.Full)
                    Output.Add($"+{right.Row.Id}");
                right.IsSettled = true;
            }
        }

        private sealed class Waiting(Row row, int time)
        {
            public Row Row { get; } = row;

            public int Time { get; } = time;

            public bool IsSettled { get; set; }
        }
    }
}
