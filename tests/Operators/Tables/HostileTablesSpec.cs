using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>Tables and joins under input that is lopsided rather than wrong.</summary>
public sealed class HostileTablesSpec
{
    private static readonly JobOptions Options = new()
    {
        Parallelism = 3,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null
    };

    [Fact]
    public async Task Update_storm_on_one_key_leaves_one_row_and_every_change_follows_the_one_before()
    {
        var left = new TestSource<(string Key, int Value)>();
        var right = new TestSource<(string Key, int Value)>();
        var changes = new TestSink<(int? Before, int? After)>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => Table(pipeline.Read("left", left), "lefts").Join("join", Table(pipeline.Read("right", right), "rights"))
                .Materialize("view").ToStream()
                .Map(change =>
                    (change.HadBefore ? (int?)(change.Before.Left + change.Before.Right) : null, change.HasAfter
                    ? (int?)(change.After.Left + change.After.Right) : null))
                .Write("changes", changes), Options);
        for (int i = 1; i <= 5_000; i++)
        {
            left.Element(("hot", i), "12:00");
            right.Element(("hot", i * 10_000), "12:00");
            if (i % 1_000 == 0)
                test.Commit();
        }

        test.CrashAndRestore(2);
        TableView<string, Joined<int, int>> view = test.Job.Table<string, Joined<int, int>>("view");
        Assert.Equal(Joined<int, int>.Of(5_000, 50_000_000), await view.GetAsync("hot"));
        int? shown = null;
        foreach ((int? before, int? after) in changes.Rows)
        {
            Assert.Equal(shown, before);
            shown = after;
        }

