using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Queries;

/// <summary>A row on which an expression fails is a dead letter, whichever operator computes the expression: for that operator it has
/// never come.</summary>
public sealed class BadRowsSpec
{
    private const string Huge = "price * 1e307::double precision";

    [Theory]
    [InlineData("a group", "SELECT auction AS id, sum(100 / price)::bigint AS value FROM rows GROUP BY auction", "1: 100", 1)]
    [InlineData("the key of a group", "SELECT 100 / price AS id, count(*) AS value FROM rows GROUP BY 100 / price", "25: 2, 50: 1", 1)]
    [InlineData("the sum of a group", $"SELECT auction AS id, (sum({Huge} * 2) / 1e307)::bigint AS value FROM rows GROUP BY auction",
        "1: 12", 1)]
    [InlineData("a window's group", """
        SELECT auction AS id, sum(100 / price)::bigint AS value FROM TABLE(TUMBLE(TABLE rows, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w
        GROUP BY auction, window_start EMIT ON WINDOW CLOSE
        """, "1: 75, 1: 25", 1)]
    [InlineData("the result of a window's group", """
        SELECT min(price)::bigint AS id, count(*) AS value FROM TABLE(TUMBLE(TABLE rows, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w
        GROUP BY auction, window_start HAVING 100 / min(price) > 0 EMIT ON WINDOW CLOSE
        """, "4: 1", 1)]
    [InlineData("a join", """
        SELECT a.price::bigint AS id, b.price::bigint AS value FROM rows AS a JOIN others AS b
        ON a.auction = b.auction AND 100 / (a.price * b.price) > 7
        """, "2: 2, 2: 4, 4: 2, 4: 2", 1)]
    [InlineData("IN", """
        SELECT price::bigint AS id, 1::bigint AS value FROM rows AS a
        WHERE EXISTS (SELECT * FROM others AS b WHERE b.auction = a.auction AND 100 / (a.price * b.price) > 7)
        """, "2: 1", 1)]
    [InlineData("a truth that is a value", """
        SELECT price::bigint AS id, CASE WHEN EXISTS (SELECT * FROM others AS b
        WHERE b.auction = a.auction AND 100 / (a.price * b.price) > 7) THEN 1 ELSE 0 END::bigint AS value FROM rows AS a
        """, "0: 0, 2: 1, 4: 0, 4: 0", 1)]
    [InlineData("the row of a time", """
        SELECT a.price::bigint AS id, b.price::bigint AS value FROM rows AS a
        JOIN versions FOR SYSTEM_TIME AS OF a.at AS b ON a.auction = b.auction AND 100 / (a.price * b.price) > 0
        """, "2: 4, 4: 4, 4: 4", 1)]
    [InlineData("the nearest row", """
        SELECT a.price::bigint AS id, b.price::bigint AS value FROM rows AS a ASOF JOIN others AS b
        ON a.auction = b.auction AND 100 / a.price >= b.price
        """, "2: 4, 4: 4, 4: 4", 1)]
    [InlineData("rows in order", $"""
        SELECT price::bigint AS id, (sum({Huge}) OVER (PARTITION BY auction ORDER BY at) / 1e307)::bigint AS value FROM rows
        WHERE price < 10
        """, "0: 6, 2: 2, 4: 6, 4: 10", 0)]
    [InlineData("rows in order, with every change", $"""
        SELECT price::bigint AS id, (sum({Huge} * 2) OVER (PARTITION BY auction ORDER BY at) / 1e307)::bigint AS value FROM rows
        """, "0: 12, 2: 4, 4: 12", 1)]
    [InlineData("rows in order, once", $"""
        SELECT price::bigint AS id, (sum({Huge} * 2) OVER (PARTITION BY auction ORDER BY at) / 1e307)::bigint AS value FROM rows
        EMIT ON WINDOW CLOSE
        """, "0: 12, 2: 4, 4: 12", 1)]
    [InlineData("a condition of a pattern", """
        SELECT id, value FROM rows MATCH_RECOGNIZE (PARTITION BY auction ORDER BY at
        MEASURES FIRST(A.price)::bigint AS id, LAST(A.price)::bigint AS value PATTERN (A+) DEFINE A AS 100 / A.price > 20) AS m
        """, "2: 4", 1)]
    [InlineData("a measure of a pattern", """
        SELECT id, value FROM rows MATCH_RECOGNIZE (PARTITION BY auction ORDER BY at
        MEASURES (A.price)::bigint AS id, (100 / A.price)::bigint AS value PATTERN (A)) AS m
        """, "2: 50, 4: 25, 4: 25", 1)]
    public async Task What_an_expression_fails_on_is_a_dead_letter(string what, string query, string expected, int letters)
    {
        var results = new TestSink<Change<Result>>();
        var kept = new TestSink<DeadLetter>();
        TestSource<Row> rows = new(), others = new(), versions = new();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .DeadLettersTo(kept)
            .Sql("q", query, from => from.Stream("rows", pipeline.Read("rows", rows), nameof(Row.At))
                    .Stream("others", pipeline.Read("others", others), nameof(Row.At))
                    .Changes("versions", pipeline.Read("versions", versions).AsChanges(), nameof(Row.At), nameof(Row.Auction)),
                new SqlOptions { Errors = ErrorPolicy.Skip })
            .ToChanges<Result>()
            .Write("out", results));

        others.Element(new Row(1, 4, At("12:00:00")), "12:00:00");
        versions.Element(new Row(1, 4, At("12:00:00")), "12:00:00");
        test.Commit();
        foreach ((int price, string at) in new[] { (2, "12:00:01"), (4, "12:00:02"), (0, "12:00:03"), (4, "12:01:00") })
            rows.Element(new Row(1, price, At(at)), at);
        test.Commit();
        if (what == "a join")
            others.Element(new Row(1, 2, At("12:00:30")), "12:00:30");
        test.Commit();
        rows.Complete();
        others.Complete();
        versions.Complete();
        test.RunUntilIdle();

        Assert.Equal(expected.Split(", ").Order(StringComparer.Ordinal), results.Committed.GroupBy(static one => one.Row)
            .SelectMany(static one => Enumerable.Repeat($"{one.Key.Id}: {one.Key.Value}", one.Sum(static change => change.Weight)))
            .Order(StringComparer.Ordinal));
        Assert.Equal(letters, kept.Committed.Count);
        Assert.All(kept.Committed, static letter => Assert.Contains("SQLSTATE 22", letter.Error, StringComparison.Ordinal));
    }

    private static DateTimeOffset At(string time) => TestTime.Of(time);

    private sealed record Row(long Auction, int Price, DateTimeOffset At);

    private sealed record Result(long Id, long Value);
}
