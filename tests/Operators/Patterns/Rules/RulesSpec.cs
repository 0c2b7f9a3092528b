using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns.Rules;

public sealed class RulesSpec
{
    public readonly record struct Act(string Account, string Kind, double Amount = 0);

    private static readonly PatternConditions<Act> s_conditions = new PatternConditions<Act> { { "large", act => act.Amount > 100 },
        { "small", act => act.Amount < 1 } }
        .AddProperty("kind", act => act.Kind);

    [Fact]
    public async Task A_rule_finds_matches_from_the_time_it_comes_until_it_goes()
    {
        await using var run = await Run.StartAsync();

        run.Put("buy", 1, "in where kind = login followedBy buy where kind = order", at: "12:01").Remove("buy", 2, at: "12:05");
        run.Act("ann", "login", "12:00").Act("ann", "order", "12:02");
        run.Act("bob", "login", "12:01").Act("bob", "order", "12:03");
        run.Act("cid", "login", "12:04").Act("cid", "order", "12:05");
        run.Watermarks("12:10");

        run.ShouldEmit("buy 1: bob login, bob order");
        Assert.Equal((0, 0, 1), (run.Counter("rules"), run.Counter("partial_matches"), run.Counter("partials_dropped")));
    }

    [Fact]
    public async Task A_replaced_rule_that_begins_alike_keeps_its_partial_matches()
    {
        await using var run = await Run.StartAsync();

        run.Put("theft", 1, "in where kind = login followedBy out where kind = order and large within 1 h", at: "12:00");
        run.Act("ann", "login", "12:01").Act("ann", "order", "12:02", 50).Watermarks("12:03");
        run.Put("theft", 2, "in where kind = login followedBy out where kind = order followedBy gone where kind = logout within 2 h",
            at: "12:03");
        run.Act("ann", "order", "12:04", 50).Watermarks("12:05");
        Assert.Equal(1, run.Counter("partial_matches"));
        run.Act("ann", "logout", "13:30").Watermarks("13:31");

        run.ShouldEmit("theft 2: ann login, ann order, ann logout");
        Assert.Equal(0, run.Counter("partials_dropped"));
    }

    [Fact]
    public async Task A_replaced_rule_that_begins_otherwise_starts_anew_and_what_is_lost_is_counted()
    {
        await using var run = await Run.StartAsync();

        run.Put("theft", 1, "in where kind = login followedBy out where kind = order", at: "12:00");
        run.Act("ann", "login", "12:01").Act("bob", "login", "12:01").Watermarks("12:02");
        run.Put("theft", 2, "in where kind = login next out where kind = order", at: "12:03");
        run.Act("ann", "order", "12:04").Act("bob", "login", "12:05").Act("bob", "order", "12:06").Watermarks("12:10");

        run.ShouldEmit("theft 2: bob login, bob order");
        Assert.Equal(2, run.Counter("partials_dropped"));
    }

