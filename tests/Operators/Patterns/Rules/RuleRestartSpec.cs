using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns.Rules;

/// <summary>The code that makes patterns of rules' texts is another one after a restart.</summary>
public sealed class RuleRestartSpec
{
    [Fact]
    public async Task Partial_matches_go_on_where_the_pattern_still_begins_alike()
    {
        await using var run = await Run.StartAsync("a followedBy b where c or d");

        run.PatternNow = "a followedBy b where b next c";
        run.Crash();
        run.Words("b", "12:02").Words("c", "12:03").End();

        run.Sink.ShouldEmit("x 1: a b c");
        Assert.Equal(0, run.Counter("partials_dropped"));
    }

    [Fact]
    public async Task Partial_matches_of_a_pattern_that_begins_otherwise_are_dropped_and_counted_once()
    {
        await using var run = await Run.StartAsync("a followedBy b");

        run.PatternNow = "a next b";
        run.Crash();
        Assert.Equal((1, 0), (run.Counter("partials_dropped"), run.Counter("partial_matches")));
        run.Test.Commit();
        run.PatternNow = "a next b next c";
        run.Crash();
        run.Words("b", "12:02").Words("c", "12:03").Words("a", "12:04").Words("b", "12:05").Words("c", "12:06").End();

        run.Sink.ShouldEmit("x 1: a b c");
        Assert.Equal(1, run.Counter("partials_dropped"));
    }

    [Fact]
    public async Task A_restart_that_would_lose_partial_matches_can_be_refused()
    {
        Run run = await Run.StartAsync("a followedBy b", refuses: true);

        run.PatternNow = "a next b";
        Exception error = Assert.ThrowsAny<ActorStreamsException>(run.Crash);
        Assert.All((string[])["'rules'", "'x'", "version 1", "stage 2", "b: Relaxed", "b: Strict"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stored_rule_that_is_no_pattern_any_more_keeps_the_job_from_starting()
    {
        Run run = await Run.StartAsync("a followedBy b");

        run.PatternNow = "a followedBy other";
        Exception error = Assert.ThrowsAny<ActorStreamsException>(run.Crash);
        Assert.All((string[])["'rules'", "'x'", "version 1", "'text'", "none of its name", "put it back"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_would_make_too_many_partial_matches_of_a_rule_is_a_dead_letter_and_counted()
    {
        await using var run = await Run.StartAsync("a followedBy b max 1 partial matches");

        run.Words("a", "12:02").Words("b", "12:03").End();

        run.Sink.ShouldEmit("x 1: a b");
        Assert.Equal((1, 1), (run.Counter("rows_capped"), run.Counter("errors")));
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly TestSource<string> _words = new();
        private readonly TestSource<RuleChange> _changes = new();

        /// <summary>What the rule's text means at present.</summary>
        public required string PatternNow { get; set; }

        public TestSink<string> Sink { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        /// <summary>A rule, and a partial match of it: the word a.</summary>
        public static async Task<Run> StartAsync(string pattern, bool refuses = false)
        {
            var conditions = new PatternConditions<string> { { "a", word => word == "a" }, { "b", word => word == "b" },
                { "c", word => word == "c" }, { "d", word => word == "d" } };
            var run = new Run { PatternNow = pattern };
            run.Test = await StreamTest.StartAsync(pipeline =>
            {
                RuleStream<int, string> rules = pipeline.Read("words", run._words).KeyBy(_ => 0)
                    .Match("rules", pipeline.Read("changes", run._changes), _ => Pattern.Parse(run.PatternNow, conditions));
                (refuses ? rules.RefuseIncompatible()
                    : rules).Select(match => $"{match.Rule} {match.Version}: {string.Join(' ', match.Rows)}").Write("out", run.Sink);
            }, new JobOptions
            {
                Parallelism = 2,
                EpochInterval = TimeSpan.FromDays(40),
                Errors = ErrorPolicy.Skip,
                MaxEventTimeAhead = null
            });
            run._changes.Element(RuleChange.Put("x", 1, "text"), "12:00").Watermark("12:01:30");
            run._words.Element("a", "12:01").Watermark("12:01:30");
            run.Test.Commit();
            Assert.Equal(1, run.Counter("partial_matches"));
            return run;
        }

        public void Crash() => Test.CrashAndRestore(1);

        public Run Words(string word, string at)
        {
            _words.Element(word, at);
            return this;
        }

        public void End()
        {
            _words.Watermark("13:00");
            _changes.Watermark("13:00");
            Test.RunUntilIdle();
        }

        public long Counter(string name)
        {
            Test.RunUntilIdle();
            return Test.Job.Metrics.CounterOf(new("rules"), name);
        }

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}
