using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>The machine against trying every assignment of events to stages, on random small patterns and streams.</summary>
/// <remarks><c>ACTORSTREAMS_PATTERN_CASES</c> says how many cases (default 10,000), <c>ACTORSTREAMS_PATTERN_SEED</c> the first
/// seed.</remarks>
public sealed class BruteForceSpec
{
    [Fact]
    public void The_machine_finds_what_trying_every_assignment_finds()
    {
        int cases = Number("ACTORSTREAMS_PATTERN_CASES", 10_000), first = Number("ACTORSTREAMS_PATTERN_SEED", 1);
        int found = 0;
        for (int seed = first; seed < first + cases; seed++)
        {
            var random = new Random(seed);
            var pattern = RandomPattern.Of(random);
            Letter[] events = RandomPattern.Stream(random);
            found += pattern.Matches(events).Count();
            if (Difference(pattern, events) is null)
                continue;
            (pattern, events) = Shrink(pattern, events);
            Assert.Fail($"Seed {seed}: {pattern}{Environment.NewLine}over {string.Join(' ', events.Select(letter => $"{letter.Is}@{letter.Time}"))}:{Environment.NewLine}{Difference(pattern, events)}");
        }

        Assert.True(found > cases / 2, $"Only {found} matches: the cases test nothing.");
    }

    /// <returns>Null if there is none.</returns>
    private static string? Difference(RandomPattern pattern, Letter[] events)
    {
        if (pattern.Skip.Kind != SkipKind.None)
            return SkipDifference(pattern, events);
        string[] expected = [.. pattern.Matches(events).Order(StringComparer.Ordinal)];
        string[] actual = [.. Run(pattern, events).Order(StringComparer.Ordinal)];
        return expected.SequenceEqual(actual, StringComparer.Ordinal)
            ? null
            : $"expected {string.Join(", ", expected)}{Environment.NewLine}but was  {string.Join(", ", actual)}";
    }

    /// <summary>
    /// Matches leave in the order of their first events, and of their last ones; each ends what began before it says. Which of several is
    /// the first that leave together is not said.
    /// </summary>
    private static string? SkipDifference(RandomPattern pattern, Letter[] events)
    {
        List<FoundMatch> left = [.. pattern.AllMatches(events)];
        int bound = -1;
        List<string> actual = Run(pattern, events);
        for (int i = 0; i < actual.Count; i++)
        {
            int start = left.Select(match => match.Start).DefaultIfEmpty(-1).Min();
            FoundMatch[] next = [.. left.Where(match => match.Start == start)];
            next = [.. next.Where(match => match.Completed == next.Min(one => one.Completed))];
            FoundMatch? match = Array.Find(next, one => string.Equals(one.Text, actual[i], StringComparison.Ordinal));
            if (match is null)
                return $"expected {string.Join(" or ", next.Select(one => one.Text))} as number {i + 1}{Environment.NewLine}but were {string.Join(", ", actual)}";
            left.Remove(match);
            bound = Math.Max(bound, pattern.BoundAfter(match));
            left.RemoveAll(one => one.Start < bound);
        }

        return left.Count == 0 ? null : $"expected {left[0].Text} too{Environment.NewLine}but were {string.Join(", ", actual)}";
    }

    private static List<string> Run(RandomPattern pattern, Letter[] events) => Run(pattern.Build(), events);

    /// <summary>The matches the machine finds: <c>stage:event</c> in order of events.</summary>
    internal static List<string> Run(Pattern<Letter> pattern, Letter[] events, long until = EventTime.MaxValue - 1)
    {
        Automaton<Letter> automaton = PatternCompiler<Letter>.Compile(pattern.Shape);
        var buffer = new MatchBuffer<Letter>(withPositions: false);
        var output = new Found(automaton, buffer);
        var matcher = new Matcher<Letter>(automaton, buffer, output);
        var runs = KeyRuns.None;
        foreach (Letter letter in events)
        {
            // As the operator does it: what changes nothing is not even looked at.
            matcher.Expire(ref runs, letter.Time);
            if (automaton.RowFilters is { } filters && !filters.Any(filter => filter(letter)))
                continue;
            if (runs.First < 0 && automaton.StartFilter is { } starts && !starts(letter))
                continue;
            matcher.OnRow(ref runs, letter, letter.Time, -1);
        }

        matcher.Expire(ref runs, until);
        if (pattern.Shape.Within is not null && until == EventTime.MaxValue - 1)
            Assert.Equal((0, 0, 0), (buffer.Events, buffer.Nodes, buffer.Runs));
        return output.Matches;
    }

    private static (RandomPattern Pattern, Letter[] Events) Shrink(RandomPattern pattern, Letter[] events)
    {
        while (true)
        {
            (RandomPattern Pattern, Letter[] Events)? smaller = Smaller(pattern, events).Cast<(RandomPattern, Letter[])?>()
                .FirstOrDefault(one => Fails(one!.Value));
            if (smaller is null)
                return (pattern, events);
            (pattern, events) = smaller.Value;
        }
    }

    private static bool Fails((RandomPattern Pattern, Letter[] Events) one)
    {
        try
        {
            return Difference(one.Pattern, one.Events) is not null;
        }
        catch (PipelineException)
        {
            return false;
        }
    }

    private static IEnumerable<(RandomPattern Pattern, Letter[] Events)> Smaller(RandomPattern pattern, Letter[] events)
    {
        for (int i = 0; i < events.Length; i++)
            yield return (pattern, [.. events.Where((_, at) => at != i).Select((letter, at) => letter with { At = at })]);
        if (pattern.Skip.Kind != SkipKind.None)
            yield return (pattern with { Skip = AfterMatch.NoSkip }, events);
        else if (pattern.Within is not null)
            yield return (pattern with { Within = null }, events);
        for (int i = 0; i < pattern.Parts.Length; i++)
        {
            Part part = pattern.Parts[i];
            if (i > 0)
                yield return (pattern with { Parts = [.. pattern.Parts.Where((_, at) => at != i)] }, events);
            if (part.IsRepeated)
                yield return (With(i, part with { IsRepeated = false, Min = 1, Max = 1, IsGreedy = false, Until = "", WithinLoop = 0 }),
                    events);
            if (part.IsGreedy || part.Until.Length > 0)
                yield return (With(i, part with { IsGreedy = false, Until = "" }), events);
            if (part.WithinPrevious > 0 || part.WithinLoop > 0)
                yield return (With(i, part with { WithinPrevious = 0, WithinLoop = 0 }), events);
            if (part.IsOptional)
                yield return (With(i, part with { IsOptional = false }), events);
        }

        RandomPattern With(int at, Part part) => pattern with { Parts = [.. pattern.Parts.Select((one, i) => i == at ? part : one)] };
    }

    internal static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private sealed class Found(Automaton<Letter> automaton, MatchBuffer<Letter> buffer) : IMatchOutput
    {
        public List<string> Matches { get; } = [];

        public void OnMatch(int node, long time)
        {
            var events = MatchedEvents<Letter>.Of(buffer, node, withPositions: false);
            Matches.Add(string.Join(' ', events.Rows.Select((letter, i) => $"{automaton.Stages[events.At[i].Stage]}:{letter.At}")));
        }

        public void OnTimedOut(int node, int waitedFor, long deadline)
        {
        }
    }
}
