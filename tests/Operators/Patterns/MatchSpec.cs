using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

public sealed class MatchSpec
{
    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [StoredCases(typeof(Login), typeof(Order))]
    public abstract record Event(string Key);

    public sealed record Login(string Key, bool Succeeded, int Attempt) : Event(Key);

    public sealed record Order(string Key, double Price) : Event(Key);

    public readonly record struct Tick(string Key, string Kind, double Price = 0)
    {
        public override string ToString() => $"{Key} {Kind}";
    }

    [Fact]
    public void Three_failures_in_a_row_and_no_success_hold_in_every_way_to_run()
    {
        Pattern<Login, Login> fail = Pattern.Begin<Login>("fail").Where(login => !login.Succeeded).Times(3).Consecutive();
        Pattern<Login> alert = fail.NotFollowedBy("success", login => login.Succeeded).Within(TimeSpan.FromMinutes(10));

        new OperatorContract<Login, string>(logins => logins.KeyBy(login => login.Key)
                .Match("three-failures", alert).Select(match => $"{match.Key} {match[fail].First.Attempt}-{match[fail].Last.Attempt}"))
            .Element(new("ann", false, 1), at: "12:00:01").Element(new("bob", false, 1), at: "12:00:02")
            .Element(new("ann", false, 3), at: "12:00:05").Element(new("ann", false, 2), at: "12:00:03")
            .Watermark("12:00:06")
            .Element(new("bob", false, 2), at: "12:00:07").Element(new("bob", false, 3), at: "12:00:08")
            .Watermark("12:01")
            .Element(new("bob", true, 4), at: "12:05").Element(new("cid", false, 1), at: "12:05:01")
                .Element(new("cid", true, 2), at: "12:05:02")
            .Element(new("cid", false, 3), at: "12:05:03").Element(new("cid", false, 4), at: "12:05:04")
            .Watermark("12:20")
            .Element(new("ann", false, 9), at: "12:21")
            .Holds("ann 1-3");
    }

    [Fact]
    public void Rows_that_wait_together_come_from_before_and_after_a_restart()
    {
        Pattern<Tick, Tick> a = Pattern.Begin<Tick>("a", tick => tick.Kind == "a");
        Pattern<Tick> pair = a.FollowedBy("b", tick => tick.Kind == "b").Within(TimeSpan.FromMinutes(1));

        new OperatorContract<Tick, string>(
            ticks => ticks.KeyBy(tick => tick.Key).Match("pairs", pair).Select(match => $"{match.Key} {match.Rows[1].Price}"))
            .Element(new("x", "a"), at: "12:00:00.001").Element(new("x", "b", 1), at: "12:00:00.002")
                .Element(new("y", "b", 2), at: "12:00:00.003")
            .Element(new("y", "a"), at: "12:00:00.001").Element(new("z", "a"), at: "12:00:00.001")
                .Element(new("z", "b", 3), at: "12:00:00.001")
            .Watermark("12:01")
            .Holds("""
                x 1
                y 2
                z 3
                """);
    }

    [Fact]
    public void Loops_with_running_averages_hold_in_every_way_to_run()
    {
        Pattern<Tick, Tick> b = Pattern.Begin<Tick>("a", tick => tick.Kind == "a").FollowedBy("b", tick => tick.Kind == "b").OneOrMore();
        Pattern<Tick> pattern = b.FollowedBy("c", tick => tick.Kind == "c")
            .Where((tick, soFar) => tick.Price > soFar[b].Average(static taken => taken.Price))
            .Within(TimeSpan.FromMinutes(1)).AfterMatch(AfterMatch.SkipToNext);

        new OperatorContract<Tick, string>(
            ticks => ticks.KeyBy(tick => tick.Key).Match("above", pattern)
            .Select(match => $"{match.Key} {match.Rows.Count} {match[b].Last.Price}"))
            .Element(new("x", "a"), at: "12:00:00").Element(new("x", "b", 10), at: "12:00:01").Element(new("y", "a"), at: "12:00:01")
            .Element(new("x", "b", 30), at: "12:00:02").Watermark("12:00:03").Element(new("x", "c", 15), at: "12:00:03")
            .Element(new("y", "b", 5), at: "12:00:04").Watermark("12:00:30").Element(new("y", "c", 5), at: "12:00:31")
                .Element(new("y", "c", 6), at: "12:00:32")
            .Element(new("z", "a"), at: "12:00:40").Watermark("12:02").Element(new("z", "c", 100), at: "12:02:01")
            .Holds("""
                x 3 10
                y 3 5
                """);
    }

