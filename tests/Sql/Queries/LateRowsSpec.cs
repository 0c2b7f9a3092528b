using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Queries;

/// <summary>Rows that come after all their windows are complete are counted, as those of windows in C# are; the count is exact over
/// restarts.</summary>
public sealed class LateRowsSpec
{
    [Theory]
    [InlineData("TUMBLE(TABLE rows, DESCRIPTOR(at), INTERVAL '10' SECOND)", 3)]
    [InlineData("HOP(TABLE rows, DESCRIPTOR(at), INTERVAL '10' SECOND, INTERVAL '30' SECOND)", 1)]
    [InlineData("CUMULATE(TABLE rows, DESCRIPTOR(at), INTERVAL '10' SECOND, INTERVAL '20' SECOND)", 3)]
    [InlineData("SESSION(TABLE rows PARTITION BY id, DESCRIPTOR(at), INTERVAL '10' SECOND)", 2)]
    public async Task A_row_is_late_when_all_its_windows_are_complete(string windows, int late)
    {
        var rows = new TestSource<Row>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("q", $"SELECT id, count(*) AS n FROM TABLE({windows}) AS w GROUP BY id, window_start, window_end EMIT ON WINDOW CLOSE",
                from => from.Stream("rows", pipeline.Read("rows", rows), nameof(Row.At)))
            .ToStream<Counted>()
            .Write("out", new TestSink<Counted>()));

        rows.Element(Of(1, "12:00:41"), "12:00:41").Watermark("12:00:40")
            .Element(Of(2, "12:00:01"), "12:00:01");                 // late for all
        test.Commit();
        rows.Element(Of(3, "12:00:25"), "12:00:25").Element(Of(4, "12:00:32"), "12:00:32");
        test.CrashAndRestore().Commit();

        Assert.Equal(late, test.Job.Metrics.Operators.Values.Sum(static one => one.GetValueOrDefault(Counters.LateDropped)));
    }

    private static Row Of(int id, string at) => new(id, TestTime.Of(at));

    private sealed record Counted(int Id, long N);

    private sealed record Row(int Id, DateTimeOffset At);
}
