using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>The text form of patterns: what it says, and that it is printed as it is read.</summary>
public sealed class PatternTextSpec
{
    /// <summary>A random pattern has at most this many calls of its methods.</summary>
    private const int MostCalls = 14;

    private static PatternConditions<int> Conditions => new()
    {
        { "a", row => row == 1 }, { "b", row => row == 2 }, { "c", row => row == 3 }, { "big", row => row > 100 },
            { "odd", row => row % 2 == 1 },
        { "my stage", row => row == 4 }, { "next", row => row == 5 },
            { "rising", (row, soFar) => soFar["b"].IsEmpty || row > soFar["b"].Last },
    };

    [Theory]
    [InlineData("a")]
    [InlineData("a next b followedBy c")]
    [InlineData("a followedByAny b notNext big notFollowedBy odd followedBy c")]
    [InlineData("a notFollowedBy b within 10 min")]
    [InlineData("a notFollowedBy b within previous 30 s")]
    [InlineData("a{3} next b{1,2} next c{2,} max 10 partial matches")]
    [InlineData("a? next b+ within 1 d")]
    [InlineData("a{3}? next b* next c{2,}? within 1 h")]
    [InlineData("a{1} followedBy b{2}?")]
    [InlineData("a{3} consecutive next b{2} combinations next c{2,3} greedy")]
    [InlineData("a+ consecutive greedy until b within previous 1 s within loop 500 ms")]
    [InlineData("a where any followedBy b where big")]
    [InlineData("a where b and c and big")]
    [InlineData("a where b and (c and big)")]
    [InlineData("a where (b or c) and not big or not (odd and b)")]
    [InlineData("a where b or (c or big)")]
    [InlineData("a followedBy b+ where rising until c or big followedBy c within 90 s")]
    [InlineData("(a followedBy b){2} followedBy c")]
    [InlineData("a next ((b next c){1,2} followedByAny big)+ consecutive until odd followedBy odd")]
    [InlineData("'my stage' next 'next' next 'it''s' where 'my stage'")]
    [InlineData("a followedBy b skip to next")]
    [InlineData("a followedBy b within 10 us skip past last max 7 partial matches")]
    [InlineData("a followedBy 'my stage' skip to first 'my stage' or fail")]
    [InlineData("a followedBy b skip to last b")]
    public void What_is_printed_as_it_is_read(string text)
    {
        Pattern<int, int> pattern = Pattern.Parse(text, Conditions);

        Assert.Equal(text, pattern.ToText());
        Assert.Equal(text, pattern.ToString());
        PatternCompiler<int>.Compile(pattern.Shape);
    }

