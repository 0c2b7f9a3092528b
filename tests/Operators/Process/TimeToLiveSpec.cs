using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>State that lives for a time: what is over is never seen, and is removed; wherever the job crashes.</summary>
[Trait("Issue", "11")]
public sealed class TimeToLiveSpec
{
    private static readonly TimeSpan s_ten = TimeSpan.FromMinutes(10);

    public readonly record struct Hit(string Key, string What = "add");

    [Fact]
    public void A_value_is_seen_until_its_time_is_over() => Values(new TimeToLive(s_ten))
        .Element(new("a"), at: "12:00")
        .Element(new("a"), at: "12:09")
        .Element(new("a"), at: "12:18:59")         // less than ten minutes after the write before
        .Element(new("a"), at: "12:28:59")         // ten minutes: over
        .Element(new("b"), at: "12:29")
        .Holds("a 1\n a 2\n a 3\n a 1\n b 1");

    [Fact]
    public void A_row_out_of_order_sees_what_was_not_over_at_its_own_time_and_shortens_no_life() => Values(new TimeToLive(s_ten))
        .Element(new("a"), at: "12:00")
        .Element(new("a", "look"), at: "12:10")    // over for this row
        .Element(new("a"), at: "12:09")            // and not for this one, which comes later
        .Element(new("a"), at: "12:05")            // does not shorten the life
        .Element(new("a", "look"), at: "12:18:59")
        .Element(new("a", "look"), at: "12:19")
        .Holds("a: none\n a 1\n a 2\n a 3\n a: 3\n a: none");

    [Fact]
    public void A_late_row_sees_what_was_not_over_at_the_watermark() => Values(new TimeToLive(s_ten))
        .Element(new("a"), at: "12:00")
        .Watermark("12:09")
        .Element(new("a", "look"), at: "11:00")
        .Watermark("12:10")
        .Element(new("a", "look"), at: "11:00")
        .Element(new("a"), at: "11:00")            // written at the watermark
        .Element(new("a", "look"), at: "12:19:59")
        .Element(new("a", "look"), at: "12:20")
        .Holds("a 1\n a: 1\n a: none\n a 1\n a: 1\n a: none");

    [Fact]
    public void A_read_prolongs_a_life_where_that_is_said() => Values(new TimeToLive(s_ten) { RenewedByReads = true })
        .Element(new("a"), at: "12:00")
        .Element(new("a", "look"), at: "12:09")
        .Element(new("a", "look"), at: "12:18")
        .Element(new("a", "look"), at: "12:27")
        .Element(new("a", "look"), at: "12:37")
        .Holds("a 1\n a: 1\n a: 1\n a: 1\n a: none");

    [Fact]
    public void A_timer_sees_what_was_not_over_at_its_own_time() =>
        new OperatorContract<Hit, string>(hits => hits.KeyBy(hit => hit.Key).Process("lives", () => new Lookers(new TimeToLive(s_ten))))
            .Element(new("a"), at: "12:00")        // timers at 12:09:59, 12:10 and, which is past by then, 11:00
            .Element(new("b"), at: "12:30")
            .Watermark("12:20")
            .Element(new("a", "past"), at: "12:21")
            .Watermark("12:40")
            .Holds("11:00 a: 1\n 12:09:59 a: 1\n 12:10:00 a: none\n 11:00 b: 1\n 12:39:59 b: 1\n 12:40:00 b: none\n 11:00 a: none");

    [Fact]
    public void Items_of_a_list_and_entries_of_a_map_live_each_their_own_life() =>
        new OperatorContract<Hit, string>(hits => hits.KeyBy(hit => hit.Key).Process("lives", () => new Collections(new TimeToLive(s_ten))))
            .Element(new("a", "x"), at: "12:00")
            .Element(new("a", "y"), at: "12:04")
            .Element(new("a", "x"), at: "12:08")
            .Element(new("a", "z"), at: "12:13")
            .Element(new("a", "y"), at: "12:17:59")
            .Element(new("b", "x"), at: "12:30")
            .Watermark("12:30")
            .Element(new("a", "x"), at: "12:31")
            .Holds("""
                a [x] {x}
                a [x, y] {x, y}
                a [x, y, x] {x, y}
                a [y, x, z] {x, y, z}
                a [x, z, y] {x, y, z}
                b [x] {x}
                a [x] {x}
                """);

