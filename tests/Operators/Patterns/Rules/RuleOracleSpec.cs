using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns.Rules;

/// <summary>Random rules that come, change and go over random rows, with crashes, against the same rules one by one, each over just the
/// rows of its time.</summary>
/// <remarks><c>ACTORSTREAMS_RULE_CASES</c> says how many cases (default 150), <c>ACTORSTREAMS_RULE_SEED</c> the first seed.</remarks>
public sealed class RuleOracleSpec
{
    private const string Alphabet = "abcd";
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly record struct Row(int Key, Letter Letter);

    /// <summary>A rule from the change that brings it to the one that takes it away; in between its letters may change.</summary>
    private sealed record Life(string Id, RandomPattern Pattern, long From, long? Until, (long At, RandomPattern Pattern)? Change);

    [Fact]
    public async Task Rules_find_what_each_finds_alone_over_the_rows_of_its_time()
    {
        int cases = Number("ACTORSTREAMS_RULE_CASES", 150), first = Number("ACTORSTREAMS_RULE_SEED", 1), found = 0, kept = 0;
        for (int seed = first; seed < first + cases; seed++)
        {
            var random = new Random(seed);
            Row[] rows = Rows(random);
            Life[] lives = [.. Enumerable.Range(0, random.Next(1, 12)).SelectMany(id => Lives(random, $"r{id}"))];
            string[] expected = [.. lives.SelectMany(life => Alone(life, rows)).Order(StringComparer.Ordinal)];
            string[] actual;
            try
            {
                actual = await TogetherAsync(lives, rows, random);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }

            Assert.True(expected.AsSpan().SequenceEqual(actual),
                $"Seed {seed}:{Environment.NewLine}{string.Join(Environment.NewLine, lives.Select(life => life.ToString()))}{Environment.NewLine}" +
                $"over {string.Join(' ', rows.Select(row => $"{row.Key}{row.Letter.Is}{row.Letter.At}@{row.Letter.Time}"))}{Environment.NewLine}" +
                $"missing {string.Join(", ", Without(expected, actual))}{Environment.NewLine}too many {string.Join(", ", Without(actual, expected))}");
            found += expected.Length;
            kept += lives.Count(life => life.Change is not null);
        }

        Assert.True(found > cases * 5 && kept > cases, $"Only {found} matches and {kept} changes: the cases test nothing.");
    }

    private static List<string> Without(string[] these, string[] those)
    {
        List<string> left = [.. these];
        foreach (string one in those)
            left.Remove(one);
        return left;
    }

    private static Row[] Rows(Random random)
    {
        long step = random.Next(2) == 0 ? 1 : 60_000, time = 0;
        var rows = new Row[random.Next(1, 40)];
        for (int i = 0; i < rows.Length; i++)
        {
            time += random.Next(3) * step;
            rows[i] = new Row(random.Next(3), new Letter(Alphabet[random.Next(Alphabet.Length)], i, time));
        }

        return rows;
    }

    private static IEnumerable<Life> Lives(Random random, string id)
    {
        long step = random.Next(2) == 0 ? 1 : 60_000, at = random.Next(3) == 0 ? -1 : random.Next(20) * step;
        int lives = random.Next(1, 4);
        for (int i = 0; i < lives; i++)
        {
            RandomPattern pattern = RandomPattern.Of(random);
            long from = at;
            (long, RandomPattern)? change = random.Next(2) == 0 ? (at += random.Next(1, 10) * step, OtherLetters(pattern)) : null;
            at += random.Next(1, 15) * step;
            yield return new Life(id, pattern, from, i == lives - 1 && random.Next(2) == 0 ? null : at, change);
            at += random.Next(1, 5) * step;
        }
    }

    /// <summary>The same stages, that take other letters.</summary>
    private static RandomPattern OtherLetters(RandomPattern pattern) => pattern with { Parts = [.. pattern.Parts.Select(Other)] };

    private static Part Other(Part part) => part with
    {
        Letters = string.Concat(part.Letters.Select(letter => (char)('a' + ((letter - 'a' + 1) % Alphabet.Length)))),
        Group = part.Group is null ? null : [.. part.Group.Select(Other)],
    };

    /// <summary>One rule alone: its machine is shown the rows from its first moment to its last, and asks the time which letters a stage
    /// takes.</summary>
    private static IEnumerable<string> Alone(Life life, Row[] rows)
    {
        var conditions = new PatternConditions<Letter>();
        RandomPattern after = life.Change?.Pattern ?? life.Pattern;
        foreach ((Part old, Part later) in Stages(life.Pattern.Parts).Zip(Stages(after.Parts)))
            conditions.Add($"{old.Name}",
                letter => (letter.Time < (life.Change?.At ?? long.MaxValue) ? old : later).Letters.Contains(letter.Is,
                StringComparison.Ordinal));
        Pattern<Letter> pattern = Pattern.Parse(Text(life.Pattern, part => $"where {part.Name}"), conditions);
        foreach (IGrouping<int, Row> key in rows.GroupBy(row => row.Key))
        {
            Letter[] events = [.. key.Where(row => row.Letter.Time >= life.From && row.Letter.Time < (life.Until ?? long.MaxValue))
                .Select(row => row.Letter)];
            foreach (string match in BruteForceSpec.Run(pattern, events, life.Until ?? (EventTime.MaxValue - 1)))
                yield return $"{life.Id} {key.Key} {match}";
        }
    }

