using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>Further outputs of user code: streams of their own, by tags, which come and go with the results.</summary>
public sealed class SideOutputSpec
{
    private static readonly OutputTag<string> s_large = new("large");
    private static readonly OutputTag<int> s_odd = new("odd");
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly TestSource<int> _numbers = new();
    private readonly TestSink<int> _results = new();
    private readonly TestSink<string> _large = new();
    private readonly TestSink<int> _odd = new();

    [Fact]
    public async Task Rows_go_where_the_tag_says_each_output_with_a_type_of_its_own()
    {
        await using StreamTest test = await StartAsync();
        _numbers.Element(1, at: "12:00").Element(200, at: "12:01").Element(301, at: "12:02");
        test.RunUntilIdle();
        Assert.Equal([1, 200, 301], _results.Rows);
        Assert.Equal(["200 is large", "301 is large"], _large.Rows);
        Assert.Equal([1, 301], _odd.Rows);
    }

    [Fact]
    public async Task Rows_for_a_tag_that_nobody_reads_are_dropped()
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Keyed(pipeline).Process("sort", () => new Sort()).Write("out", _results), Options());
        _numbers.Element(1, at: "12:00").Element(200, at: "12:01");
        test.RunUntilIdle();
        Assert.Equal([1, 200], _results.Rows);
    }

    [Fact]
    public async Task A_tag_may_be_read_where_nobody_reads_the_results()
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Keyed(pipeline).Process("sort", () => new Sort()).SideOutput(s_odd).Write("odd", _odd), Options());
        _numbers.Element(1, at: "12:00").Element(200, at: "12:01").Element(3, at: "12:02");
        test.RunUntilIdle();
        Assert.Equal([1, 3], _odd.Rows);
    }

    [Fact]
    public async Task A_tag_is_known_by_its_name_and_can_be_read_twice()
    {
        var again = new TestSink<int>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                ProcessedStream<int> sorted = Keyed(pipeline).Process("sort", () => new Sort());
                sorted.SideOutput(new OutputTag<int>("odd")).Write("odd", _odd);
                sorted.SideOutput(s_odd).Write("again", again);
            },
            Options());
        _numbers.Element(7, at: "12:00");
        test.RunUntilIdle();
        Assert.Equal([7], _odd.Rows);
        Assert.Equal([7], again.Rows);
    }

    [Fact]
    public async Task What_a_row_that_throws_has_put_out_is_taken_back_from_every_output()
    {
        await using StreamTest test = await StartAsync(ErrorPolicy.Skip);
        _numbers.Element(101, at: "12:00").Element(Sort.Broken, at: "12:01").Element(103, at: "12:02");
        test.RunUntilIdle();
        Assert.Equal([101, 103], _results.Rows);
        Assert.Equal(["101 is large", "103 is large"], _large.Rows);
        Assert.Equal([101, 103], _odd.Rows);
    }

    [Fact]
    public async Task A_window_of_a_side_output_is_complete_with_the_operator_s_watermark()
    {
        var counts = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Keyed(pipeline).Process("sort", () => new Sort()).SideOutput(s_odd).KeyBy(_ => 0)
                .Window("minutes", Window.Tumbling(s_minute)).Aggregate(of => of.Count())
                .Map(result => $"{result.Window.StartTime:HH:mm} {result.Result}").Write("counts", counts),
            Options());
        _numbers.Element(1, at: "12:00:10").Element(3, at: "12:00:20").Watermark("12:00:59");
        test.RunUntilIdle();
        Assert.Empty(counts.Rows);
        _numbers.Watermark("12:01");
        test.RunUntilIdle();
        Assert.Equal(["12:00 2"], counts.Rows);
    }

    [Fact]
    public async Task Timers_emit_for_tags_at_their_own_time()
    {
        var reminders = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Keyed(pipeline).Process("remind", () => new Remind()).SideOutput(Remind.Tag).KeyBy(_ => 0)
                .Window("minutes", Window.Tumbling(s_minute)).Aggregate(of => of.Collect(text => text))
                .Map(result => $"{result.Window.StartTime:HH:mm} {string.Join(' ', result.Result)}").Write("reminders", reminders),
            Options());
        _numbers.Element(1, at: "12:00:30").Watermark("12:02");
        test.RunUntilIdle();
        Assert.Equal(["12:01 1"], reminders.Rows);
    }

    [Fact]
    public async Task After_a_crash_every_output_has_each_row_once()
    {
        await using StreamTest test = await StartAsync();
        _numbers.Element(101, at: "12:00").Element(2, at: "12:00");
        test.Commit();
        _numbers.Element(303, at: "12:01").Element(404, at: "12:01");
        test.RunUntilIdle();
        test.CrashAndRestore();
        test.RunUntilIdle();
        _numbers.Element(5, at: "12:02");
        test.Commit();
        Assert.Equal([101, 2, 303, 404, 5], _results.Committed);
        Assert.Equal(["101 is large", "303 is large", "404 is large"], _large.Committed);
        Assert.Equal([101, 303, 5], _odd.Committed);
    }

    /// <summary>Row by row and in bulk, with full outputs, cut off and restored between any two rows: see
    /// <see cref="OperatorContract{TIn, TOut}"/>.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_operator_contract_holds_for_each_output(bool ofSide)
    {
        var contract = new OperatorContract<int, string>(
            numbers =>
            {
                ProcessedStream<int> sorted = numbers.KeyBy(_ => 0).Process("sort", () => new Sort());
                return ofSide ? sorted.SideOutput(s_large) : sorted.Map(number => $"{number}");
            },
            text => text);
        contract.Element(101, at: "12:00").Element(2, at: "12:00").Element(303, at: "12:01").Watermark("12:02").Element(404, at: "12:02")
            .Holds(ofSide ? "101 is large\n303 is large\n404 is large" : "101\n2\n303\n404");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_side_output_that_is_full_holds_the_operator_back_and_loses_nothing(ulong seed)
    {
        const int Rows = 50, PerRow = 700;
        var copies = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                ProcessedStream<int> copied = Keyed(pipeline).Process("copy", () => new Copy(PerRow));
                copied.Write("out", _results);
                copied.SideOutput(Copy.Tag).KeyBy(copy => copy % 5).Process("slow", () => new Text()).Write("copies", copies);
            },
            Options() with { Parallelism = 2, BatchRows = 16, LaneBatches = 1 }, seed);
        for (int row = 0; row < Rows; row++)
        {
            _numbers.Element(row, at: "12:00");
            if (row == Rows / 2)
                test.Commit().CrashAndRestore();
        }

        _numbers.Watermark("12:01");
        test.Commit();
        Assert.Equal(Enumerable.Range(0, Rows), _results.Committed);
        Assert.Equal(Enumerable.Range(0, Rows * PerRow).Select(copy => $"{copy}").Order(), copies.Committed.Order());
    }

    [Fact]
    public void Functions_of_two_inputs_have_side_outputs() =>
        new TwoInputContract<int, string, string>((left, right) =>
                left.KeyBy(_ => 0).Connect(right.KeyBy(_ => 0)).Process("both", () => new Both()).SideOutput(s_large))
            .Left(101, at: "12:00")
            .Right("text", at: "12:00")
            .Left(2, at: "12:01")
            .Watermarks("12:05")
            .Holds("""
                101
                text
                2
                """);

    [Fact]
    public void Tags_of_one_name_and_two_types_are_refused()
    {
        ProcessedStream<int> sorted = Keyed(Pipeline.Create("shop")).Process("sort", () => new Sort());
        sorted.SideOutput(s_odd);
        PipelineException error = Assert.Throws<PipelineException>(() => sorted.SideOutput(new OutputTag<string>("odd")));
        Assert.Equal(
            "Pipeline 'shop', operator 'sort': its output 'odd' has rows of type Int32, not String. Give one of the two tags another name.",
            error.Message);
        Assert.Contains("'sort-not a name' is not an operator name", Assert.Throws<PipelineException>(() =>
            sorted.SideOutput(new OutputTag<int>("not a name"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_of_another_type_than_is_read_fail_with_the_remedy()
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Keyed(pipeline).Process("sort", () => new Sort()).SideOutput(new OutputTag<string>("odd"))
                .Write("odd", _large), Options());
        _numbers.Element(1, at: "12:00");
        JobException error = Assert.Throws<JobException>(() => test.RunUntilIdle());
        Assert.Contains("emits rows of type Int32 for its output 'odd', which is read with another type", error.Message,
            StringComparison.Ordinal);
    }

    private static JobOptions Options() =>
        new() { Parallelism = 1, Shards = 8, EpochInterval = TimeSpan.FromDays(1), MaxEventTimeAhead = null };

    private KeyedStream<int, int> Keyed(Pipeline pipeline) => pipeline.Read("numbers", _numbers).KeyBy(_ => 0);

    private Task<StreamTest> StartAsync(ErrorPolicy? errors = null) => StreamTest.StartAsync(
        pipeline =>
        {
            ProcessedStream<int> sorted = Keyed(pipeline).Process("sort", () => new Sort(), errors);
            sorted.Write("out", _results);
            sorted.SideOutput(s_large).Write("large", _large);
            sorted.SideOutput(s_odd).Write("odd", _odd);
        },
        Options());

    private sealed class Sort : ProcessFunction<int, int, int>
    {
        public const int Broken = 999;

        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            if (row >= 100)
                context.Emit(s_large, $"{row} is large");
            if (row % 2 == 1)
                context.Emit(s_odd, row);
            context.Emit(row);
            if (row == Broken)
                throw new InvalidOperationException("broken");
        }
    }

    private sealed class Remind : ProcessFunction<int, int, int>
    {
        public static OutputTag<string> Tag { get; } = new("reminders");

        public override void OnRow(in int row, ProcessContext<int, int> context) => context.SetTimer(context.Time + 60_000_000);

        public override void OnTimer(TimerFiring timer, ProcessContext<int, int> context) => context.Emit(Tag, "1");
    }

    /// <summary>Many copies of a row, beside the row itself.</summary>
    private sealed class Copy(int perRow) : ProcessFunction<int, int, int>
    {
        public static OutputTag<int> Tag { get; } = new("copies");

        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            for (int copy = 0; copy < perRow; copy++)
                context.Emit(Tag, (row * perRow) + copy);
            context.Emit(row);
        }
    }

    private sealed class Text : ProcessFunction<int, int, string>
    {
        public override void OnRow(in int row, ProcessContext<int, string> context) => context.Emit($"{row}");
    }

    private sealed class Both : CoProcessFunction<int, int, string, int>
    {
        public override void OnLeft(in int row, ProcessContext<int, int> context) => context.Emit(s_large, $"{row}");

        public override void OnRight(in string row, ProcessContext<int, int> context) => context.Emit(s_large, row);
    }
}