    [Fact]
    public void Reading_renews_items_and_entries_where_that_is_said() =>
        new OperatorContract<Hit, string>(hits => hits.KeyBy(hit => hit.Key)
                .Process("lives", () => new Collections(new TimeToLive(s_ten) { RenewedByReads = true })))
            .Element(new("a", "x"), at: "12:00")
            .Element(new("a", "y"), at: "12:09")
            .Element(new("a", "z"), at: "12:18")
            .Element(new("a", "x"), at: "12:28")
            .Holds("a [x] {x}\n a [x, y] {x, y}\n a [x, y, z] {x, y, z}\n a [x] {x}");

    [Fact]
    public void An_entity_whose_life_is_over_begins_anew() =>
        new OperatorContract<Hit, string>(hits => Entities(hits, new TimeToLive(s_ten)))
            .Element(new("a"), at: "12:00")
            .Element(new("a"), at: "12:09")
            .Element(new("a", "look"), at: "12:18")   // no event: prolongs nothing
            .Element(new("a"), at: "12:19")
            .Element(new("a"), at: "12:20")
            .Watermark("12:40")
            .Element(new("b"), at: "12:41")
            .Element(new("a"), at: "12:42")
            .Holds("a 1\n a 2\n a 1\n a 2\n b 1\n a 1");

    [Fact]
    public void A_look_prolongs_the_life_of_an_entity_where_that_is_said() =>
        new OperatorContract<Hit, string>(hits => Entities(hits, new TimeToLive(s_ten) { RenewedByReads = true }))
            .Element(new("a"), at: "12:00")
            .Element(new("a", "look"), at: "12:09")
            .Element(new("a", "look"), at: "12:18")
            .Element(new("a"), at: "12:27")
            .Element(new("a"), at: "12:37")
            .Holds("a 1\n a 2\n a 1");

    [Fact]
    public void Two_streams_share_a_state_that_lives_for_a_time() =>
        new TwoInputContract<Hit, Hit, string>((left, right) => left.KeyBy(hit => hit.Key).Connect(right.KeyBy(hit => hit.Key))
                .Process("lives", () => new Both(new TimeToLive(s_ten))), inOrder: true)
            .Left(new("a"), at: "12:00")
            .Right(new("a"), at: "12:09")
            .Right(new("a"), at: "12:19")
            .Watermarks("12:40")
            .Left(new("a"), at: "12:41")
            .Holds("left a 1\n right a 2\n right a 1\n left a 1");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task By_the_clock_a_life_ends_with_the_clock(bool isEntity)
    {
        var hits = new TestSource<Hit>();
        var sink = new TestSink<string>();
        var span = new TimeToLive(s_ten) { InProcessingTime = true };
        await using var test = await StreamTest.StartAsync(pipeline => (isEntity
            ? Entities(pipeline.Read("hits", hits), span)
            : pipeline.Read("hits", hits).KeyBy(hit => hit.Key).Process("lives", () => new Counting(span))).Write("out", sink));
        hits.Element(new("a"), "12:00");
        sink.ShouldEmit("a 1");
        test.AdvanceTime(TimeSpan.FromMinutes(9));
        hits.Element(new("a"), "12:00");
        test.Commit().CrashAndRestore();
        sink.ShouldEmit("a 2");
        test.AdvanceTime(TimeSpan.FromMinutes(9));
        hits.Element(new("a"), "12:00");
        sink.ShouldEmit("a 3");
        test.AdvanceTime(s_ten);
        Assert.Equal(0, await OutsideAsync(test, "a", isEntity ? "state" : "count"));
        hits.Element(new("a"), "12:00");
        sink.ShouldEmit("a 1");
    }

