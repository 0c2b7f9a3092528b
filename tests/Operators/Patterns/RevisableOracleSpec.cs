using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Revisable;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>Early matches and what takes them back, against trying every assignment (with a skip strategy: against the machine that waits)
/// on the rows that were left in the end: any order of arrival, rows taken back, restarts.</summary>
/// <remarks><c>ACTORSTREAMS_REVISABLE_CASES</c> says how many cases (default 400), <c>ACTORSTREAMS_REVISABLE_SEED</c> the first
/// seed.</remarks>
public sealed class RevisableOracleSpec
{
    private const long Step = 1_000;

    [Fact]
    public async Task All_changes_together_are_what_the_pattern_finds_in_the_end()
    {
        int cases = Number("ACTORSTREAMS_REVISABLE_CASES", 400), first = Number("ACTORSTREAMS_REVISABLE_SEED", 1);
        int matches = 0, taken = 0;
        for (int seed = first; seed < first + cases; seed++)
        {
            (int found, int retracted) = await CheckAsync(seed);
            (matches, taken) = (matches + found, taken + retracted);
        }

        Assert.True(matches > cases / 4 && taken > cases / 4, $"Only {matches} matches, {taken} taken back: the cases test nothing.");
    }

    private static async Task<(int Matches, int Retracted)> CheckAsync(int seed)
    {
        var random = new Random(seed);
        var pattern = RandomPattern.Of(random);
        pattern = pattern with
        {
            Within = pattern.Within * (int)Step,
            Parts = [.. pattern.Parts.Select(
                part => part with { WithinPrevious = part.WithinPrevious * (int)Step, WithinLoop = part.WithinLoop * (int)Step })],
        };
        List<Letter> letters = [.. RandomPattern.Stream(random).Select(letter => letter with { Time = letter.Time * Step })];
        List<(Letter Letter, int Weight)> arrivals = Arrivals(letters, random);
        Letter[] left = [.. letters.OrderBy(letter => letter.Time).ThenBy(letter => letter.At)];
        IEnumerable<string> wanted = pattern.Skip == AfterMatch.NoSkip ? pattern.Matches(left).Select(text => Named(text, left))
            : BruteForceSpec.Run(pattern.Build(), left);
        string[] expected = [.. wanted.Order(StringComparer.Ordinal)];

        var source = new TestSource<Change<Letter>>();
        var changes = new TestSink<Change<string>>();
        var confirmed = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline, source, pattern.Build(), changes, confirmed),
            seed: (ulong)seed);
        var script = new List<string>();
        for (int i = 0; i < arrivals.Count; i++)
        {
            (Letter letter, int weight) = arrivals[i];
            source.Element(new Change<Letter>(letter, weight), EventTime.ToDateTimeOffset(letter.Time));
            script.Add($"{(weight < 0 ? "-" : "")}{letter.Is}{letter.At}@{letter.Time / Step}");
            long least = arrivals.Skip(i + 1).Select(one => one.Letter.Time).DefaultIfEmpty(letter.Time + (3 * Step)).Min();
            if (random.Next(3) == 0)
            {
                source.Watermark(EventTime.ToDateTimeOffset(least));
                script.Add($"|{least / Step}");
            }

            if (random.Next(3) == 0)
                test.RunUntilIdle();
            if (random.Next(10) == 0)
            {
                test.Commit().CrashAndRestore();
                script.Add("!");
            }
        }

        source.Complete();
        test.RunUntilIdle();

        string what = $"Seed {seed}: {pattern} over {string.Join(' ', script)}";
        var sums = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Change<string> change in changes.Committed)
        {
            sums[change.Row] = sums.GetValueOrDefault(change.Row) + change.Weight;
            Assert.True(sums[change.Row] >= 0, $"{what}: {change.Row} was taken back before it came.");
        }

        string[] came = [.. sums.SelectMany(sum => Enumerable.Repeat(sum.Key, sum.Value)).Order(StringComparer.Ordinal)];
        Assert.True(expected.SequenceEqual(came),
            $"{what}: expected {string.Join(", ", expected)}, but the changes make {string.Join(", ", came)}: {string.Join(", ", changes.Committed)}");
        string[] final = [.. confirmed.Committed.Order(StringComparer.Ordinal)];
        Assert.True(expected.SequenceEqual(final),
            $"{what}: expected {string.Join(", ", expected)}, but confirmed are {string.Join(", ", final)}");
        if (pattern.Within is not null)
            AssertEmpty(test, what);
        return (came.Length, changes.Committed.Count(change => change.Weight < 0));
    }

    /// <summary>The order in which rows come; some that do not stay come too, and are taken back.</summary>
    private static List<(Letter Letter, int Weight)> Arrivals(List<Letter> letters, Random random)
    {
        bool inOrder = random.Next(4) == 0;
        var order = new List<(double When, Letter Letter, int Weight)>();
        foreach (Letter letter in letters)
            order.Add((letter.At + (inOrder ? 0 : random.NextDouble() * 4), letter, 1));
        for (int extra = random.Next(4); extra > 0; extra--)
        {
            var wrong = new Letter("abcd"[random.Next(4)], 100 + extra, random.Next(12) * Step);
            double when = random.NextDouble() * letters.Count;
            order.Add((when, wrong, 1));
            order.Add((when + ((random.NextDouble() - 0.3) * 5), wrong, -1));
        }

        List<(Letter Letter, int Weight)> arrivals = [.. order.OrderBy(one => one.When).Select(one => (one.Letter, one.Weight))];

        // Rows of one time are matched in the order of their arrival: their numbers say it.
        letters.Clear();
        for (int i = 0; i < arrivals.Count; i++)
        {
            if (arrivals[i].Letter.At >= 100)
                continue;
            arrivals[i] = (arrivals[i].Letter with { At = i }, 1);
            letters.Add(arrivals[i].Letter);
        }

        return arrivals;
    }

    private static string Named(string match, Letter[] left) =>
        string.Join(' ', match.Split(' ').Select(one => $"{one[0]}:{left[int.Parse(one.AsSpan(2), CultureInfo.InvariantCulture)].At}"));

    private static void Build(Pipeline pipeline, TestSource<Change<Letter>> source, Pattern<Letter> pattern,
        TestSink<Change<string>> changes, TestSink<string> confirmed)
    {
        static string Text(Match<int, Letter> match) => string.Join(' ', match.Stages.Zip(match.Rows, (stage, row) => $"{stage}:{row.At}"));
        pipeline.Read("letters", source).KeyBy(_ => 1).Match("op", pattern).ConfirmedTo(Text, out Stream<string> final).Select(Text)
            .Write("changes", changes);
        final.Write("confirmed", confirmed);
    }

    private static void AssertEmpty(StreamTest test, string what)
    {
        foreach (RevisableRegion<int, Letter> region in test.Job.Run.Actors.SelectMany(actor => actor.Context.EpochParts)
            .OfType<RevisableRegion<int, Letter>>())
        {
            var entities = (MatchEntities<int, Letter, Change<Letter>>)region.Entities;
            Assert.True((entities.States.Buffer.Events, entities.States.Buffer.Nodes, entities.States.Buffer.Runs,
                entities.Waiting.Count) == (0, 0, 0, 0), $"{what}: something is kept.");
        }
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
