using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Queries;

/// <summary>Windows over rows that only come are those that C# users have, which add a row up once; they give what windows over rows that
/// may be taken back give.</summary>
public sealed class SlicedWindowsSpec
{
    private const string Results = """
        SELECT k, window_start, window_end, window_time, count(*) AS n, count(v) AS some, sum(v) AS sum, avg(v) AS mean, min(v) AS least,
        max(v) AS most, max(t) AS last, bool_and(v > 2) AS above, count(*) FILTER (WHERE v > 4) AS high
        """;

    [Theory]
    [InlineData("TUMBLE(TABLE rows, DESCRIPTOR(at), INTERVAL '10' SECOND)", "k, window_start, window_end, window_time", "")]
    [InlineData("TUMBLE(TABLE rows, DESCRIPTOR(at), INTERVAL '7' SECOND)", "window_time, k, window_end, window_start", "WHERE v <> 3")]
    [InlineData("HOP(TABLE rows, DESCRIPTOR(at), INTERVAL '4' SECOND, INTERVAL '10' SECOND)", "k, window_start, window_end, window_time",
        "")]
    [InlineData("HOP(TABLE rows, DESCRIPTOR(at), INTERVAL '9' SECOND, INTERVAL '4' SECOND)", "k, window_start, window_end, window_time",
        "WHERE v > 0")]
    public async Task They_give_the_same_whatever_happens(string windows, string by, string where)
    {
        var random = new Random(7);
        var rows = new TestSource<Row>();
        TestSink<SqlRow> added = new(), changed = new();
        string text = $"{Results} FROM TABLE({windows}) AS w {where} GROUP BY {by} EMIT ON WINDOW CLOSE";
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Row> all = pipeline.Read("rows", rows);
            SqlQuery slices = pipeline.Sql("slices", text, from => from.Stream("rows", all, nameof(Row.At)));
            SqlQuery general = pipeline.Sql("general", text, from => from.Changes("rows", all.AsChanges(), nameof(Row.At)));
            Assert.Contains("by slices", slices.Explain(), StringComparison.Ordinal);
            Assert.DoesNotContain("by slices", general.Explain(), StringComparison.Ordinal);
            slices.ToStream().Write("added", added);
            general.ToStream().Write("changed", changed);
        });

        DateTimeOffset start = TestTime.Of("12:00:00");
        for (int second = 0; second < 60; second++)
        {
            for (int row = 0; row < 5; row++)
            {
                DateTimeOffset at = start.AddSeconds(second - random.Next(12)).AddMilliseconds(random.Next(1000));
                rows.Element(new Row(random.Next(3), random.Next(4) == 0 ? null : random.Next(6), $"t{random.Next(9)}", at), at);
            }

            if (second % 5 == 4)
                rows.Watermark(start.AddSeconds(second - 4).ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));
            if (second is 20 or 40)
                test.Commit();
            if (second == 43)
                test.CrashAndRestore();
        }

        rows.Complete();
        test.RunUntilIdle();

        Assert.NotEmpty(added.Committed);
        Assert.Equal(Sorted(changed), Sorted(added));
    }

    [Fact]
    public void What_cannot_be_added_up_in_any_order_is_run_as_before()
    {
        Assert.Contains("by slices", Plan("count(*)", "TUMBLE"), StringComparison.Ordinal);
        Assert.DoesNotContain("by slices", Plan("count(DISTINCT v)", "TUMBLE"), StringComparison.Ordinal);
        Assert.DoesNotContain("by slices", Plan("sum(CAST(v AS double precision))", "TUMBLE"), StringComparison.Ordinal);
        Assert.DoesNotContain("by slices", Plan("count(*)", "TUMBLE", ""), StringComparison.Ordinal);
    }

    private static string Plan(string aggregate, string windows, string emit = "EMIT ON WINDOW CLOSE")
    {
        var pipeline = Pipeline.Create("plans");
        return pipeline.Sql("q", $"""
            SELECT k, {aggregate} AS a FROM TABLE({windows}(TABLE rows, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w
            GROUP BY k, window_start, window_end {emit}
            """, from => from.Stream("rows", pipeline.Read("rows", new TestSource<Row>()), nameof(Row.At))).Explain();
    }

    private static string[] Sorted(TestSink<SqlRow> sink) => [.. sink.Committed
        .Select(static row => string.Join(" | ", Enumerable.Range(0, row.Count).Select(row.Text))).Order(StringComparer.Ordinal)];

    private sealed record Row(int K, int? V, string T, DateTimeOffset At);
}