    [Fact]
    public async Task What_is_over_is_removed_though_nobody_asks_for_it()
    {
        var hits = new TestSource<Hit>();
        var sink = new TestSink<string>();
        await using var test = await StreamTest.StartAsync(pipeline =>
            Entities(pipeline.Read("hits", hits), new TimeToLive(s_ten)).Write("out", sink));
        for (int key = 0; key < 100; key++)
            hits.Element(new($"key {key}"), "12:00");
        test.RunUntilIdle();
        Assert.Equal(1, await OutsideAsync(test, "key 7", "state"));
        hits.Watermark("12:10");
        test.RunUntilIdle();
        Assert.Equal(0, await OutsideAsync(test, "key 7", "state"));
        for (int minute = 11; minute < 40; minute++)
            hits.Watermark($"12:{minute}");

        test.Commit().CrashAndRestore();
        Assert.Equal(0, await OutsideAsync(test, "key 7", "state"));
        hits.Element(new("key 7"), "12:41");
        test.RunUntilIdle();
        Assert.Equal(1, await OutsideAsync(test, "key 7", "state"));
    }

    [Theory]
    [InlineData(10, 5)]
    [InlineData(5, 10)]
    [InlineData(10, 0)]
    [InlineData(0, 10)]
    public async Task Another_span_holds_for_what_is_stored_already(int before, int after)
    {
        await using Store store = Store.InMemory();
        ScriptedSource<Timed> source = new();
        List<string> found = [];
        await RunAsync(store, source.Add(new("a", "12:00"), new("z", "12:01")), before, found);
        await RunAsync(store, source.Add(new("z", "12:06"), new("a", "12:06")), after, found);

        // At 12:06 five minutes are over, and ten are not.
        Assert.Equal(
            after == 5 ? ["a 1", "a 1 of entity", "a [add] {add}"] : ["a 2", "a 2 of entity", "a [add, add] {add}"],
            found.Where(line => line[0] == 'a').Skip(3).Order(StringComparer.Ordinal));
    }

    private readonly record struct Timed(string Key, string At);

    private static async Task RunAsync(Store store, ScriptedSource<Timed> source, int minutes, List<string> found)
    {
        TimeToLive? span = minutes == 0 ? null : new TimeToLive(TimeSpan.FromMinutes(minutes));
        var pipeline = Pipeline.Create("lives");
        KeyedStream<string, Hit> hits = pipeline.Read("hits", source).WithEventTime(row => TestTime.Of(row.At), Watermarks.Monotonic())
            .Map(row => new Hit(row.Key)).KeyBy(hit => hit.Key);
        Stream<string> values = hits.Process("value", () => new Counting(span)),
            lists = hits.Process("collections", () => new Collections(span));
        values.Union(lists, Entities(hits.Stream, span).Map(line => $"{line} of entity")).Write("out", Sinks.ForEach<string>(found.Add));
        await using Job job = await Job.StartAsync(pipeline, store, Runs.Quick with { Parallelism = 1 });
        await source.CommittedAsync(source.Rows);
        await job.StopAsync();
    }

    [Fact]
    public async Task What_was_stored_without_a_time_lives_from_the_restart_on()
    {
        var hits = new TestSource<Hit>();
        var sink = new TestSink<string>();
        TimeToLive? span = null;
        await using var test = await StreamTest.StartAsync(pipeline =>
            pipeline.Read("hits", hits).KeyBy(hit => hit.Key).Process("lives", () => new Counting(span)).Write("out", sink));
        hits.Element(new("a"), "12:00").Watermark("12:30");
        test.Commit();
        span = new TimeToLive(s_ten);
        test.CrashAndRestore();
        hits.Watermark("12:31").Element(new("a", "look"), "12:39").Element(new("a", "look"), "12:41");
        sink.ShouldEmit("a 1\n a: 1\n a: none");
    }

