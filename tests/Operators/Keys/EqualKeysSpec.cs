using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Keys;

/// <summary>A key may be written in many ways: rows whose keys are equal meet in every operator, on every region, and after a
/// restart.</summary>
/// <remarks>Five keys in seven ways of writing each; what tells keys apart by their bytes has up to 35.</remarks>
[Trait("Issue", "A1")]
public sealed class EqualKeysSpec
{
    private const int Keys = 5, Ways = 7;
    private static readonly JobOptions s_options =
        new() { Parallelism = 3, Shards = 16, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    public static TheoryData<IWays> All => [
        new Way<decimal>("decimal", (key, way) => new decimal(key + 1) * Power(way) / Power(way) + Zero(way)),
        new Way<decimal?>("decimal?", (key, way) => key + Zero(way)),
        new Way<DateTimeOffset>("instant", (key, way) => Instant(key, way)),
        new Way<DateTime>("date", (key, way) => new DateTime(2024, 1, key + 1, 0, 0, 0, (DateTimeKind)(way % 3))),
        new Way<double>("double", (key, way) => key == 0 ? (way % 2 == 0 ? 0.0 : -0.0) : key == 1 ? NaN(way) : key),
        new Way<(string, decimal, DateTimeOffset)>("tuple", (key, way) => ("a", key + Zero(way), Instant(key, way))),
        new Way<Quote>("record", (key, way) =>
            new Quote(key + Zero(way), new Place(Instant(key, way), key == 1 ? NaN(way) : -0.0 * (way % 2)))),
        new Way<Name>("declared", (key, way) => new Name(Cased("name" + key, way))),
        new Way<(int, Name)>("declared in a tuple", (key, way) => (1, new Name(Cased("name" + key, way)))),
    ];

    [Theory, MemberData(nameof(All))]
    public Task Windows(IWays ways) => ways.RunAsync(new WindowCounts());

    [Theory, MemberData(nameof(All))]
    public Task Tables_views_and_entities_and_what_is_restored(IWays ways) => ways.RunAsync(new Views());

    [Theory, MemberData(nameof(All))]
    public Task Joins(IWays ways) => ways.RunAsync(new Pairs());

    [Theory, MemberData(nameof(All))]
    public Task Deduplicated_distinct_and_counted_values(IWays ways) => ways.RunAsync(new DistinctValues());

    [Theory, MemberData(nameof(All))]
    public Task Groups_of_changes_and_patterns(IWays ways) => ways.RunAsync(new Groups());

    private interface ICase
    {
        Task RunAsync<TKey>(Func<int, int, TKey> keyOf);
    }

    public interface IWays
    {
        internal Task RunAsync(object of);
    }

    private sealed record Way<TKey>(string Name, Func<int, int, TKey> KeyOf) : IWays
    {
        Task IWays.RunAsync(object of) => ((ICase)of).RunAsync(KeyOf);

        public override string ToString() => Name;
    }

    public readonly record struct Row(int Key, int Way);

    public sealed record Place(DateTimeOffset At, double Height);

    public sealed record Quote(decimal Price, Place Place);

    /// <summary>A name whose case does not matter.</summary>
    public sealed class Name(string text) : IEquatable<Name>, ICanonicalKey<string>
    {
        public string Text { get; } = text;

        public string CanonicalKey => Text.ToUpperInvariant();

        public bool Equals(Name? other) => other is not null && string.Equals(Text, other.Text, StringComparison.OrdinalIgnoreCase);

        public override bool Equals(object? obj) => Equals(obj as Name);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    private static decimal Power(int way) => (decimal)Math.Pow(10, way);

    /// <summary>Zero with so many digits after the point.</summary>
    private static decimal Zero(int way) => new(0, 0, 0, false, (byte)(way * 3));

    private static DateTimeOffset Instant(int key, int way) => new DateTimeOffset(2024, 3, 1, key, 30, 0, TimeSpan.Zero)
        .ToOffset(TimeSpan.FromMinutes((way - 3) * 90));

    private static double NaN(int way) => BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0000 + way);

    private static string Cased(string text, int way) =>
        string.Concat(text.Select((letter, at) => at % Ways == way % 4 ? char.ToUpperInvariant(letter) : letter));

    private static void Send(TestSource<Row> source, string at = "12:00")
    {
        for (int way = 0; way < Ways; way++)
        {
            for (int key = 0; key < Keys; key++)
                source.Element(new Row(key, way), at);
        }
    }

    private sealed class WindowCounts : ICase
    {
        public async Task RunAsync<TKey>(Func<int, int, TKey> keyOf)
        {
            var source = new TestSource<Row>();
            TestSink<long> tumbling = new(), local = new(), sessions = new(), hopping = new();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                KeyedStream<TKey, Row> rows = pipeline.Read("rows", source).KeyBy(row => keyOf(row.Key, row.Way));
                rows.Window("tumbling", Window.Tumbling(s_hour)).Aggregate(Aggregate.Of<Row>().Count()).Map(result => result.Result, "a")
                    .Write("tumbling-out", tumbling);
                rows.Window("local", Window.Tumbling(s_hour)).TwoPhase().Aggregate(Aggregate.Of<Row>().Count())
                    .Map(result => result.Result, "b")
                    .Write("local-out", local);
                rows.Window("sessions", Window.Session(s_hour)).Aggregate(Aggregate.Of<Row>().Count()).Map(result => result.Result, "c")
                    .Write("sessions-out", sessions);
                rows.Window("hopping", Window.Hopping(2 * s_hour, s_hour)).Aggregate(Aggregate.Of<Row>().Count())
                    .Map(result => result.Result, "d").Write("hopping-out", hopping);
            }, s_options);
            Send(source);
            test.Commit().CrashAndRestore(2);
            Send(source, "12:10");
            source.Complete();
            test.RunUntilIdle();
            foreach (TestSink<long> sink in new[] { tumbling, local, sessions })
                Assert.Equal(Enumerable.Repeat(2L * Ways, Keys), sink.Rows);
            Assert.Equal(Enumerable.Repeat(2L * Ways, 2 * Keys), hopping.Rows);
        }
    }

    private sealed class Views : ICase
    {
        public async Task RunAsync<TKey>(Func<int, int, TKey> keyOf)
        {
            var source = new TestSource<Row>();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                KeyedStream<TKey, Row> rows = pipeline.Read("rows", source).KeyBy(row => keyOf(row.Key, row.Way));
                rows.ToTable("table", row => row.Way).Materialize("view");
                rows.EventSourced<long, int>("counts", (_, row) => [row.Way], (count, _) => count + 1).Write("out", new TestSink<int>());
            }, s_options);
            Send(source);
            test.Commit();
            for (int run = 1; run <= 2; run++)
            {
                TableView<TKey, int> view = test.Job.Table<TKey, int>("view");
                Assert.Equal(Keys, (await view.ScanAsync()).Rows.Count);
                for (int key = 0; key < Keys; key++)
                {
                    for (int way = 0; way < Ways; way++)
                    {
                        TKey one = keyOf(key, way);
                        Assert.Equal(Ways - 1, await view.GetAsync(one));
                        Assert.Equal(Ways - 1, test.Run(() => view.AsOf(1).GetAsync(one)));
                        Assert.Equal(run * Ways, test.Run(() => test.Job.Entity<TKey, long>(new("counts"), one).AskAsync()));
                        Assert.Equal(Ways, test.Run(() => test.Job.Entity<TKey, long>(new("counts"), one).AsOfAsync(1)));
                    }
                }

                test.CrashAndRestore(run);
                Send(source);
                test.Commit();
            }
        }
    }

    private sealed class Pairs : ICase
    {
        public async Task RunAsync<TKey>(Func<int, int, TKey> keyOf)
        {
            TestSource<Row> left = new(), right = new();
            TestSink<int> near = new(), enriched = new();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                Stream<Row> leftRows = pipeline.Read("left", left);
                KeyedStream<TKey, Row> lefts = leftRows.KeyBy(row => keyOf(row.Key, row.Way));
                KeyedStream<TKey, Row> rights = pipeline.Read("right", right).KeyBy(row => keyOf(row.Key, row.Way));
                Table<TKey, Row> table = rights.ToTable("rights");
                lefts.IntervalJoin("near", rights, Interval.Within(s_hour)).Map(pair => pair.Right.Key, "a").Write("near-out", near);
                lefts.Join("enriched", table).Map(pair => pair.Right!.Key, "b").Write("enriched-out", enriched);
                leftRows.KeyBy(row => (row.Key, row.Way)).ToTable("lefts")
                    .ForeignKeyJoin("referred", table, row => keyOf(row.Key, Ways - 1 - row.Way))
                    .Materialize("view");
            }, s_options);
            for (int key = 0; key < Keys; key++)
                right.Element(new Row(key, key), "12:00");
            test.Commit().CrashAndRestore(2);
            Send(left);
            test.Commit();
            Assert.Equal(Keys * Ways, near.Rows.Count);
            Assert.Equal(Keys * Ways, enriched.Rows.Count);
            Assert.Equal(Keys * Ways, (await test.Job.Table<(int, int), Joined<Row, Row>>("view").ScanAsync()).Rows.Count);
        }
    }

    private sealed class DistinctValues : ICase
    {
        public async Task RunAsync<TKey>(Func<int, int, TKey> keyOf)
        {
            var source = new TestSource<Row>();
            TestSink<TKey> once = new(), distinct = new();
            TestSink<long> exact = new(), approximate = new(), hitters = new(), frequent = new();
            TestSink<bool> seen = new();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                Stream<Row> rows = pipeline.Read("rows", source);
                rows.KeyBy(row => keyOf(row.Key, row.Way)).Deduplicate("once", s_hour).Map(row => keyOf(row.Key, row.Way), "a")
                    .Write("once-out", once);
                rows.Map(row => keyOf(row.Key, row.Way), "b").AsChanges().Distinct("distinct").Filter(change => !change.IsRetraction, "c")
                    .Map(change => change.Row, "d").Write("distinct-out", distinct);
                WindowedStream<int, Row> InHours(string name) => rows.KeyBy(_ => 0).Window(name, Window.Tumbling(s_hour));
                InHours("exact").Aggregate(Aggregate.Of<Row>().DistinctCount(row => keyOf(row.Key, row.Way)))
                    .Map(result => result.Result, "e")
                    .Write("exact-out", exact);
                InHours("approximate").Aggregate(Aggregate.Of<Row>().ApproximateDistinctCount(row => keyOf(row.Key, row.Way)))
                    .Map(result => result.Result, "f")
                    .Write("approximate-out", approximate);
                InHours("hitters").Aggregate(Aggregate.Of<Row>().HeavyHitters(9, row => keyOf(row.Key, row.Way)))
                    .Map(result => (long)result.Result.Count, "g").Write("hitters-out", hitters);
                InHours("frequent").Aggregate(Aggregate.Of<Row>().ApproximateCounts(row => keyOf(row.Key, row.Way)))
                    .Map(result => result.Result.CountOf(keyOf(4, 6)), "h")
                    .Write("frequent-out", frequent);
                InHours("seen").Aggregate(Aggregate.Of<Row>().Seen(row => row.Way == 0 ? keyOf(row.Key, 0) : keyOf(1, 0)))
                    .Map(result => result.Result.MayContain(keyOf(4, 6)), "i").Write("seen-out", seen);
            }, s_options);
            Send(source);
            test.Commit().CrashAndRestore(2);
            Send(source);
            source.Complete();
            test.RunUntilIdle();
            Assert.Equal(Keys, once.Rows.Count);
            Assert.Equal(Keys, distinct.Rows.Count);
            Assert.Equal([(long)Keys], exact.Rows);
            Assert.Equal([(long)Keys], approximate.Rows);
            Assert.Equal([(long)Keys], hitters.Rows);
            Assert.Equal([2L * Ways], frequent.Rows);
            Assert.Equal([true], seen.Rows);
        }
    }

    private sealed class Groups : ICase
    {
        public async Task RunAsync<TKey>(Func<int, int, TKey> keyOf)
        {
            var source = new TestSource<Row>();
            var matches = new TestSink<int>();
            await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            {
                Stream<Row> rows = pipeline.Read("rows", source);
                rows.AsChanges().GroupBy(row => keyOf(row.Key, row.Way)).Aggregate("grouped", Aggregate.Of<Row>().Count())
                    .Materialize("view");
                rows.AsChanges().GroupBy(row => keyOf(row.Key, row.Way))
                    .Top("top", 3, Comparer<Row>.Create((one, other) => one.Way.CompareTo(other.Way)))
                        .ToTable("best", row => (row.Value.Key, row.Value.Way)).Materialize("best-view");
                rows.KeyBy(row => keyOf(row.Key, row.Way))
                    .Match("matches", Pattern.Begin<Row>("first", row => row.Way == 0).FollowedBy("last", row => row.Way == Ways - 1)
                        .Within(s_hour)).Select(match => match["last"][0].Key)
                    .Write("matches-out", matches);
            }, s_options);
            Send(source);
            source.Watermark("12:01");
            test.Commit().CrashAndRestore(2);
            test.RunUntilIdle();
            for (int key = 0; key < Keys; key++)
                Assert.Equal(Ways, await test.Job.Table<TKey, long>("view").GetAsync(keyOf(key, 3)));
            Assert.Equal(Keys * 3, (await test.Job.Table<(int, int), TableRow<TKey, Row>>("best-view").ScanAsync()).Rows.Count);
            Assert.Equal(Enumerable.Range(0, Keys), matches.Rows.Order());
        }
    }
}