    [Theory]
    [InlineData("a next b+? within 60 minutes", "a next b* within 1 h")]
    [InlineData("a where a", "a")]
    [InlineData("a{2,2}", "a{2}")]
    [InlineData("a greedy", null)]
    [InlineData("a{2}greedy consecutive where((b))", "a{2} where b consecutive greedy")]
    [InlineData("a within 1 h 30 min", "a within 90 min")]
    [InlineData("a within 10min 5s", "a within 605 s")]
    [InlineData("max 5 partial matches", null)]
    [InlineData("a max 5 partial matches skip none within 2 days", "a within 2 d max 5 partial matches")]
    [InlineData("# first\na   # then\r\n\tnext b # last", "a next b")]
    [InlineData("'a' next 'b'", "a next b")]
    public void What_is_printed_more_plainly_than_it_is_read(string text, string? plain)
    {
        if (plain is null)
            Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(text, Conditions));
        else
            Assert.Equal(plain, Pattern.Parse(text, Conditions).ToText());
    }

    [Theory]
    [InlineData("", 1, 1, "expected a stage's name or '(', but found the end")]
    [InlineData("a next", 1, 7, "expected a stage's name or '(', but found the end")]
    [InlineData("a next next b", 1, 8, "As a name it stands in quotes: 'next'")]
    [InlineData("a followedby b", 1, 3, "Did you mean 'followedBy'?")]
    [InlineData("a b", 1, 3,
        "expected next, followedBy, followedByAny, notNext, notFollowedBy, where, until, consecutive, combinations, greedy, within, skip or max, but found 'b'.")]
    [InlineData("a next (b next c", 1, 17, "or ')', but found the end")]
    [InlineData("a)", 1, 2, "but found ')'")]
    [InlineData("a notNext (b)", 1, 11, "what must not come is one stage, not a group")]
    [InlineData("a\nnext b\nnext zebra", 3, 6,
        "stage 'zebra' says no condition, and there is none of its name. Known: a, b, c, big, odd, my stage, next, rising. If any row will do, write 'where any'.")]
    [InlineData("a where bigg", 1, 9,
        "there is no condition 'bigg'. Known: a, b, c, big, odd, my stage, next, rising. Did you mean 'big'?")]
    [InlineData("a where", 1, 8, "expected a condition's name, 'not' or '(', but found the end")]
    [InlineData("a where not", 1, 12, "expected a condition's name")]
    [InlineData("a where b or", 1, 13, "expected a condition's name")]
    [InlineData("a where (b or c", 1, 16, "expected and, or or ')', but found the end")]
    [InlineData("a where not not b", 1, 13, "'not' is said twice")]
    [InlineData("a where b or any", 1, 14, "'any' stands alone")]
    [InlineData("a where b where c", 1, 11, "'where' is said twice of stage 'a'")]
    [InlineData("(a next b) where c", 1, 12, "'where' is said of a group")]
    [InlineData("a next a", 1, 8, "two stages have the name 'a'")]
    [InlineData("a next (b next a)", 1, 16, "two stages have the name 'a'")]
    [InlineData("''", 1, 1, "has no name")]
    [InlineData("a next 'b", 1, 8, "the quote that begins here has no end")]
    [InlineData("a -> b", 1, 3, "'-' means nothing here")]
    [InlineData("a{}", 1, 3, "expected a number, but found '}'")]
    [InlineData("a{2", 1, 4, "expected ',' or '}', but found the end")]
    [InlineData("a{2,b}", 1, 5, "expected a number or '}', but found 'b'")]
    [InlineData("a{2,3", 1, 6, "expected '}'")]
    [InlineData("a{3,2}", 1, 2, "it must be 1 ≤ min ≤ max")]
    [InlineData("a{0}", 1, 2, "it must be 1 ≤ min ≤ max")]
    [InlineData("a{99999999999}", 1, 3, "99999999999 is too large")]
    [InlineData("a{1.5}", 1, 4, "numbers are whole")]
    [InlineData("a where b{3}", 1, 10, "A quantifier stands once, right after the stage's name")]
    [InlineData("a{2}{3}", 1, 5, "A quantifier stands once")]
    [InlineData("a?+", 1, 3, "A quantifier stands once")]
    [InlineData("a notNext b{2}", 1, 12, "Stage 'b' is a negation: it cannot be repeated")]
    [InlineData("a notNext b?", 1, 12, "Stage 'b' is a negation: it cannot be optional")]
    [InlineData("a? notNext b", 1, 4, "A negation follows stage 'a', which is optional")]
    [InlineData("a+ greedy next b?", 1, 17, "follows a greedy stage")]
    [InlineData("a greedy", 1, 3, "say how often first")]
    [InlineData("a consecutive", 1, 3, "say how often first")]
    [InlineData("a+ combinations greedy", 1, 17, "allows combinations, so it cannot be greedy")]
    [InlineData("a+ greedy combinations", 1, 11, "is greedy, so it cannot allow combinations")]
    [InlineData("a+ consecutive combinations", 1, 16, "cannot be consecutive and allow combinations")]
    [InlineData("a{2} until b", 1, 6, "not an unbounded repetition")]
    [InlineData("a+ until b until c", 1, 12, "Until was said twice")]
    [InlineData("a within loop 5 s", 1, 3, "say how often first")]
    [InlineData("a within previous 5 s within previous 6 s", 1, 23, "'within previous' is said twice of stage 'a'")]
    [InlineData("a within 10 min within previous 5 s", 1, 17, "it stands before what is said of the whole pattern")]
    [InlineData("a within 10 min within 5 s", 1, 17, "'within' is said twice of the whole pattern")]
    [InlineData("a within", 1, 9, "expected a length of time such as 10 min, but found the end")]
    [InlineData("a within 10", 1, 12, "expected a unit of time (d, h, min, s, ms, us), but found the end")]
    [InlineData("a within 10 weeks", 1, 13, "expected a unit of time (d, h, min, s, ms, us), but found 'weeks'")]
    [InlineData("a within 0 s", 1, 10, "must be positive")]
    [InlineData("a within 99999999999999999999 d", 1, 10, "longer than")]
    [InlineData("(a next b within 5 s)", 1, 11, "'within' is said of a group: it belongs to the whole pattern")]
    [InlineData("a skip", 1, 7, "expected to, past or none, but found the end")]
    [InlineData("a skip past first", 1, 13, "expected last, but found 'first'")]
    [InlineData("a skip to b", 1, 11, "expected next, first or last, but found 'b'")]
    [InlineData("a next b skip to first c", 1, 24, "the pattern has no stage 'c'. Its stages: a, b.")]
    [InlineData("a skip to first a or not", 1, 22, "expected fail, but found 'not'")]
    [InlineData("a max 0 partial matches", 1, 7, "must be at least 1")]
    [InlineData("a max 10", 1, 9, "expected partial, but found the end")]
    [InlineData("a within 5 s next b", 1, 14, "expected within, skip or max, but found 'next'")]
    public void What_is_wrong_is_told_with_its_place(string text, int line, int column, string message)
    {
        PatternSyntaxException wrong = Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(text, Conditions));

        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (wrong.Line, wrong.Column));
    }

    [Fact]
    public void An_error_shows_the_line_with_a_caret_under_the_place()
    {
        PatternSyntaxException wrong = Assert.Throws<PatternSyntaxException>(
            () => Pattern.Parse("a{3}\n\tnext (b follwedBy c)\nwithin 1 h", Conditions));

        Assert.Equal(
            "Pattern, line 2, column 10: expected next, followedBy, followedByAny, notNext, notFollowedBy, where, until, consecutive, combinations, greedy or ')', " +
            "but found 'follwedBy'. Did you mean 'followedBy'?\n  \tnext (b follwedBy c)\n  \t        ^",
            wrong.Message);
    }

    [Fact]
    public void Text_from_outside_does_not_exhaust_the_stack()
    {
        Assert.Contains("brackets in brackets", Refused(new string('(', 100_000)), StringComparison.Ordinal);
        Assert.Contains("brackets in brackets", Refused("a where " + new string('(', 100_000)), StringComparison.Ordinal);
        Assert.Contains("brackets in brackets", Refused("a where " + string.Concat(Enumerable.Repeat("not (", 100_000))),
            StringComparison.Ordinal);
        Assert.Contains("names in one condition", Refused("a where b" + string.Concat(Enumerable.Repeat(" and b", 100_000))),
            StringComparison.Ordinal);

        string most = "a where b" + string.Concat(Enumerable.Repeat(" and c or b", 499));
        Assert.Equal(most, Pattern.Parse(most, Conditions).ToText());

        static string Refused(string text) => Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(text, Conditions)).Message;
    }

    [Theory]
    [InlineData("a{1000000000}")]
    [InlineData("((a{2000000000}){2000000000}){2000000000}")]
    [InlineData("(a{100} next b){100}")]
    [InlineData("a notFollowedBy b followedBy c{5000}?")]
    public void A_pattern_that_would_take_all_memory_is_refused(string text) =>
        Assert.Contains("more than 10000 states",
            Assert.Throws<PipelineException>(() => PatternCompiler<int>.Compile(Pattern.Parse(text, Conditions).Shape)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("a{9000}")]
    [InlineData("a{1,9000}")]
    [InlineData("(a next b){4000}?")]
    [InlineData("a{2,9000} greedy next b")]
    public void A_large_pattern_is_compiled(string text) =>
        Assert.InRange(PatternCompiler<int>.Compile(Pattern.Parse(text, Conditions).Shape).States.Length, 8000, 20_000);

    [Fact]
    public void A_name_is_given_once()
    {
        Assert.Contains("'a'", Assert.Throws<PipelineException>(() => Conditions.Add("a", _ => true)).Message, StringComparison.Ordinal);
        Assert.Throws<PipelineException>(() => Conditions.Add(" ", _ => true));
        Assert.Contains("None are given.", Assert.Throws<PatternSyntaxException>(() => Pattern.Parse("a", new PatternConditions<int>()))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_without_a_name_have_that_of_their_stage()
    {
        Pattern<object> pattern = Pattern.Begin<object>("a", _ => true).Where(_ => true).FollowedBy("text").Subtype<string>()
            .Where(text => text.Length > 1).Or(text => text.Length == 0)
            .OneOrMore().Until(_ => false).NotFollowedBy("any", _ => true).FollowedBy("rest").FollowedBy("String").Subtype<string>()
            .FollowedBy(Pattern.Begin<object>("x", _ => true)).TimesOrMore(2).Until(_ => false);

        Assert.Equal(
            "a followedBy text+ where String and text or text_2 until text_until notFollowedBy 'any' followedBy rest where any followedBy String followedBy (x){2,} until group_until",
            pattern.ToText());
        Assert.Equal(["String", "a", "text", "text_2", "text_until", "any", "group_until", "x"], pattern.Conditions.Names);
        Assert.Equal(pattern.ToText(), Pattern.Parse(pattern.ToText(), pattern.Conditions).ToText());
    }

    [Fact]
    public void Any_pattern_that_the_methods_make_is_read_back_from_its_text()
    {
        int groups = 0;
        for (int seed = 1; seed <= 5000; seed++)
        {
            Pattern<Letter> pattern = Made(new Random(seed), "p");
            string text = pattern.ToText();
            Pattern<Letter> parsed = Pattern.Parse(text, pattern.Conditions);

            groups += text.Contains('(', StringComparison.Ordinal) ? 1 : 0;
            Assert.True(string.Equals(text, parsed.ToText(), StringComparison.Ordinal),
                $"Seed {seed}: {text}{Environment.NewLine}became {parsed.ToText()}");
            Assert.True(string.Equals(Described(pattern.Shape), Described(parsed.Shape), StringComparison.Ordinal),
                $"Seed {seed}: {text} was read otherwise than it was meant.");
        }

        Assert.True(groups > 500, $"Only {groups} groups: the cases test little.");
    }

    [Fact]
    public void A_parsed_pattern_matches_what_the_same_one_made_by_methods_matches()
    {
        int found = 0;
        for (int seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            Pattern<Letter> made = RandomPattern.Of(random).Build();
            Letter[] events = RandomPattern.Stream(random);
            List<string> expected = BruteForceSpec.Run(made, events);
            List<string> actual = BruteForceSpec.Run(Pattern.Parse(made.ToText(), made.Conditions), events);

            found += expected.Count;
            Assert.True(expected.SequenceEqual(actual, StringComparer.Ordinal), $"Seed {seed}: {made.ToText()}");
        }

        Assert.True(found > 1500, $"Only {found} matches: the cases test little.");
    }

    [Theory]
    [InlineData("x where a or b", "x:0 x:1 x:3")]
    [InlineData("x where not a", "x:1 x:2")]
    [InlineData("x where not (a or b)", "x:2")]
    [InlineData("x where early and (a or c)", "x:0 x:2")]
    [InlineData("x where a next y where not repeated", "x:0 y:1")]
    [InlineData("x where any next y where repeated", "")]
    public void Conditions_join_by_words(string text, string matches)
    {
        var conditions = new PatternConditions<Letter>
        {
            { "a", letter => letter.Is == 'a' }, { "b", letter => letter.Is == 'b' }, { "c", letter => letter.Is == 'c' },
                { "early", letter => letter.At < 3 },
            { "repeated", (letter, soFar) => soFar["x"].Last.Is == letter.Is },
        };

        Assert.Equal(matches,
            string.Join(' ',
            BruteForceSpec.Run(Pattern.Parse(text, conditions), [new('a', 0, 0), new('b', 1, 1), new('c', 2, 2), new('a', 3, 3)]).Take(3)));
    }

    [Fact]
    public void A_condition_that_is_named_often_is_asked_once_a_row()
    {
        int asked = 0;
        var conditions = new PatternConditions<Letter> { { "a", letter => ++asked > 0 && letter.Is == 'a' },
            { "b", letter => letter.Is == 'b' } };

        BruteForceSpec.Run(Pattern.Parse("x{3} where a or b and a next y where a", conditions), [new('c', 0, 0), new('b', 1, 1)]);

        Assert.InRange(asked, 1, 4);
    }

    [Fact]
    public async Task A_parsed_pattern_runs_in_a_pipeline()
    {
        var conditions = new PatternConditions<(string Key, bool Succeeded)> { { "fail", login => !login.Succeeded },
            { "success", login => login.Succeeded } };
        Pattern<(string Key, bool Succeeded)> alert = Pattern.Parse("fail{3} consecutive notFollowedBy success within 10 min", conditions);
        var source = new TestSource<(string Key, bool Succeeded)>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("logins", source).KeyBy(login => login.Key)
            .Match("alert", alert).Select(match => $"{match.Key} {match["fail"].Count}").Write("alerts", sink));

        foreach (string at in (string[])["12:00:01", "12:00:02", "12:00:03"])
            source.Element(("ann", false), at).Element(("bob", false), at);
        source.Element(("bob", true), at: "12:01").Watermark("12:20").Complete();
        test.RunUntilIdle();

        Assert.Equal(["ann 3"], sink.Rows);
    }

    /// <summary>A pattern by random calls; those that the rules refuse are left out.</summary>
    private static Pattern<Letter, Letter> Made(Random random, string prefix)
    {
        int names = 0;
        Pattern<Letter, Letter> pattern = prefix.Length < 4 && random.Next(5) == 0 ? Pattern.Begin(Group())
            : Pattern.Begin(Name(), Condition());
        for (int calls = random.Next(MostCalls); calls > 0; calls--)
        {
            try
            {
                pattern = Called(pattern);
            }
            catch (PipelineException)
            {
            }
        }

        return pattern;

        string Name() => (random.Next(8) switch { 0 => "it's ", 1 => "next", _ => "" }) + prefix + names++;
        Func<Letter, bool>? Condition() => random.Next(4) == 0 ? null : letter => letter.Is > random.Next();
        IterativeCondition<Letter, Letter> Iterative() => (letter, soFar) => letter.Is == 'a' && soFar.Time > random.Next();
        TimeSpan Span() => TimeSpan.FromMicroseconds(random.NextInt64(1, 1000) * (long)Math.Pow(10, random.Next(10)));

        // A group says nothing that only the whole pattern may say.
        Pattern<Letter> Group()
        {
            Pattern<Letter, Letter> group = Made(random, prefix + (char)('a' + names++));
            return new Pattern<Letter, Letter>(new PatternShape<Letter> { Elements = group.Shape.Elements });
        }

        Pattern<Letter, Letter> Called(Pattern<Letter, Letter> before) => random.Next(28) switch
        {
            0 or 1 => before.Next(Name(), Condition()),
            2 or 3 => before.FollowedBy(Name(), Condition()),
            4 or 5 => before.FollowedByAny(Name(), Condition()),
            6 => before.NotNext(Name(), Condition()),
            7 => before.NotFollowedBy(Name(), Condition()),
            8 when prefix.Length < 4 => before.Next(Group()),
            9 when prefix.Length < 4 => before.FollowedBy(Group()),
            10 when prefix.Length < 4 => before.FollowedByAny(Group()),
            11 => before.Where(Condition() ?? (static _ => true)),
            12 => before.Where(Iterative()),
            13 => before.Or(Condition() ?? (static _ => true)),
            14 => before.Or(Iterative()),
            15 => before.Times(random.Next(1, 4)),
            16 => before.Times(random.Next(1, 4), random.Next(1, 6)),
            17 => before.OneOrMore(),
            18 => before.TimesOrMore(random.Next(1, 4)),
            19 => before.Optional(),
            20 => before.Greedy(),
            21 => random.Next(2) == 0 ? before.Consecutive() : before.AllowCombinations(),
            22 => before.Until(Condition() ?? (static _ => true)),
            23 => before.WithinPrevious(Span()),
            24 => before.WithinLoop(Span()),
            25 => before.Within(Span()),
            26 => before.MaxPartialMatches(random.Next(1, 1000)),
            _ => before.AfterMatch(RandomSkip(random, before.Shape.Elements)),
        };
    }

    private static AfterMatch RandomSkip(Random random, Element<Letter>[] elements)
    {
        string? stage = elements.LastOrDefault(element => element.Group is null)?.Name;
        return random.Next(stage is null ? 3 : 5) switch
        {
            0 => AfterMatch.NoSkip,
            1 => AfterMatch.SkipToNext,
            2 => AfterMatch.SkipPastLast,
            3 => AfterMatch.SkipToFirst(stage!, random.Next(2) == 0),
            _ => AfterMatch.SkipToLast(stage!, random.Next(2) == 0),
        };
    }

    /// <summary>All that a shape says, by other means than the printer's.</summary>
    private static string Described(PatternShape<Letter> shape)
    {
        var known = new List<object>();
        return $"{shape with { Elements = [] }}: {Elements(shape.Elements)}";

        string Elements(Element<Letter>[] elements) => string.Join("; ", elements.Select(element =>
            $"{element with { Where = null, Until = null, Group = null }} {Condition(element.Where)} {Condition(element.Until)} [{(element.Group is null ? "" : Elements(element.Group))}]"));

        string Condition(Condition<Letter>? condition) => condition switch
        {
            SimpleCondition<Letter> simple => $"{simple.Test.Method.Name}.{Number(simple.Test)}",
            RunCondition<Letter> run => $"{run.Test.Method.Name}.{Number(run.Test)}",
            AndCondition<Letter> and => $"({Condition(and.First)} and {Condition(and.Second)})",
            OrCondition<Letter> or => $"({Condition(or.First)} or {Condition(or.Second)})",
            _ => "-",
        };

        int Number(object test)
        {
            if (!known.Contains(test))
                known.Add(test);
            return known.IndexOf(test);
        }
    }
}