    [Fact]
    public async Task A_change_that_would_lose_partial_matches_can_be_refused()
    {
        await using var run = await Run.StartAsync(rules => rules.RefuseIncompatible());

        run.Put("theft", 1, "in where kind = login followedBy out where kind = order", at: "12:00");
        run.Act("ann", "login", "12:01").Watermarks("12:02");
        run.Put("theft", 2, "in where kind = login next out where kind = order", at: "12:03");
        run.Act("ann", "other", "12:03:30").Act("ann", "order", "12:04").Watermarks("12:10");

        run.ShouldEmit("theft 1: ann login, ann order");
        string letter = Assert.Single(run.DeadLetters());
        Assert.All((string[])["'theft'", "version 2", "version 1", "stage 2", "out: Relaxed", "out: Strict", "another id"],
            part => Assert.Contains(part, letter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_text_that_is_no_pattern_goes_to_the_dead_letters_and_what_was_in_force_stays()
    {
        await using var run = await Run.StartAsync();

        run.Put("a", 1, "a where kind = login", at: "12:00").Put("a", 2, "a where kinds = login", at: "12:00")
            .Put("b", 1, "a where large folowedBy b where large", at: "12:00")
            .Put("c", 1, "a where kind = login notFollowedBy b where large", at: "12:00").Put(" ", 1, "a where large", at: "12:00");
        run.Act("ann", "login", "12:01").Watermarks("12:02");

        run.ShouldEmit("a 1: ann login");
        string[] letters = run.DeadLetters();
        Assert.Equal((4, 4, 1), (letters.Length, run.Counter("changes_refused"), run.Counter("changes_applied")));
        Assert.Contains(letters, letter => letter.Contains("there is no property 'kinds'. Known: kind.", StringComparison.Ordinal));
        Assert.Contains(letters, letter => letter.Contains("Did you mean 'followedBy'?", StringComparison.Ordinal));
        Assert.Contains(letters, letter => letter.Contains("would never match", StringComparison.Ordinal));
        Assert.Contains(letters, letter => letter.Contains("names no rule", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_is_in_force_for_rows_of_its_time_and_later_whenever_it_comes_before_the_watermark()
    {
        await using var run = await Run.StartAsync();

        run.Act("ann", "login", "12:00:59").Act("bob", "login", "12:01").Act("cid", "login", "12:02");
        run.Remove("in", 3, at: "12:02").Put("in", 2, "in where kind = login", at: "12:01")
            .Put("in", 1, "in where kind = logout", at: "12:00");
        run.Watermarks("12:10");

        run.ShouldEmit("in 2: bob login");
    }

    [Fact]
    public async Task A_change_that_comes_after_its_time_is_in_force_from_the_first_row_not_matched_yet()
    {
        await using var run = await Run.StartAsync();

        run.Act("ann", "login", "12:01").Watermarks("12:02").Put("in", 1, "in where kind = login", at: "12:00").Act("bob", "login", "12:03")
            .Watermarks("12:10");

        run.ShouldEmit("in 1: bob login");
        Assert.Equal(1, run.Counter("changes_late"));
    }

    [Fact]
    public async Task A_change_that_is_not_newer_has_no_effect_and_a_rule_that_went_stays_gone()
    {
        await using var run = await Run.StartAsync();

        run.Put("in", 5, "in where kind = login", at: "12:00").Put("in", 5, "in where kind = logout", at: "12:00:01")
            .Put("in", 4, "in where kind = logout", at: "12:00:02");
        run.Act("ann", "login", "12:01").Remove("in", 6, at: "12:02").Put("in", 6, "in where kind = login", at: "12:03")
            .Act("ann", "login", "12:04");
        run.Put("in", 7, "in where kind = login", at: "12:05").Act("bob", "login", "12:06").Watermarks("12:10");

        run.ShouldEmit("in 5: ann login", "in 7: bob login");
        Assert.Equal(3, run.Counter("changes_stale"));
    }

    [Fact]
    public async Task Changes_can_be_in_force_on_arrival_without_a_time_or_watermark_of_their_own()
    {
        await using var run = await Run.StartAsync(rules => rules.ChangesOnArrival());

        run.Act("ann", "login", "12:00").RowWatermark("12:01");
        run.Put("in", 1, "in where kind = login", at: "11:00");
        run.Test.RunUntilIdle();
        run.Act("bob", "login", "12:02").RowWatermark("12:03");
        run.ShouldEmit("in 1: bob login");
        run.Act("cid", "login", "12:04").Remove("in", 2, at: "11:00");
        run.Test.RunUntilIdle();
        run.RowWatermark("12:05");

        run.ShouldEmit();
        Assert.Equal((2, 0), (run.Counter("changes_applied"), run.Counter("changes_late")));
    }

    [Fact]
    public async Task What_is_over_when_a_rule_goes_is_over_under_that_rule()
    {
        await using var run = await Run.StartAsync();

        run.Put("silent", 1, "beat where kind = beat notFollowedBy again where kind = beat within 1 min", at: "12:00")
            .Remove("silent", 2, at: "12:05");
        run.Act("ann", "beat", "12:01").Act("bob", "beat", "12:04:30").Watermarks("12:10");

        run.ShouldEmit("silent 1: ann beat");
        Assert.Equal((1, 0), (run.Counter("partials_dropped"), run.Counter("partial_matches")));
    }

    [Fact]
    public async Task A_shorter_bound_ends_partial_matches_that_are_too_old_for_it()
    {
        await using var run = await Run.StartAsync();

        run.Put("pair", 1, "a where kind = a followedBy b where kind = b within 1 h", at: "12:00");
        run.Act("old", "a", "12:01").Act("new", "a", "12:09").Watermarks("12:09:30")
            .Put("pair", 2, "a where kind = a followedBy b where kind = b within 5 min", at: "12:10");
        run.Act("old", "b", "12:11").Act("new", "b", "12:12").Watermarks("12:20");

        run.ShouldEmit("pair 2: new a, new b");
        Assert.Equal(["pair 2: old got as far as a"], run.TimedOut.Rows);
    }

    [Fact]
    public async Task Timed_out_partial_matches_tell_their_rule()
    {
        await using var run = await Run.StartAsync();

        run.Put("pair", 1, "a where kind = a followedBy b where kind = b within 1 min", at: "12:00")
            .Put("triple", 3, "a where kind = a followedBy b where kind = b followedBy c where kind = c within 5 min", at: "12:00");
        run.Act("ann", "a", "12:00:10").Act("ann", "b", "12:02").Watermarks("12:03");
        Assert.Equal(["pair 1: ann got as far as a"], run.TimedOut.Rows);
        run.Watermarks("12:20");

        Assert.Equal(["pair 1: ann got as far as a", "triple 3: ann got as far as b"], run.TimedOut.Rows);
        Assert.Equal((2, 0), (run.Counter("timed_out"), run.Counter("partial_matches")));
    }

    [Fact]
    public async Task A_question_about_a_key_tells_its_partial_matches_by_rule()
    {
        await using var run = await Run.StartAsync();

        run.Put("pair", 1, "a where kind = a followedBy b where kind = b", at: "12:00")
            .Put("other", 1, "a where kind = a next c where kind = c", at: "12:00");
        run.Act("ann", "a", "12:01").Watermarks("12:02");
        run.Test.Commit().CrashAndRestore();
        IReadOnlyList<RuleProgress<Act>>? found = run.Test.Run(
            () => run.Test.Job.Entity<string, IReadOnlyList<RuleProgress<Act>>>(new("rules"), "ann").AskAsync());

        Assert.Equal(["other a c", "pair a b"], found!.Select(one => $"{one.Rule} {one.Stage} {one.WaitsFor}")
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_row_on_which_rules_throw_is_one_dead_letter_and_the_other_rules_see_it()
    {
        var conditions = new PatternConditions<Act> { { "bad", act => act.Kind == "a" ? throw new InvalidOperationException("no") : true },
            { "good", act => act.Kind == "a" } };
        await using var run = await Run.StartAsync(conditions: conditions,
            options: new JobOptions
            {
                Parallelism = 2,
                EpochInterval = TimeSpan.FromDays(40),
                Errors = ErrorPolicy.Skip,
                MaxEventTimeAhead = null
            });

        run.Put("x", 1, "s where bad", at: "12:00").Put("y", 1, "s where bad", at: "12:00").Put("z", 1, "s where good", at: "12:00");
        run.Act("ann", "a", "12:01").Watermarks("12:02");

        run.ShouldEmit("z 1: ann a");
        Assert.Contains("(and 1 more): InvalidOperationException: no", Assert.Single(run.DeadLetters()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_can_make_the_patterns_of_what_changes_say()
    {
        var acts = new TestSource<Act>();
        var changes = new TestSource<RuleChange>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("acts", acts).KeyBy(act => act.Account)
            .Match("rules", pipeline.Read("changes", changes),
                text => Pattern.Begin<Act>("many", act => act.Kind == "order")
                .Times(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)))
            .DropLate().SelectMany(match => match.Rows.Select(row => $"{match.Rule} {row.Amount}")).Write("out", sink));

        changes.Element(RuleChange.Put("twice", 1, "2"), "12:00").Element(RuleChange.Put("wrong", 1, "two"), "12:00").Complete();
        acts.Element(new("ann", "order", 1), "12:01").Element(new("ann", "order", 2), "12:02").Complete();
        test.RunUntilIdle();

        Assert.Equal(["twice 1", "twice 2"], sink.Rows);
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("rules"), Counters.ChangesRefused));
    }

    [Fact]
    public async Task A_thousand_rules_come_work_and_go_and_leave_nothing()
    {
        await using var run = await Run.StartAsync(
            options: new JobOptions { Parallelism = 3, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null });

        for (int i = 0; i < 1000; i++)
            run.Put($"r{i}", 1, $"a where kind = a{i % 100} followedBy b where kind = b{i} within 1 h", at: "12:00");
        for (int i = 0; i < 20; i++)
            run.Act($"k{i}", "a7", "12:01").Act($"k{i}", "nothing", "12:02");
        run.Watermarks("12:03");
        run.Test.Commit().CrashAndRestore(2);
        Assert.Equal((1000, 200), (run.Counter("rules"), run.Counter("partial_matches")));
        run.Act("k3", "b507", "12:04").Act("k3", "b508", "12:04").Watermarks("12:05");

        run.ShouldEmit("r507 1: k3 a7, k3 b507");
        for (int i = 0; i < 1000; i++)
            run.Remove($"r{i}", 2, at: "12:06");
        run.Act("k3", "b7", "12:07").Watermarks("12:10");
        run.ShouldEmit();
        Assert.Equal((0, 0), (run.Counter("rules"), run.Counter("partial_matches")));
        run.Test.Commit().CrashAndRestore(1);
        run.Test.RunUntilIdle();
        Assert.Equal((0, 0), (run.Counter("rules"), run.Counter("partial_matches")));
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly TestSource<Act> _acts = new();
        private readonly TestSource<RuleChange> _changes = new();
        private readonly TestSink<string> _matches = new();

        public TestSink<string> TimedOut { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        public static async Task<Run> StartAsync(Func<RuleStream<string, Act>, RuleStream<string, Act>>? settings = null,
            PatternConditions<Act>? conditions = null, JobOptions? options = null)
        {
            var run = new Run();
            run.Test = await StreamTest.StartAsync(pipeline =>
            {
                RuleStream<string, Act> rules = pipeline.Read("acts", run._acts).KeyBy(act => act.Account)
                    .Match("rules", pipeline.Read("changes", run._changes), conditions ?? s_conditions);
                (settings is null ? rules
                    : settings(rules)).TimedOutTo(match => $"{match.Rule} {match.Version}: {match.Key} got as far as {match.Stage}",
                    out Stream<string> timedOut)
                    .Select(match =>
                        $"{match.Rule} {match.Version}: {string.Join(", ", match.Rows.Select(act => $"{act.Account} {act.Kind}"))}")
                        .Write("matches", run._matches);
                timedOut.Write("timed-out", run.TimedOut);
            }, options);
            return run;
        }

        public Run Put(string id, long version, string pattern, string at)
        {
            _changes.Element(RuleChange.Put(id, version, pattern), at);
            return this;
        }

        public Run Remove(string id, long version, string at)
        {
            _changes.Element(RuleChange.Remove(id, version), at);
            return this;
        }

        public Run Act(string account, string kind, string at, double amount = 0)
        {
            _acts.Element(new Act(account, kind, amount), at);
            return this;
        }

        public Run Watermarks(string at)
        {
            _changes.Watermark(at);
            return RowWatermark(at);
        }

        public Run RowWatermark(string at)
        {
            _acts.Watermark(at);
            Test.RunUntilIdle();
            return this;
        }

        public void ShouldEmit(params string[] matches) => _matches.ShouldEmit(string.Join('\n', matches));

        public string[] DeadLetters()
        {
            Test.Commit();
            return [.. Test.ReadTable("dead_letters").Select(row => string.Join(" | ", row))];
        }

        public long Counter(string name)
        {
            Test.RunUntilIdle();
            return Test.Job.Metrics.CounterOf(new("rules"), name);
        }

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}