    private static IEnumerable<Part> Stages(IEnumerable<Part> parts) =>
        parts.SelectMany(part => part.Group is null ? [part] : Stages(part.Group));

    private static async Task<string[]> TogetherAsync(Life[] lives, Row[] rows, Random random)
    {
        var conditions = new PatternConditions<Row>();
        foreach (char letter in Alphabet)
            conditions.Add($"is-{letter}", row => row.Letter.Is == letter);
        conditions.AddProperty("letter", row => row.Letter.Is.ToString()).AddProperty("code", row => (int)row.Letter.Is);
        var rowSource = new TestSource<Row>();
        var changeSource = new TestSource<RuleChange>();
        var sink = new TestSink<string>();
        var options = new JobOptions
        {
            Parallelism = random.Next(1, 4),
            Shards = 4,
            BatchRows = 16,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null
        };
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rowSource).KeyBy(row => row.Key)
            .Match("rules", pipeline.Read("changes", changeSource), conditions)
                .Select(match =>
                $"{match.Rule} {match.Key} {string.Join(' ', match.Rows.Select((row, i) => $"{match.Stages[i]}:{row.Letter.At}"))}")
            .Write("out", sink), options);

        List<(long Time, RuleChange Change)> changes = [.. Changes(lives, random)];
        long from = long.MinValue;
        foreach (long border in (long[])[.. Borders(rows, random), long.MaxValue])
        {
            var inputs = new List<Action>();
            foreach (IGrouping<long, Row> time in rows.Where(row => row.Letter.Time >= from && row.Letter.Time < border)
                .GroupBy(row => row.Letter.Time))
            {
                inputs.Add(() =>
                {
                    foreach (Row row in time)
                        rowSource.Element(row, At(row.Letter.Time));
                });
            }

            foreach ((long time, RuleChange change) in changes.Where(change => change.Time >= from && change.Time < border))
                inputs.Add(() => changeSource.Element(change, At(time)));
            foreach (Action input in inputs.OrderBy(_ => random.Next()))
            {
                input();
                if (random.Next(12) == 0)
                    test.Commit();
                if (random.Next(20) == 0)
                    test.CrashAndRestore(random.Next(1, 5));
            }

            if (border != long.MaxValue)
            {
                rowSource.Watermark(At(border));
                changeSource.Watermark(At(border));
            }

            from = border;
        }

        rowSource.Complete();
        changeSource.Complete();
        test.RunUntilIdle();
        Assert.All((string[])["changes_refused", "changes_late", "changes_stale", "late_dropped"],
            counter => Assert.Equal(0, test.Job.Metrics.CounterOf(new("rules"), counter)));
        return [.. sink.Committed.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<long> Borders(Row[] rows, Random random) => rows.Select(row => row.Letter.Time)
        .Where(_ => random.Next(10) == 0).Distinct().Order();

    private static DateTimeOffset At(long time) => s_start.AddMicroseconds(time);

    private static IEnumerable<(long Time, RuleChange Change)> Changes(Life[] lives, Random random)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (Life life in lives)
        {
            yield return (life.From, RuleChange.Put(life.Id, Version(), Text(life.Pattern, Where)));
            if (life.Change is { } change)
                yield return (change.At, RuleChange.Put(life.Id, Version(), Text(change.Pattern, Where)));
            if (life.Until is { } until)
                yield return (until, RuleChange.Remove(life.Id, Version()));

            long Version() => versions[life.Id] = versions.GetValueOrDefault(life.Id) + 1;
        }

        // The same letters, said in ways that the index finds differently.
        string Where(Part part) => $"where {string.Join(" or ", part.Letters.Select(letter => random.Next(5) switch
        {
            0 => $"is-{letter}",
            1 => $"(code = {(int)letter} and is-{letter})",
            2 => $"(letter = {letter} and not code = 7)",
            _ => $"letter = {letter}",
        }))}";
    }

    private static string Text(RandomPattern pattern, Func<Part, string> where) =>
        Text(pattern.Parts, where) +
            (pattern.Within is { } within ? string.Create(CultureInfo.InvariantCulture, $" within {within} us") : "") +
            " max 100000 partial matches";

    private static string Text(Part[] parts, Func<Part, string> where) =>
        string.Concat(parts.Select(part => Link(part.Contiguity) + Text(part, where)));

    private static string Text(Part part, Func<Part, string> where)
    {
        string often = part.IsRepeated
            ? string.Create(CultureInfo.InvariantCulture, $"{{{part.Min},{(part.Max == int.MaxValue ? "" : part.Max)}}}") : "";
        string between = !part.IsRepeated ? "" : part.Inner switch
        {
            Contiguity.Strict => " consecutive",
            Contiguity.Any => " combinations",
            _ => ""
        };
        return (part.Group is null ? $"{part.Name}" : $"({Text(part.Group, where)})") + often + (part.IsOptional ? "?" : "") +
            (part.Group is null ? $" {where(part)}" : "") + between;
    }

    private static string Link(Contiguity contiguity) => contiguity switch
    {
        Contiguity.Begin => "",
        Contiguity.Strict => " next ",
        Contiguity.Relaxed => " followedBy ",
        Contiguity.Any => " followedByAny ",
        Contiguity.NotNext => " notNext ",
        _ => " notFollowedBy ",
    };

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
