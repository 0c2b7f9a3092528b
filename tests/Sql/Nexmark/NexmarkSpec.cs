using System.Globalization;
using ActorStreams.Tests;
using ActorStreams.Sql.Tests.Cases;
using ActorStreams.Sql.Tests.Expressions;
using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Nexmark;

/// <summary>The answers of Nexmark's queries are those of PostgreSQL over the same rows: in order and out of order, over several
/// partitions, with a crash on the way.</summary>
/// <remarks>A million events, each query by itself, in order and out of order, with 1, 2 and 7 partitions:
/// <c>ACTORSTREAMS_NEXMARK_EVENTS=1000000</c>. Here a few seconds of an auction house that is less busy.</remarks>
public sealed class NexmarkSpec(NexmarkAnswers answers) : IClassFixture<NexmarkAnswers>
{
    public static TheoryData<int, int, string> Runs
    {
        get
        {
            if (NexmarkAnswers.IsShort)
                return new() { { 2, 100, "" } };
            var runs = new TheoryData<int, int, string>();
            foreach (string query in Queries.Keys)
            {
                foreach (int partitions in (int[])[1, 2, 7])
                {
                    runs.Add(partitions, 1, query);
                    runs.Add(partitions, 1000, query);
                }
            }

            return runs;
        }
    }

    private static Dictionary<string, string> Queries { get; } = QueriesOf(SqlCases.NexmarkScript);

    private static Dictionary<string, string> PostgreSqlQueries { get; } = QueriesOf(SqlCases.NexmarkForPostgreSql);

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_query_gives_what_PostgreSQL_gives_whatever_happens(int partitions, int group, string only)
    {
        string[] queries = only.Length > 0 ? [only] : [.. Queries.Keys];
        var sinks = queries.ToDictionary(static one => one, static _ => new TestSink<Change<SqlRow>>());
        var events = new TestSource<NexmarkEvent>(partitions);
        var side = new TestSource<SideInput>(hasInitialSnapshot: true);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline, events, side, sinks),
            new JobOptions { Parallelism = 2, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null });

        foreach (SideInput row in NexmarkAnswers.Side)
            side.Element(row);
        side.SnapshotEnd().Complete();
        long half = NexmarkAnswers.Events / 2;
        Feed(events, partitions, group, 0, half);
        test.Commit();
        Feed(events, partitions, group, half, half + (half / 2));
        test.RunUntilIdle().CrashAndRestore();
        Feed(events, partitions, group, half + (half / 2), NexmarkAnswers.Events);
        events.Complete();
        test.RunUntilIdle();

        Assert.All(queries, query => Assert.Equal(Expected(query), Actual(query, sinks[query].Committed)));
    }

    private static void Build(Pipeline pipeline, TestSource<NexmarkEvent> events, TestSource<SideInput> side,
        Dictionary<string, TestSink<Change<SqlRow>>> sinks)
    {
        Stream<NexmarkEvent> all = pipeline.Read("events", events)
            .WithEventTime(static one => new DateTimeOffset(one.At, TimeSpan.Zero),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(4)));
        Stream<Person> people = all.Filter(static one => one.Person is not null).Map(static one => one.Person!);
        Stream<Auction> auctions = all.Filter(static one => one.Auction is not null).Map(static one => one.Auction!);
        Stream<Bid> bids = all.Filter(static one => one.Bid is not null).Map(static one => one.Bid!);
        Stream<Change<SideInput>> texts = pipeline.Read("side", side).AsChanges();
        foreach ((string query, TestSink<Change<SqlRow>> sink) in sinks)
        {
            pipeline.Sql(query, Queries[query], from => from
                    .Stream("person", people, nameof(Person.At))
                    .Stream("auction", auctions, nameof(Auction.At))
                    .Stream("bid", bids, nameof(Bid.At))
                    .Changes("side_input", texts, null, nameof(SideInput.Key)))
                .ToChanges()
                .Write($"out-{query}", sink);
        }
    }

    private void Feed(TestSource<NexmarkEvent> events, int partitions, int group, long from, long to)
    {
        for (long place = from; place < to; place++)
            events.Element(answers.Generator.Event(NexmarkGenerator.NumberAt(place, group)), (int)(place % partitions));
    }

    private string[] Expected(string query) => answers.Of(query, PostgreSqlQueries.GetValueOrDefault(query, Queries[query]));

    private static string[] Actual(string query, IReadOnlyList<Change<SqlRow>> changes)
    {
        IEnumerable<(SqlRow Row, int Count)> net = changes.GroupBy(static one => one.Row)
            .Select(static one => (one.Key, one.Sum(static change => change.Weight)));
        // Windows of processing time depend on the run: what all of them hold does not.
        return query == "q12"
            ? [.. net.SelectMany(static one => Enumerable.Repeat(one.Row, one.Count))
                .GroupBy(static row => row.Get<long>("bidder"), static row => row.Get<long>("bid_count"))
                .Select(static one => FormattableString.Invariant($"{one.Key} | {one.Sum()}")).Order(StringComparer.Ordinal)]
            : [.. net.SelectMany(static one => Enumerable.Repeat(Text(one.Row), one.Count)).Order(StringComparer.Ordinal)];
    }

    private static string Text(SqlRow row) => NexmarkAnswers.Text(Enumerable.Range(0, row.Count).Select(row.Text));

    /// <summary>Each behind a line with its name: <c>-- q0</c>.</summary>
    private static Dictionary<string, string> QueriesOf(string script) => script.Split("-- q").Skip(1)
        .Select(static part => part.Split('\n', 2))
        .ToDictionary(static part => $"q{part[0].Trim()}", static part => part[1].Trim().TrimEnd(';'));
}

