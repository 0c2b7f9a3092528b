using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>An epoch's changes come to one for each row, or for each key, and to none where they cancel out.</summary>
public sealed class ConsolidateSpec
{
    private static readonly JobOptions s_one = new() { Parallelism = 1, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    [Fact]
    public async Task Weights_of_equal_rows_sum_up_until_the_epoch_ends_and_zero_is_not_seen()
    {
        var source = new TestSource<Change<string>>();
        var sink = new TestSink<Change<string>>(change => $"{change.Row} {change.Weight:+0;-0}");
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("in", source).Consolidate("net").Write("out", sink), s_one);

        source.Element(new("a", 1), "12:00").Element(new("b", 1), "12:00").Element(new("a", -1), "12:01").Element(new("b", 1), "12:01")
            .Element(new("c", -1), "12:02");
        sink.ShouldEmit("");
        test.Commit();
        sink.ShouldEmit("""
            c -1
            b +2
            """);
        test.Commit();
        source.Element(new("b", -2), "12:03").Element(new("a", -1), "12:03").Element(new("a", 1), "12:04").Element(new("d", 1), "12:03");
        test.Commit();
        sink.ShouldEmit("""
            b -2
            d +1
            """);
    }

    [Fact]
    public async Task A_key_of_a_table_goes_from_what_it_was_to_what_it_is()
    {
        var source = new TestSource<(string Key, int? Value)>();
        var sink = new TestSink<TableChange<string, int?>>(change => $"{change.Key} {change.Before}->{change.After}");
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("in", source).KeyBy(row => row.Key)
                .ToTable("t", row => row.Value, new TableOptions<(string Key, int? Value)> { IsDelete = row => row.Value is null })
                .Consolidate("net").ToStream().Write("out", sink), s_one);

        source.Element(("a", 1), "12:00").Element(("a", 2), "12:00").Element(("b", 1), "12:00").Element(("b", null), "12:00");
        test.Commit();
        source.Element(("a", 3), "12:00").Element(("a", 2), "12:00").Element(("c", 7), "12:00");
        test.Commit();
        source.Element(("a", null), "12:00").Element(("c", null), "12:00").Element(("c", 8), "12:00");
        test.Commit();
        sink.ShouldEmit("""
            a ->2
            c ->7
            a 2->
            c 7->8
            """);
    }

    [Fact]
    public async Task ToUpsert_gives_the_last_row_of_each_key_once_an_epoch()
    {
        var source = new TestSource<Change<(int Id, string Text)>>();
        var sink = new TestSink<Upsert<int, (int Id, string Text)>>(upsert => $"{upsert.Kind} {upsert.Key} {upsert.Row.Text}".TrimEnd());
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("in", source).ToUpsert("rows", row => row.Id).Write("out", sink), s_one);

        source.Element(new((1, "a"), 1), "12:00").Element(new((2, "b"), 1), "12:00").Element(new((2, "b"), -1), "12:00");
        test.Commit();
        source.Element(new((1, "a"), -1), "12:00").Element(new((1, "c"), 1), "12:00").Element(new((3, "d"), 1), "12:00");
        test.Commit().CrashAndRestore();
        source.Element(new((1, "e"), 1), "12:00").Element(new((1, "c"), -1), "12:00").Element(new((3, "d"), -1), "12:00");
        test.Commit();
        sink.ShouldEmit("""
            Put 1 a
            Put 1 c
            Put 3 d
            Put 1 e
            Delete 3
            """);
    }

    [Fact]
    public void Nothing_is_lost_or_late_however_epochs_fall()
    {
        new OperatorContract<Change<int>, WindowResult<int, long>>(
                changes => changes.Filter(change => change.Row >= 0).Consolidate("net").Consolidate("net-again")
                    .KeyBy(change => change.Row).Window("sums", Window.Tumbling(TimeSpan.FromHours(1)))
                        .Aggregate(Aggregate.Of<Change<int>>().Sum(change => (long)change.Weight)),
                result => $"{result.Window} {result.Key} {result.Result}")
            .Element(new(1, 1), "12:10")
            .Element(new(2, 1), "12:20")
            .Element(new(1, 2), "12:30")
            .Watermark("12:40")
            .Element(new(3, 3), "12:50")
            .Element(new(3, -1), "12:55")
            .Watermark("13:00")
            .Element(new(4, 1), "13:10")
            .Watermark("14:30")
            .Holds("""
                [2030-01-01T12:00:00Z, 2030-01-01T13:00:00Z) 1 3
                [2030-01-01T12:00:00Z, 2030-01-01T13:00:00Z) 2 1
                [2030-01-01T12:00:00Z, 2030-01-01T13:00:00Z) 3 2
                [2030-01-01T13:00:00Z, 2030-01-01T14:00:00Z) 4 1
                """);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_every_epoch_the_consolidated_changes_are_the_difference_of_the_bags(int seed)
    {
        var random = new Random(seed);
        var source = new TestSource<Change<string?>>();
        var sink = new TestSink<Change<string?>>();
        var options = new JobOptions
        {
            Parallelism = 1 + (seed % 3),
            Shards = 8,
            BatchRows = 16,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null
        };
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("in", source).Consolidate("net").Write("out", sink), options, (ulong)seed);
        int seen = 0;
        for (int epoch = 0; epoch < 12; epoch++)
        {
            var bag = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int change = random.Next(900); change > 0; change--)
            {
                (string? row, int weight) = (random.Next(20) == 0 ? null : $"r{random.Next(300)}", random.Next(2) * 2 - 1);
                source.Element(new Change<string?>(row, weight), "12:00");
                bag[$"{row}"] = bag.GetValueOrDefault($"{row}") + weight;
                if (random.Next(200) == 0)
                    test.RunUntilIdle();
            }

            test.Commit();
            Change<string?>[] came = [.. sink.Committed.Skip(seen)];
            seen += came.Length;
            Assert.Equal(bag.Where(row => row.Value != 0).Select(row => $"{row.Key} {row.Value}").Order(StringComparer.Ordinal),
                came.Select(change => $"{change.Row} {change.Weight}").Order(StringComparer.Ordinal));
            if (random.Next(3) == 0)
                test.CrashAndRestore(1 + random.Next(3));
        }
    }
}
