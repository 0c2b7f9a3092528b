using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>Groups that are repeated: what may be absent in them does not make one match two, and they have time bounds of their
/// own.</summary>
/// <remarks><c>ACTORSTREAMS_GROUP_CASES</c> says how many random cases of each kind (default 120).</remarks>
public sealed class RepeatedGroupsSpec
{
    [Theory]
    [InlineData("(a?){2} next y", "a y", "a:0 y:1; y:1")]
    [InlineData("(a?){3} next y", "a a y", "a:0 a:1 y:2; a:1 y:2; y:2")]
    [InlineData("(a?)+ next y within 1 min", "a y", "a:0 y:1; y:1")]
    [InlineData("(a? next b?){2} next y", "a b y", "a:0 b:1 y:2; b:1 y:2; y:2")]
    [InlineData("((a?){2}){2} next y", "a a y", "a:0 a:1 y:2; a:1 y:2; y:2")]
    [InlineData("(a* next b?){2} next y within 1 min", "a y", "a:0 y:1; y:1")]
    [InlineData("x next (a?){2} notFollowedBy b within 1 min", "x a", "x:0 a:1; x:0")]
    [Trait("Issue", "A16")]
    public void A_match_is_found_once_in_whatever_time_around_its_rows_are_taken(string text, string letters, string expected)
    {
        var conditions = new PatternConditions<Letter>();
        foreach (char letter in "abxy")
            conditions.Add($"{letter}", row => row.Is == letter);
        Letter[] events = [.. letters.Split(' ').Select((letter, at) => new Letter(letter[0], at, at))];
        Assert.Equal(expected.Split("; ").Order(StringComparer.Ordinal), BruteForceSpec.Run(Pattern.Parse(text, conditions), events)
            .Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [Trait("Issue", "A16")]
    [Trait("Issue", "C8")]
    public void The_machine_finds_what_trying_every_assignment_finds(bool mayBeAbsent, bool isBounded)
    {
        int cases = BruteForceSpec.Number("ACTORSTREAMS_GROUP_CASES", 120);
        int found = 0;
        for (int seed = 1; seed <= cases; seed++)
        {
            var random = new Random(seed);
            var pattern = RandomPattern.OfGroups(random, mayBeAbsent, isBounded);
            Letter[] events = RandomPattern.Stream(random);
            IEnumerable<string> matches = pattern.Matches(events).Order(StringComparer.Ordinal);
            string[] expected = [.. mayBeAbsent ? matches.Distinct(StringComparer.Ordinal) : matches];
            string[] actual = [.. BruteForceSpec.Run(pattern.Build(), events).Order(StringComparer.Ordinal)];
            string what =
                $"Seed {seed}: {pattern}{Environment.NewLine}over {string.Join(' ', events.Select(letter => $"{letter.Is}@{letter.Time}"))}:";
            if (mayBeAbsent && !expected.SequenceEqual(actual.Distinct(StringComparer.Ordinal)))
                Assert.Fail($"{what} expected {string.Join(", ", expected)}{Environment.NewLine}but was  {string.Join(", ", actual)}");
            Assert.True(expected.SequenceEqual(actual),
                $"{what} expected {string.Join(", ", expected)}{Environment.NewLine}but was  {string.Join(", ", actual)}");
            found += expected.Length;
        }

        Assert.True(found > cases / 3, $"Only {found} matches: the cases test nothing.");
    }

    [Fact]
    [Trait("Issue", "C8")]
    public async Task A_group_has_a_time_bound_of_its_own_in_each_run_through_it_and_a_loop_as_a_whole()
    {
        var source = new TestSource<(string Kind, int Second)>();
        var sink = new TestSink<string>();
        var visit = Pattern.Begin<(string Kind, int Second)>("in", row => row.Kind == "in").FollowedBy("out", row => row.Kind == "out")
            .Within(TimeSpan.FromSeconds(10));
        var failures = Pattern.Begin<(string Kind, int Second)>("fail", row => row.Kind == "fail").Times(3).Within(TimeSpan.FromSeconds(5));
        var pattern = Pattern.Begin(visit).Times(2).FollowedByAny(failures).Within(TimeSpan.FromHours(1));
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", source).KeyBy(_ => 0)
            .Match("match", pattern).Select(match => string.Join(' ',
                new[] { "in", "out", "fail" }.SelectMany(stage => match[stage].Select(row => $"{row.Kind}{row.Second}"))))
                .Write("out", sink));
        foreach ((string kind, int second) in new[]
        {
            ("in", 0), ("out", 10), ("in", 20), ("out", 29), ("in", 40), ("out", 41), ("fail", 50), ("fail", 53), ("fail", 55),
                ("fail", 57),
        })
        {
            source.Element((kind, second), DateTimeOffset.UnixEpoch.AddSeconds(second));
            if (second is 20 or 53)
            {
                source.Watermark(DateTimeOffset.UnixEpoch.AddSeconds(second + 0.5));
                test.Commit().CrashAndRestore();
            }
        }

        source.Watermark(DateTimeOffset.UnixEpoch.AddHours(2));
        sink.ShouldEmit("in20 in40 out29 out41 fail53 fail55 fail57");
    }

    [Theory]
    [InlineData("x followedBy (a next b) within each 5 s")]
    [InlineData("(a{3}) within each 5 s next (b next c within previous 1 s){2} within loop 7 s within each 1 s")]
    [Trait("Issue", "C8")]
    public void Bounds_of_groups_are_written_as_they_are_read(string text)
    {
        var conditions = new PatternConditions<Letter>();
        foreach (char letter in "abcx")
            conditions.Add($"{letter}", row => row.Is == letter);
        Assert.Equal(text, Pattern.Parse(text, conditions).ToText());
    }

    [Fact]
    [Trait("Issue", "C8")]
    public async Task What_cannot_be_bounded_is_refused_with_the_pipeline_the_stage_and_the_form_that_works()
    {
        PipelineException error = Assert.Throws<PipelineException>(() => Pattern.Begin<Letter>("a").WithinLoop(TimeSpan.FromSeconds(1)));
        Assert.Contains("stage 'a', which is not repeated: say how often first. If it is the group", error.Message,
            StringComparison.Ordinal);
        error = await RefusedAsync(Pattern.Begin<Letter>("a").FollowedBy(Pattern.Begin<Letter>("b").Within(TimeSpan.FromHours(2)))
            .Within(TimeSpan.FromHours(1)));
        Assert.Contains("operator 'match'", error.Message, StringComparison.Ordinal);
        Assert.Contains("longer than the whole pattern's", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<PipelineException>(() => Pattern.Begin(Pattern.Begin<Letter>("first").Next("b")
            .AfterMatch(AfterMatch.SkipPastLast)));
        Assert.Contains("begins with stage 'first' has a skip strategy of its own", error.Message, StringComparison.Ordinal);
    }

    private static Task<PipelineException> RefusedAsync(Pattern<Letter> pattern) =>
        Assert.ThrowsAsync<PipelineException>(() => StreamTest.StartAsync(pipeline =>
        pipeline.Read("rows", new TestSource<Letter>()).KeyBy(_ => 0).Match("match", pattern).Select(match => match.Key)
            .Write("out", new TestSink<int>())));
}
