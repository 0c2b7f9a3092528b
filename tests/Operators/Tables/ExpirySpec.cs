using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>What is older than what has gone does not come back: neither by a time to live nor by a deletion.</summary>
[Trait("Issue", "A10")]
public sealed class ExpirySpec
{
    private static readonly JobOptions s_options = new() { Shards = 8, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_row_older_than_a_value_that_was_deleted_by_its_time_is_ignored(bool crashes)
    {
        var source = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink);
        source.Element(new Row("a", "new"), At(9)).Watermark(At(19));
        sink.ShouldEmit("""
            a: new
            a gone
            """);
        Pause(test, crashes);
        source.Element(new Row("a", "old"), At(5)).Element(new Row("a", "same"), At(9)).Element(new Row("b", "old"), At(5))
            .Watermark(At(19.5));
        sink.ShouldEmit("");
        Assert.Equal(3, test.Job.Metrics.Operators["table"]["outdated"]);

        // What is younger than that, but late, lives as long as it would have in time.
        source.Element(new Row("a", "younger"), At(12)).Watermark(At(21));
        sink.ShouldEmit("a: younger");
        source.Watermark(At(22));
        sink.ShouldEmit("a gone");
        Assert.Empty((await test.Commit().Job.Table<string, string>("view").ScanAsync()).Rows);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deletion_is_remembered_as_long_as_older_rows_could_live(bool crashes)
    {
        var source = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink);
        source.Element(new Row("a", null), At(12)).Watermark(At(15));
        Pause(test, crashes);
        source.Element(new Row("a", "old"), At(11)).Watermark(At(21.5));
        Pause(test, crashes);
        source.Element(new Row("a", "old"), At(11.9)).Watermark(At(22));
        Pause(test, crashes);
        source.Element(new Row("a", "old"), At(11.95)).Watermark(At(23));
        sink.ShouldEmit("");
        Assert.Equal(3, test.Job.Metrics.Operators["table"]["outdated"]);
        source.Element(new Row("a", "younger"), At(14));
        sink.ShouldEmit("a: younger");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_version_from_before_a_deletion_is_not_valid_again_for_rows_after_it(bool crashes)
    {
        var rows = new TestSource<Row>();
        var values = new TestSource<Row>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", rows).KeyBy(row => row.Key)
                .AsOfJoin("join", Table(pipeline.Read("values", values), new TableOptions<Row> { IsDelete = row => row.Value is null }),
                JoinType.Left).Map(pair => $"{pair.Left.Value}+{pair.Right}").Write("out", sink),
            s_options);
        values.Element(new Row("a", "x"), At(1)).Element(new Row("a", null), At(10)).Watermark(At(30));
        rows.Watermark(At(30));
        test.RunUntilIdle();
        Pause(test, crashes);
        values.Element(new Row("a", "late"), At(5));
        test.RunUntilIdle();
        rows.Element(new Row("a", "1"), At(40)).Watermark(At(50));
        values.Watermark(At(50));
        sink.ShouldEmit("1+");
    }

    private static Task<StreamTest> StartAsync(TestSource<Row> source, TestSink<string> sink)
    {
        var options = new TableOptions<Row>
        {
            IsDelete = row => row.Value is null,
            IgnoreOlder = true,
            TimeToLive = TimeSpan.FromSeconds(10)
        };
        return StreamTest.StartAsync(
            pipeline => Table(pipeline.Read("rows", source), options).Materialize("view").ToStream()
                .Map(change => change.HasAfter ? $"{change.Key}: {change.After}" : $"{change.Key} gone").Write("out", sink),
            s_options);
    }

    private static Table<string, string> Table(Stream<Row> rows, TableOptions<Row> options) => rows.KeyBy(row => row.Key)
        .ToTable("table", row => row.Value!, options);

    private static void Pause(StreamTest test, bool crashes)
    {
        test.Commit();
        if (crashes)
            test.CrashAndRestore();
    }

    private static DateTimeOffset At(double second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    public readonly record struct Row(string Key, string? Value);
}
