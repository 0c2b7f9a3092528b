using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

public sealed class RevisableMatchSpec
{
    private static readonly Pattern<Tick> s_pair = Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
        .FollowedBy("b", tick => tick.Kind == "b").Within(TimeSpan.FromMinutes(1));
    private static readonly Pattern<Tick> s_next = Pattern.Begin<Tick>("a", tick => tick.Kind == "a").Next("b", tick => tick.Kind == "b")
        .Within(TimeSpan.FromMinutes(1));

    /// <summary>A class without an equality of its own.</summary>
    public sealed class Tick(string key, string kind, int number = 0)
    {
        public string Key { get; } = key;

        public string Kind { get; } = kind;

        public int Number { get; } = number;

        public override string ToString() => $"{Kind}{Number}";
    }

    [Fact]
    public void Early_matches_and_retractions_hold_in_every_way_to_run()
    {
        new OperatorContract<Change<Tick>, Change<string>>(
            ticks => ticks.KeyBy(tick => tick.Row.Key).Match("op", s_next).Select(match => string.Join(' ', match.Rows)),
                change => $"{change.Weight:+0;-0} {change.Row}")
            .Element(Change<Tick>.Insert(new("x", "a", 1)), at: "12:00:01").Element(Change<Tick>.Insert(new("x", "b", 2)), at: "12:00:05")
            .Element(Change<Tick>.Insert(new("y", "a", 9)), at: "12:00:01")
            .Element(Change<Tick>.Insert(new("x", "c", 3)), at: "12:00:04").Watermark("12:00:03")
            .Element(Change<Tick>.Retract(new("y", "b", 9)), at: "12:00:06").Element(Change<Tick>.Insert(new("y", "b", 8)), at: "12:00:06")
            .Element(Change<Tick>.Retract(new("x", "c", 3)), at: "12:00:04").Watermark("12:00:05")
            .Element(Change<Tick>.Insert(new("y", "b", 9)), at: "12:00:06").Watermark("12:01")
            .Element(Change<Tick>.Insert(new("x", "a", 5)), at: "12:01:05").Element(Change<Tick>.Insert(new("x", "b", 6)), at: "12:01:06")
            .Holds("""
                +1 a1 b2
                -1 a1 b2
                +1 a1 b2
                +1 a9 b8
                +1 a5 b6
                """);
    }

    [Fact]
    public async Task A_match_is_out_before_the_watermark_and_confirmed_after_it()
    {
        await using var run = await Run.StartAsync(s_pair);

        run.Source.Element(Change<Tick>.Insert(new("k", "a")), at: "12:00:00").Element(Change<Tick>.Insert(new("k", "b")), at: "12:00:01");
        run.ShouldHave(["+1 a0 b0"], confirmed: []);
        run.Source.Watermark("12:00:10");
        run.ShouldHave(["+1 a0 b0"], confirmed: ["a0 b0"]);
    }