    [Fact]
    public async Task A_row_that_throws_prolongs_no_life()
    {
        var hits = new TestSource<Hit>();
        var sink = new TestSink<string>();
        var options = new JobOptions
        {
            Parallelism = 1,
            Errors = ErrorPolicy.Skip,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null
        };
        await using var test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("hits", hits).KeyBy(hit => hit.Key).Process("lives", () => new Counting(new TimeToLive(s_ten)))
                .Write("out", sink),
            options);
        hits.Element(new("a"), "12:00").Element(new("a", "throw"), "12:05").Element(new("a", "look"), "12:09:59")
            .Element(new("a", "look"), "12:10");
        sink.ShouldEmit("a 1\n a: 1\n a: none");
    }

    [Fact]
    public async Task Event_time_that_is_not_there_is_refused()
    {
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => StreamTest.StartAsync(pipeline =>
            pipeline.Read("hits", Sources.Of([new Hit("a")])).KeyBy(hit => hit.Key)
                .Process("lives", () => new Counting(new TimeToLive(s_ten)))
                .Write("out", new TestSink<string>())));
        Assert.Contains("state 'count' has a time to live by event time", error.Message, StringComparison.Ordinal);
        Assert.Contains("InProcessingTime", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_span_is_more_than_nothing() => Assert.Throws<ArgumentOutOfRangeException>(() => new TimeToLive(TimeSpan.Zero));

    private static OperatorContract<Hit, string> Values(TimeToLive span) =>
        new(hits => hits.KeyBy(hit => hit.Key).Process("lives", () => new Counting(span)));

    private static Stream<string> Entities(Stream<Hit> hits, TimeToLive? span) => hits.KeyBy(hit => hit.Key).EventSourced<int, string>(
        "lives",
        (state, hit) => hit.What == "add" ? [$"{hit.Key} {state + 1}"] : [],
        (_, happened) => int.Parse(happened.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture),
        timeToLive: span);

    private static Task<int> OutsideAsync(StreamTest test, string key, string state) =>
        Task.FromResult(test.Run(() => test.Job.Entity<string, int>(new("lives", state), key).AskAsync()));

    private sealed class Counting : ProcessFunction<string, Hit, string>
    {
        private readonly ValueState<int> _count;

        public Counting(TimeToLive? span) => _count = Value<int>("count", timeToLive: span);

        public override void OnRow(in Hit row, ProcessContext<string, string> context)
        {
            if (row.What == "look")
            {
                context.Emit($"{context.Key}: {(_count.HasValue ? _count.Value : "none")}");
                return;
            }

            context.Emit($"{context.Key} {++_count.Value}");
            if (row.What == "throw")
                throw new InvalidOperationException("no");
        }
    }

    private sealed class Lookers : ProcessFunction<string, Hit, string>
    {
        private readonly ValueState<int> _count;

        public Lookers(TimeToLive span) => _count = Value<int>("count", timeToLive: span);

        public override void OnRow(in Hit row, ProcessContext<string, string> context)
        {
            context.SetTimer(TestTime.Of("11:00").ToUnixTimeMilliseconds() * 1000);
            if (row.What == "past")
                return;
            _count.Value++;
            context.SetTimer(context.Time + 599_000_000);
            context.SetTimer(context.Time + 600_000_000);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
        {
            string at = $"{DateTimeOffset.UnixEpoch.AddMicroseconds(timer.Time):HH:mm:ss}";
            context.Emit($"{(at == "11:00:00" ? "11:00" : at)} {context.Key}: {(_count.HasValue ? _count.Value : "none")}");
        }
    }

    private sealed class Collections : ProcessFunction<string, Hit, string>
    {
        private readonly ListState<string> _list;
        private readonly MapState<string, int> _map;

        public Collections(TimeToLive? span) => (_list, _map) = (List<string>("list", span), Map<string, int>("map", span));

        public override void OnRow(in Hit row, ProcessContext<string, string> context)
        {
            _list.Add(row.What);
            _map.Put(row.What, 1);
            string entries = string.Join(", ", _map.Entries.Keys.Order(StringComparer.Ordinal));
            context.Emit($"{context.Key} [{string.Join(", ", _list.Items)}] {{{entries}}}");
        }
    }

    private sealed class Both : CoProcessFunction<string, Hit, Hit, string>
    {
        private readonly ValueState<int> _count;

        public Both(TimeToLive span) => _count = Value<int>("count", timeToLive: span);

        public override void OnLeft(in Hit row, ProcessContext<string, string> context) =>
            context.Emit($"left {context.Key} {++_count.Value}");

        public override void OnRight(in Hit row, ProcessContext<string, string> context) =>
            context.Emit($"right {context.Key} {++_count.Value}");
    }
}