        // How many changes there are depends on how the two inputs interleave; where they end does not.
        Assert.Equal(50_005_000, shown);
    }

    [Fact]
    public async Task Hot_key_of_a_join_of_streams_meets_each_partner_once_and_leaves_nothing_behind()
    {
        const int Rows = 1_000;
        var left = new TestSource<(string Key, int Value)>();
        var right = new TestSource<(string Key, int Value)>();
        var pairs = new TestSink<(int Left, int Right)>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("left", left).KeyBy(row => row.Key)
                .IntervalJoin("join", pipeline.Read("right", right).KeyBy(row => row.Key), Interval.Within(TimeSpan.FromMilliseconds(20)),
                    JoinType.Full)
                .Map(pair => (pair.HasLeft ? pair.Left.Value : -1, pair.HasRight ? pair.Right.Value : -1)).Write("pairs", pairs), Options);
        var random = new Random(5);
        int[] order = [.. Enumerable.Range(0, Rows).OrderBy(_ => random.Next())];
        for (int i = 0; i < Rows; i++)
        {
            left.Element(("hot", order[i]), DateTimeOffset.UnixEpoch.AddMilliseconds(order[i]));
            right.Element(("hot", order[Rows - 1 - i]), DateTimeOffset.UnixEpoch.AddMilliseconds(order[Rows - 1 - i]));
            if (i == Rows / 2)
                test.Commit().CrashAndRestore(1);
        }

        left.Complete();
        right.Complete();
        test.RunUntilIdle();
        (int, int)[] expected = [.. from a in Enumerable.Range(0, Rows) from b in Enumerable.Range(Math.Max(0, a - 20), 41) where b < Rows
            && b <= a + 20 select (a, b)];
        Assert.Equal(expected.Order(), pairs.Rows.Order());
        Assert.Equal(0, test.Job.Metrics.Operators["join"]["buffered"]);
    }

    [Fact]
    public async Task Table_of_more_than_a_million_rows_is_restored_by_another_number_of_regions()
    {
        const int Rows = 1_050_000;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", Sources.Of(Enumerable.Range(0, Rows).ToArray())).KeyBy(row => (long)row)
                .ToTable("table", row => row * 3L).Materialize("view"), Options);
        test.Commit().CrashAndRestore(2).Commit();
        IReadOnlyList<TableRow<long, long>> rows = (await test.Job.Table<long, long>("view").ScanAsync()).Rows;
        var seen = new bool[Rows];
        foreach (TableRow<long, long> row in rows)
        {
            if (seen[row.Key] || row.Value != row.Key * 3)
                Assert.Fail($"Key {row.Key} is there twice, or has {row.Value}.");
            seen[row.Key] = true;
        }

        Assert.Equal(Rows, rows.Count);
    }

    [Theory]
    [InlineData(JoinType.Inner, "a:+ b:2+y")]
    [InlineData(JoinType.Full, "a:+ b:2+y c:+z d:4+")]
    public async Task Null_keys_are_ignored_and_null_values_are_values(JoinType type, string expected)
    {
        var left = new TestSource<(string? Key, string? Value)>();
        var right = new TestSource<(string? Key, string? Value)>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("left", left).KeyBy(row => row.Key).ToTable("lefts", row => row.Value)
            .Join("join", pipeline.Read("right", right).KeyBy(row => row.Key).ToTable("rights", row => row.Value), type)
                .Materialize("view"), Options);
        left.Element(("a", null), "12:00").Element((null, "1"), "12:00").Element(("b", "2"), "12:00").Element(("d", "4"), "12:00");
        right.Element(("a", null), "12:00").Element(("b", "y"), "12:00").Element((null, "x"), "12:00").Element(("c", "z"), "12:00")
            .Element((null, null), "12:00");
        test.Commit().CrashAndRestore(1);
        IEnumerable<string> rows = (await test.Job.Table<string?, Joined<string?, string?>>("view").ScanAsync()).Rows
            .Select(row => $"{row.Key}:{row.Value.Left}+{row.Value.Right}").Order(StringComparer.Ordinal);
        Assert.Equal(expected, string.Join(' ', rows));
        Assert.Equal((1, 2), (test.Job.Metrics.Operators["lefts"]["null_keys"], test.Job.Metrics.Operators["rights"]["null_keys"]));
    }

    [Fact]
    public async Task Row_that_changes_its_key_moves_between_shards_and_is_never_in_both()
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            var random = new Random(seed);
            var source = new TestSource<(string Id, string Owner)>();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                Table<string, string> owners = pipeline.Read("rows", source).KeyBy(row => row.Id).ToTable("owners", row => row.Owner);
                owners.GroupBy(row => row.Value).Count("owned").Materialize("counts");
                owners.GroupBy(row => row.Value)
                    .Top("top", 2, Comparer<TableRow<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key)))
                    .ToTable("first-two", row => row.Value.Key, row => row.Key).Materialize("tops");
            }, Options with { Shards = 64 }, (ulong)seed);
            var model = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int i = 0; i < 120; i++)
            {
                (string id, string owner) = ($"row{random.Next(12)}", $"owner{random.Next(5)}");
                source.Element((id, owner), "12:00");
                model[id] = owner;
                if (random.Next(15) == 0)
                    test.Commit();
                if (random.Next(40) == 0)
                    test.CrashAndRestore(1 + random.Next(4));
            }

            test.Commit();
            IEnumerable<string> counts = (await test.Job.Table<string, long>("counts")
                .ScanAsync()).Rows.Select(row => $"{row.Key}={row.Value}").Order(StringComparer.Ordinal);
            Assert.True(model.Values.GroupBy(owner => owner).Select(group => $"{group.Key}={group.Count()}").Order(StringComparer.Ordinal)
                .SequenceEqual(counts), $"Seed {seed}: {string.Join(' ', counts)}");
            IEnumerable<string> tops = (await test.Job.Table<string, string>("tops")
                .ScanAsync()).Rows.Select(row => $"{row.Value}/{row.Key}").Order(StringComparer.Ordinal);
            IEnumerable<string> wanted = model.GroupBy(row => row.Value)
                .SelectMany(group => group.Select(row => row.Key).Order(StringComparer.Ordinal).Take(2).Select(id => $"{group.Key}/{id}"));
            Assert.True(wanted.Order(StringComparer.Ordinal).SequenceEqual(tops), $"Seed {seed}: {string.Join(' ', tops)}");
        }
    }

    [Fact]
    public async Task Values_outlive_an_update_and_go_one_time_to_live_after_the_last()
    {
        var source = new TestSource<(string Key, int Value)>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).KeyBy(row => row.Key)
                .ToTable("table", row => row.Value, new TableOptions<(string Key, int Value)> { TimeToLive = TimeSpan.FromMinutes(10) })
                    .Materialize("view").ToStream()
                .Filter(change => change.IsDelete).Map(change => $"{change.Key} {change.Before} gone").Write("deletions", sink), Options);
        source.Element(("stays", 1), "12:00").Element(("goes", 1), "12:00");
        for (int second = 0; second < 300; second++)
            source.Element(("stays", second), TestTime.Of("12:00").AddSeconds(second));
        test.Commit().CrashAndRestore(1);
        source.Watermark("12:10:00.001");
        sink.ShouldEmit("goes 1 gone");
        source.Watermark("12:14:58.999");
        Assert.Equal(299, await test.Commit().Job.Table<string, int>("view").GetAsync("stays"));
        source.Watermark("12:15");
        sink.ShouldEmit("stays 299 gone");
        Assert.Empty((await test.Commit().Job.Table<string, int>("view").ScanAsync()).Rows);
    }

    private static Table<string, int> Table(Stream<(string Key, int Value)> rows, string name) => rows.KeyBy(row => row.Key)
        .ToTable(name, row => row.Value);
}
