using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

public sealed class StreamTableSpec
{
    [Fact]
    public void Join_at_arrival_holds_the_contract_of_operators() =>
        new TwoInputContract<Row, Row, string>((rows, values) => Keyed(rows).Join("join", Table(values), JoinType.Left).Map(Text),
            inOrder: true)
            .Left(new Row("a", "1"), "12:00")
            .Right(new Row("a", "x"), "12:00")
            .Left(new Row("a", "2"), "12:00")
            .Right(new Row("a", "y"), "12:00")
            .Right(new Row("b", "z"), "12:00")
            .Left(new Row("a", "3"), "12:00")
            .Right(new Row("a", null), "12:00")
            .Left(new Row("a", "4"), "12:00")
            .Left(new Row(null, "5"), "12:00")
            .Holds("""
                1+
                2+x
                3+y
                4+
                5+
                """);

    [Fact]
    public void Join_as_of_the_rows_time_holds_the_contract_of_operators_in_any_order() =>
        new TwoInputContract<Row, Row, string>((rows, values) => Keyed(rows).AsOfJoin("join", Table(values), JoinType.Left).Map(Text))
            .Left(new Row("a", "1"), "12:00:30")
            .Left(new Row("a", "0"), "11:59:59")
            .Right(new Row("a", "y"), "12:01:00")
            .Right(new Row("a", "x"), "12:00:00")
            .Left(new Row("a", "2"), "12:01:00")
            .Watermarks("12:01:30")
            .Right(new Row("a", null), "12:02:00")
            .Left(new Row("a", "3"), "12:01:59")
            .Left(new Row("a", "4"), "12:02:00")
            .Holds("""
                0+
                1+x
                2+y
                3+y
                4+
                """);

    [Fact]
    public async Task Versions_that_no_row_can_ask_for_are_dropped()
    {
        var rows = new TestSource<Row>();
        var values = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            Keyed(pipeline.Read("rows", rows)).AsOfJoin("join", Table(pipeline.Read("values", values))).Map(Text).Write("out", sink));
        for (int minute = 0; minute < 30; minute++)
            values.Element(new Row("a", $"v{minute}"), $"12:{minute:00}");
        rows.Watermark("12:20:00.001");
        values.Watermark("12:29");
        test.RunUntilIdle();   // a row is late by the watermark of both inputs, as far as the join has seen it
        rows.Element(new Row("a", "now"), "12:20:30").Element(new Row("a", "too late"), "12:05").Watermark("13:00");
        values.Watermark("13:00");
        sink.ShouldEmit("now+v20");
        Assert.Equal(1, test.Job.Metrics.Operators["join"]["late"]);
        Assert.Equal(0, test.Job.Metrics.Operators["join"]["buffered"]);
    }

    [Fact]
    public async Task Join_that_cannot_be_is_refused_when_it_is_built()
    {
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => StreamTest.StartAsync(pipeline =>
            Keyed(pipeline.Read("rows", new TestSource<Row>()))
                .Join("join", Table(pipeline.Read("values", new TestSource<Row>())), JoinType.Full)));
        Assert.Contains("make a table of the stream and join two tables", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broadcast_rules_reach_every_actor_and_survive_a_crash_at_another_parallelism()
    {
        var rows = new TestSource<Row>(partitions: 3);
        var rules = new TestSource<Row>();
        var sink = new TestSink<string>();
        var options = new JobOptions { Parallelism = 3, Shards = 8, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows)
            .WithBroadcast("apply", pipeline.Read("rules", rules), rule => rule.Key!,
                (row, all) => new[] { $"{row.Value}:{string.Join(',', all.Values.Select(rule => rule.Value).Order())}" },
                new() { IsDelete = rule => rule.Value is null })
            .Write("out", sink), options);
        rules.Element(new Row("r1", "x"), "12:00").Element(new Row("r2", "y"), "12:00").Element(new Row("r3", "z"), "12:00");
        test.Commit();
        rules.Element(new Row("r2", null), "12:00");
        test.Commit().CrashAndRestore(2);
        for (int partition = 0; partition < 3; partition++)
            rows.Element(new Row("any", $"{partition}"), "12:00", partition);
        Assert.Equal(["0:x,z", "1:x,z", "2:x,z"], sink.Rows.Order());
    }

    [Fact]
    public void Connected_streams_share_state_and_timers() =>
        new TwoInputContract<Row, Row, string>((left, right) => Keyed(left).Connect(Keyed(right)).Process("both", () => new Together()),
            inOrder: true)
            .Left(new Row("a", "1"), "12:00")
            .Right(new Row("a", "2"), "12:00")
            .Right(new Row("b", "3"), "12:00")
            .Watermarks("12:02")
            .Left(new Row("a", "4"), "12:03")
            .Holds("""
                a: 1
                a: 1 2
                b: 3
                a: timer after 1 2
                b: timer after 3
                a: 1 2 4
                a: timer after 1 2 4
                """);

    private static KeyedStream<string?, Row> Keyed(Stream<Row> rows) => rows.KeyBy(row => row.Key);

    private static Table<string?, Row> Table(Stream<Row> rows) => Keyed(rows)
        .ToTable("values-by-key", new TableOptions<Row> { IsDelete = row => row.Value is null });

    private static string Text(Joined<Row, Row> pair) => $"{pair.Left.Value}+{pair.Right.Value}";

    public readonly record struct Row(string? Key, string? Value);

    private sealed class Together : CoProcessFunction<string?, Row, Row, string>
    {
        private readonly ListState<string> _seen;

        public Together() => _seen = List<string>("seen");

        public override void OnLeft(in Row row, ProcessContext<string?, string> context) => Take(row, context);

        public override void OnRight(in Row row, ProcessContext<string?, string> context) => Take(row, context);

        public override void OnTimer(TimerFiring timer, ProcessContext<string?, string> context) =>
            context.Emit($"{context.Key}: timer after {string.Join(' ', _seen.Items)}");

        private void Take(in Row row, ProcessContext<string?, string> context)
        {
            _seen.Add(row.Value!);
            context.SetTimer(context.Time + 60_000_000);
            context.Emit($"{context.Key}: {string.Join(' ', _seen.Items)}");
        }
    }
}