    [Fact]
    public async Task Rows_are_matched_by_event_time_and_those_of_one_time_as_they_come()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a").Next("b", tick => tick.Kind == "b"));

        run.Source.Element(new("k", "b"), at: "12:00:05").Element(new("k", "a"), at: "12:00:04").Element(new("k", "a"), at: "12:00:09")
            .Element(new("k", "b"), at: "12:00:09");
        run.Test.RunUntilIdle();
        Assert.Empty(run.Matches.Rows);
        run.Source.Watermark("12:00:10");

        run.ShouldHave("a:k a b:k b", "a:k a b:k b");
    }

    [Fact]
    public async Task Late_rows_come_out_beside_the_matches()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a"));

        run.Source.Watermark("12:00:10").Element(new("k", "a"), at: "12:00:09").Element(new("k", "a"), at: "12:00:10").Watermark("12:01");

        run.ShouldHave("a:k a");
        Assert.Equal("k a", Assert.Single(run.Late.Rows).ToString());
        Assert.Equal(1, run.Counter("late_dropped"));
    }

    [Fact]
    public async Task A_partial_match_whose_time_is_over_tells_how_far_it_came()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
            .FollowedBy("b", tick => tick.Kind == "b").FollowedBy("c", tick => tick.Kind == "c")
            .Within(TimeSpan.FromSeconds(10)));

        run.Source.Element(new("k", "a"), at: "12:00:00").Element(new("k", "b"), at: "12:00:01").Element(new("q", "a"), at: "12:00:02")
            .Watermark("12:00:11");
        run.Test.RunUntilIdle();
        Assert.Equal(["b waits for c, over at 12:00:10"], run.TimedOut.Rows);
        run.Source.Watermark("12:00:12");

        run.ShouldHave();
        Assert.Equal(["b waits for c, over at 12:00:10", "a waits for b, over at 12:00:12"], run.TimedOut.Rows);
        Assert.Equal(2, run.Counter("timed_out"));
    }

    [Fact]
    public async Task In_processing_time_the_clock_decides()
    {
        Pattern<Tick, Tick> beat = Pattern.Begin<Tick>("beat", tick => tick.Kind == "beat");
        var source = new TestSource<Tick>();
        var silent = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("ticks", source).KeyBy(tick => tick.Key)
            .Match("silence", beat.NotFollowedBy("next", tick => tick.Kind == "beat").Within(TimeSpan.FromSeconds(30))).InProcessingTime()
            .Select(match => match.Key).Write("silent", silent));

        source.Element(new("a", "beat"), at: "12:00").Element(new("b", "beat"), at: "11:00");
        test.AdvanceTime(TimeSpan.FromSeconds(20));
        source.Element(new("a", "beat"), at: "10:00");
        test.AdvanceTime(TimeSpan.FromSeconds(15));
        Assert.Equal(["b"], silent.Rows);
        test.AdvanceTime(TimeSpan.FromSeconds(30));
        Assert.Equal(["b", "a"], silent.Rows);
    }

    [Fact]
    public async Task A_selection_gives_none_one_or_many_results_and_subtypes_need_no_casts()
    {
        Pattern<Event, Login> login = Pattern.Begin<Event>("login").Subtype<Login>().Where(login => login.Succeeded);
        Pattern<Event, Order> orders = login.FollowedBy("orders").Subtype<Order>().Where(order => order.Price > 0).Times(2);
        var source = new TestSource<Event>();
        var sink = new TestSink<double>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("events", source).KeyBy(one => one.Key)
            .Match("buys", orders)
                .SelectMany(match => match.Of(login).First.Attempt == 0 ? [] : match.Of(orders).Select(order => order.Price))
                .Write("prices", sink));

        source.Element(new Login("a", true, 1), at: "12:00").Element(new Login("b", true, 0), at: "12:00")
            .Element(new Order("a", 3), at: "12:01")
            .Element(new Order("b", 9), at: "12:01").Element(new Order("a", 4), at: "12:02").Element(new Order("b", 9), at: "12:02")
                .Complete();
        test.RunUntilIdle();

        Assert.Equal([3.0, 4.0], sink.Rows);
    }

    [Fact]
    public async Task A_row_on_which_a_condition_throws_leaves_no_trace()
    {
        Pattern<Tick> pattern = Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
            .FollowedBy("b", tick => tick.Price < 0 ? throw new InvalidOperationException("negative") : tick.Kind == "b");
        await using var run = await Run.StartAsync(pattern, ErrorPolicy.Skip);

        run.Source.Element(new("k", "a"), at: "12:00").Element(new("k", "b", -1), at: "12:01").Element(new("k", "b"), at: "12:02")
            .Watermark("13:00");

        run.ShouldHave("a:k a b:k b");
        Assert.Equal(1, run.Counter("errors"));
        Assert.Contains("negative", (string)run.Test.Commit().ReadTable("dead_letters")[0][3]! +
            string.Join(' ', run.Test.ReadTable("dead_letters")[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partial_matches_of_a_key_are_capped_and_the_row_that_would_make_more_is_told()
    {
        Pattern<Tick> pattern = Pattern.Begin<Tick>("a", tick => tick.Kind == "a").FollowedBy("b", tick => tick.Kind == "b")
            .MaxPartialMatches(3);
        await using var run = await Run.StartAsync(pattern, ErrorPolicy.Skip);

        for (int i = 0; i < 5; i++)
            run.Source.Element(new("k", "a"), at: $"12:00:0{i}");
        run.Source.Element(new("k", "b"), at: "12:01").Watermark("13:00");

        run.ShouldHave("a:k a b:k b", "a:k a b:k b", "a:k a b:k b");
        Assert.Equal(2, run.Counter("rows_capped"));
    }

    [Fact]
    public async Task A_million_rows_may_have_one_event_time()
    {
        const int Rows = 1_000_000;
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Rows)]);
        source.End();
        Pattern<int> pattern = Pattern.Begin<int>("a", n => n % 2 == 0).Next("b", n => n % 2 == 1).Within(TimeSpan.FromSeconds(1))
            .AfterMatch(AfterMatch.SkipPastLast);
        long matches = 0;
        var pipeline = Pipeline.Create("equal");
        pipeline.Read("numbers", source).WithEventTime(_ => 0L, Watermarks.Monotonic()).KeyBy(_ => 0)
            .Match("op", pattern).Select(match => match.Rows[1] - match.Rows[0]).Write("out", Sinks.ForEach<int>(one => matches += one));
        await using Store store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store, Runs.Quick);
        await job.Completion.WaitAsync(Limits.Test);

        Assert.Equal(Rows / 2, matches);
    }

    [Fact]
    public async Task A_hundred_stages_that_every_row_satisfies_give_every_run_of_a_hundred_rows()
    {
        Pattern<Tick, Tick> pattern = Pattern.Begin<Tick>("s0");
        for (int i = 1; i < 100; i++)
            pattern = pattern.FollowedBy($"s{i}");
        await using var run = await Run.StartAsync(pattern.Within(TimeSpan.FromHours(1)));
        for (int i = 0; i < 300; i++)
            run.Source.Element(new("k", "any"), s_noon.AddSeconds(i));
        run.Source.Watermark(s_noon.AddDays(1));
        run.Test.RunUntilIdle();

        Assert.Equal(201, run.Matches.Rows.Count);
        Assert.Empty(run.Progress("k"));
    }

    [Fact]
    public async Task Partial_matches_can_be_asked_for_and_are_gone_when_their_time_is_over()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
            .FollowedBy("b", tick => tick.Kind == "b").Within(TimeSpan.FromMinutes(1)));
        run.Source.Element(new("k", "a"), at: "12:00").Watermark("12:00:30");
        run.Test.RunUntilIdle();

        MatchProgress<Tick> progress = Assert.Single(run.Progress("k"));
        Assert.Equal(("a", "b", "k a"), (progress.Stage, progress.WaitsFor, progress.Rows[0].ToString()));
        run.Source.Watermark("12:01");
        run.Test.RunUntilIdle();
        Assert.Empty(run.Progress("k"));
    }

    [Theory]
    [InlineData("no end", "MaxPartialMatches")]
    [InlineData("absence without a bound", "Within")]
    [InlineData("two of a name", "unique")]
    [InlineData("skip to nowhere", "does not have")]
    [InlineData("no more of the same", "'more' must not follow stage 'a', which is repeated 3 times at least, and it is what is repeated")]
    [InlineData("nothing more", "between its rows too, so the pattern would never match")]
    public void A_pattern_that_cannot_be_used_says_why(string which, string remedy)
    {
        Pattern<Tick, Tick> a = Pattern.Begin<Tick>("a");
        Func<Tick, bool> isB = tick => tick.Kind == "b";
        Pattern<Tick> pattern = which switch
        {
            "no more of the same" => a.Where(isB).Times(3).NotFollowedBy("more", isB).Within(TimeSpan.FromSeconds(1)),
            "nothing more" => a.Where(isB).Times(3).Consecutive().NotFollowedBy("more").Within(TimeSpan.FromSeconds(1)),
            "no end" => a.OneOrMore(),
            "absence without a bound" => a.NotFollowedBy("b"),
            "two of a name" => a.Next("a"),
            _ => a.AfterMatch(AfterMatch.SkipToLast("b")),
        };
        var pipeline = Pipeline.Create("p");
        PipelineException error = Assert.Throws<PipelineException>(
            () => pipeline.Read("ticks", new TestSource<Tick>()).KeyBy(tick => tick.Key).Match("op", pattern).Select(match => match.Key));
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains("operator 'op'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A pattern over ticks with all its outputs.</summary>
    private sealed class Run : IAsyncDisposable
    {
        public TestSource<Tick> Source { get; } = new();

        public TestSink<string> Matches { get; } = new();

        public TestSink<string> TimedOut { get; } = new();

        public TestSink<Tick> Late { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        public static async Task<Run> StartAsync(Pattern<Tick> pattern, ErrorPolicy? errors = null)
        {
            var run = new Run();
            run.Test = await StreamTest.StartAsync(pipeline =>
            {
                Stream<string> matches = pipeline.Read("ticks", run.Source).KeyBy(tick => tick.Key).Match("op", pattern, errors)
                    .LateTo(out Stream<Tick> late)
                    .TimedOutTo(match => $"{match.Stage} waits for {match.WaitedFor}, over at {match.Deadline:HH:mm:ss}",
                        out Stream<string> timedOut)
                    .Select(match => string.Join(' ', match.Stages.Zip(match.Rows, (stage, row) => $"{stage}:{row}")));
                matches.Write("matches", run.Matches);
                timedOut.Write("timed-out", run.TimedOut);
                late.Write("late", run.Late);
            });
            return run;
        }

        public void ShouldHave(params string[] matches)
        {
            Test.RunUntilIdle();
            Assert.Equal(matches, Matches.Rows);
        }

        public long Counter(string name) => Test.Job.Metrics.CounterOf(new("op"), name);

        public IReadOnlyList<MatchProgress<Tick>> Progress(string key) =>
            Test.Run(() => Test.Job.Entity<string, IReadOnlyList<MatchProgress<Tick>>>(new("op"), key).AskAsync())!;

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}