    [Fact]
    public async Task Absence_is_a_match_as_soon_as_the_keys_own_rows_say_so_and_taken_back_by_one_that_comes_late()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
            .NotFollowedBy("b", tick => tick.Kind == "b").Within(TimeSpan.FromSeconds(10)));

        run.Source.Element(Change<Tick>.Insert(new("k", "a")), at: "12:00:00")
            .Element(Change<Tick>.Insert(new("k", "a", 1)), at: "12:00:20");
        run.ShouldHave(["+1 a0"], confirmed: []);
        run.Source.Element(Change<Tick>.Insert(new("k", "b")), at: "12:00:05").Watermark("12:01");
        run.ShouldHave(["+1 a0", "-1 a0", "+1 a1"], confirmed: ["a1"]);
    }

    [Fact]
    public async Task Weights_count_and_a_row_stays_until_it_is_taken_back_as_often_as_it_came()
    {
        await using var run = await Run.StartAsync(s_pair);

        run.Source.Element(new(new("k", "a"), 2), at: "12:00:00").Element(new(new("k", "b"), 1), at: "12:00:01")
            .Element(new(new("k", "a"), -1), at: "12:00:00").Watermark("12:05");

        run.ShouldHave(["+1 a0 b0", "+1 a0 b0", "-1 a0 b0"], confirmed: ["a0 b0"]);
        Assert.Equal((1, 1), (run.Counter("retracted"), run.Counter("matches")));
    }

    [Fact]
    public async Task A_retraction_of_a_row_that_never_came_is_told()
    {
        await using var run = await Run.StartAsync(s_pair);

        run.Source.Element(Change<Tick>.Retract(new("k", "a")), at: "12:00:00").Watermark("12:05");

        run.ShouldHave([], confirmed: []);
        Assert.Equal(1, run.Counter("errors"));
        Assert.Contains("never came", string.Join(' ', run.Test.Commit().ReadTable("dead_letters")[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_rows_and_late_retractions_come_out_beside_the_matches()
    {
        await using var run = await Run.StartAsync(s_pair);

        run.Source.Element(Change<Tick>.Insert(new("k", "a")), at: "12:00:00").Element(Change<Tick>.Insert(new("k", "b")), at: "12:00:01")
            .Watermark("12:00:10")
            .Element(Change<Tick>.Retract(new("k", "a")), at: "12:00:00");

        run.ShouldHave(["+1 a0 b0"], confirmed: ["a0 b0"]);
        Assert.Equal(-1, Assert.Single(run.Late.Rows).Weight);
    }

    [Fact]
    public async Task The_rows_that_are_matched_early_are_bounded_and_the_one_too_many_is_told()
    {
        await using var run = await Run.StartAsync(s_pair, stream => stream.MaxUnconfirmedRows(3));

        for (int i = 0; i < 4; i++)
            run.Source.Element(Change<Tick>.Insert(new("k", "a", i)), at: $"12:00:0{i}");
        run.Source.Watermark("12:00:10").Element(Change<Tick>.Insert(new("k", "b")), at: "12:00:11").Watermark("12:00:20");

        run.ShouldHave(["+1 a0 b0", "+1 a1 b0", "+1 a2 b0"], confirmed: ["a0 b0", "a1 b0", "a2 b0"]);
        Assert.Equal(1, run.Counter("rows_capped"));
        string letter = string.Join(' ', run.Test.Commit().ReadTable("dead_letters")[0]);
        Assert.Contains("Key k has 3 rows", letter, StringComparison.Ordinal);
        Assert.Contains("MaxUnconfirmedRows", letter, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_on_which_a_condition_throws_is_told_once()
    {
        await using var run = await Run.StartAsync(Pattern.Begin<Tick>("a", tick => tick.Kind == "a")
            .FollowedBy("b", tick => tick.Number < 0 ? throw new InvalidOperationException("negative") : tick.Kind == "b"));

        run.Source.Element(Change<Tick>.Insert(new("k", "a")), at: "12:00:00")
            .Element(Change<Tick>.Insert(new("k", "b", -1)), at: "12:00:01")
            .Element(Change<Tick>.Insert(new("k", "b", 2)), at: "12:00:02").Element(Change<Tick>.Insert(new("k", "c", 2)), at: "12:00:00")
                .Watermark("12:05");

        run.ShouldHave(["+1 a0 b2"], confirmed: ["a0 b2"]);
        Assert.Equal(1, run.Counter("errors"));
    }

    [Fact]
    public void What_cannot_be_revised_says_why()
    {
        var pipeline = Pipeline.Create("p");
        KeyedStream<string, Tick> ticks = pipeline.Read("ticks", new TestSource<Tick>()).KeyBy(tick => tick.Key);
        Assert.Contains("processing time", Assert.Throws<PipelineException>(() => ticks.Match("op", s_pair).InProcessingTime().Revisable())
            .Message, StringComparison.Ordinal);
        Assert.Contains("after Revisable",
            Assert.Throws<PipelineException>(() => ticks.Match("op", s_pair).LateTo(out Stream<Tick> _).Revisable()).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A pattern over changes with all its outputs.</summary>
    private sealed class Run : IAsyncDisposable
    {
        public TestSource<Change<Tick>> Source { get; } = new();

        public TestSink<Change<string>> Changes { get; } = new();

        public TestSink<string> Confirmed { get; } = new();

        public TestSink<Change<Tick>> Late { get; } = new();

        public StreamTest Test { get; private set; } = null!;

        public static async Task<Run> StartAsync(Pattern<Tick> pattern,
            Func<RevisablePatternStream<string, Tick>, RevisablePatternStream<string, Tick>>? configure = null)
        {
            var run = new Run();
            run.Test = await StreamTest.StartAsync(pipeline =>
            {
                RevisablePatternStream<string, Tick> stream = pipeline.Read("ticks", run.Source).KeyBy(tick => tick.Row.Key)
                    .Match("op", pattern, ErrorPolicy.Skip);
                stream = configure is null ? stream : configure(stream);
                Stream<Change<string>> changes = stream.LateTo(out Stream<Change<Tick>> late)
                    .ConfirmedTo(match => string.Join(' ', match.Rows), out Stream<string> confirmed)
                    .Select(match => string.Join(' ', match.Rows));
                changes.Write("changes", run.Changes);
                confirmed.Write("confirmed", run.Confirmed);
                late.Write("late", run.Late);
            });
            return run;
        }

        public void ShouldHave(string[] changes, string[] confirmed)
        {
            Test.RunUntilIdle();
            Assert.Equal(changes, Changes.Rows.Select(change => $"{change.Weight:+0;-0} {change.Row}"));
            Assert.Equal(confirmed, Confirmed.Rows);
        }

        public long Counter(string name) => Test.Job.Metrics.CounterOf(new("op"), name);

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}