/// <summary>The rows in PostgreSQL, and what it answers.</summary>
public sealed class NexmarkAnswers : IDisposable
{
    private const int ShortEvents = 2_000;
    private readonly PostgreSqlOracle _oracle = new();
    private readonly Dictionary<string, string[]> _known = [];

    public NexmarkAnswers()
    {
        string tables = SqlCases.NexmarkScript[..SqlCases.NexmarkScript.IndexOf("-- q0", StringComparison.Ordinal)];
        _oracle.Run(tables.Replace(", WATERMARK FOR at AS at - INTERVAL '4' SECOND) APPEND ONLY", ")", StringComparison.Ordinal));
        NexmarkEvent[] events = [.. Enumerable.Range(0, Events).Select(number => Generator.Event(number))];
        _oracle.Copy("person", events.Select(static one => one.Person).OfType<Person>().Select(static one =>
            Line(one.Id, one.Name, one.Email, one.Card, one.City, one.State, one.At, one.Extra)));
        _oracle.Copy("auction", events.Select(static one => one.Auction).OfType<Auction>().Select(static one => Line(one.Id, one.Item,
            one.Description, one.InitialBid, one.Reserve, one.At, one.Expires, one.Seller, one.Category, one.Extra)));
        _oracle.Copy("bid", events.Select(static one => one.Bid).OfType<Bid>().Select(static one =>
            Line(one.AuctionId, one.Bidder, one.Price, one.Channel, one.Url, one.At, one.Extra)));
        _oracle.Copy("side_input", Side.Select(static one => Line(one.Key, one.Value)));
        _oracle.Run("ANALYZE");
    }

    public static int Events { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAMS_NEXMARK_EVENTS"), CultureInfo.InvariantCulture, out int events)
            ? events : ShortEvents;

    public static bool IsShort => Events <= ShortEvents;

    public static IEnumerable<SideInput> Side =>
        Enumerable.Range(0, IsShort ? 1_500 : 10_000).Select(static key => new SideInput(key, $"text {key}"));

    /// <summary>Forty seconds of event time, or a hundred.</summary>
    internal NexmarkGenerator Generator { get; } = new(IsShort ? 50 : Math.Max(1000, Events / 100));

    public string[] Of(string query, string text)
    {
        if (!_known.TryGetValue(query, out string[]? rows))
        {
            text = text.Replace(" FOR SYSTEM_TIME AS OF PROCTIME()", "", StringComparison.Ordinal)
                .Replace(" EMIT ON WINDOW CLOSE", "", StringComparison.Ordinal);
            _known[query] = rows = [.. _oracle.Query(text).Select(static row => Text(row)).Order(StringComparer.Ordinal)];
        }

        return rows;
    }

    /// <summary>A row as a text; numbers by their value.</summary>
    internal static string Text(IEnumerable<string?> row) => string.Join(" | ", row.Select(static value =>
        value is null ? "NULL"
        : value.Contains('.') && decimal.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out decimal number) ? ((double)number).ToString("G12", CultureInfo.InvariantCulture)
        : value));

    public void Dispose() => _oracle.Dispose();

    private static string Line(params object[] values) => string.Join('\t', values.Select(static value => value is DateTime time
        ? time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture)));
}
