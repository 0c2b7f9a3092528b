namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>A stage, or a group of stages, of a random pattern.</summary>
internal sealed record Part(
    char Name, Contiguity Contiguity, string Letters, int Min = 1, int Max = 1, bool IsRepeated = false, bool IsOptional = false,
        Contiguity Inner = Contiguity.Relaxed, Part[]? Group = null)
{
    /// <summary>Since the row before; 0: whenever.</summary>
    public int WithinPrevious { get; init; }

    /// <summary>Between repetitions; 0: whenever.</summary>
    public int WithinLoop { get; init; }

    /// <summary>Of a group: from the first row of a run through it to the last; 0: however long.</summary>
    public int Within { get; init; }

    public bool IsGreedy { get; init; }

    /// <summary>Letters that end the repetition.</summary>
    public string Until { get; init; } = "";

    public bool IsNegation => Contiguity is Contiguity.NotNext or Contiguity.NotFollowedBy;

    public override string ToString()
    {
        string what = Group is null ? $"{Name}[{Letters}]" : $"({string.Join(' ', Group.Select(part => part.ToString()))})";
        return $"{Contiguity} {what}{(IsRepeated ? $"{{{Min},{Max}}} {Inner}" : "")}{(IsOptional ? "?" : "")}" +
            $"{(IsGreedy ? " greedy" : "")}{(Until.Length > 0 ? $" until [{Until}]" : "")}{(WithinPrevious > 0 ? $" within previous {WithinPrevious}" : "")}{(WithinLoop > 0 ? $" within loop {WithinLoop}" : "")}" +
            (Within > 0 ? $" within each {Within}" : "");
    }
}

/// <summary>An event: a letter at a time.</summary>
internal readonly record struct Letter(char Is, int At, long Time);

/// <summary>A match, and what decides what it leaves of others.</summary>
/// <param name="Text"><c>stage:event</c> in order of events.</param>
/// <param name="Rows">The stage and event of each row.</param>
/// <param name="Completed">The event that completes it.</param>
internal sealed record FoundMatch(string Text, (char Stage, int Event)[] Rows, int Completed)
{
    public int Start => Rows[0].Event;
}

/// <summary>A random pattern over few letters, and the slow and obvious way to find its matches: try every assignment of events to
/// stages.</summary>
internal sealed record RandomPattern(Part[] Parts, int? Within)
{
    private const string Alphabet = "abcd";

    public AfterMatch Skip { get; init; } = AfterMatch.NoSkip;

    public static RandomPattern Of(Random random)
    {
        char name = 'p';
        var parts = new List<Part>();
        int count = random.Next(1, 5);
        for (int i = 0; i < count; i++)
            parts.Add(RandomPart(random, i == 0 ? Contiguity.Begin : RandomContiguity(random), ref name, mayGroup: true));
        if (parts.TrueForAll(part => part.IsOptional))
            parts[^1] = parts[^1] with { IsOptional = false };
        int? within = random.Next(3) == 0 ? random.Next(1, 8) : null;

        for (int i = 0; i < parts.Count; i++)
            parts[i] = WithBounds(random, parts[i], within, isFirst: i == 0, mayBeGreedy: i + 1 < parts.Count && !parts[i + 1].IsOptional);

        // What must not come: never a letter of the stage before or after it, so that one event does not say both; and not after a
        // repetition, which it would end as a whole.
        for (int i = parts.Count - 1; i > 0; i--)
        {
            if (random.Next(4) != 0 || parts[i - 1].IsOptional || parts[i - 1].IsRepeated || parts[i - 1].Group is not null
                || parts[i].IsOptional || parts[i].Group is not null)
                continue;
            string others = string.Concat(Alphabet.Except(parts[i].Letters).Except(AllLetters(parts[i - 1])));
            if (others.Length > 0 && !parts[i - 1].IsGreedy)
                parts.Insert(i,
                    new Part(name++, random.Next(2) == 0 ? Contiguity.NotNext : Contiguity.NotFollowedBy,
                    $"{others[random.Next(others.Length)]}"));
        }

        string last = string.Concat(Alphabet.Except(AllLetters(parts[^1])));
        if (parts[^1] is { IsOptional: false, IsRepeated: false, Group: null } && last.Length > 0 && random.Next(6) == 0)
            parts.Add(new Part(name, within is null ? Contiguity.NotNext
                : (Contiguity)random.Next((int)Contiguity.NotNext, (int)Contiguity.NotFollowedBy + 1),
                $"{last[random.Next(last.Length)]}"));
        var pattern = new RandomPattern([.. parts], within);
        return within is null || random.Next(3) != 0 ? pattern : pattern with { Skip = RandomSkip(random, parts) };
    }

    /// <summary>A pattern of groups, most of them repeated, with stages in them that may be absent or loop.</summary>
    /// <param name="random">Where it comes from.</param>
    /// <param name="mayBeAbsent">Whether stages in groups may be absent.</param>
    /// <param name="isBounded">Whether groups, and stages in them, have time bounds of their own.</param>
    public static RandomPattern OfGroups(Random random, bool mayBeAbsent, bool isBounded)
    {
        char name = 'p';
        var parts = new Part[random.Next(1, 4)];
        int groupAt = random.Next(parts.Length);
        for (int i = 0; i < parts.Length; i++)
        {
            Contiguity contiguity = i == 0 ? Contiguity.Begin : RandomContiguity(random);
            parts[i] = i == groupAt ? RandomGroup(random, contiguity, ref name, mayBeAbsent, isBounded, nests: random.Next(4) == 0)
                : new Part(name++, contiguity, Letters(random));
        }

        return new RandomPattern(parts, random.Next(3) == 0 ? random.Next(isBounded ? 6 : 2, 9) : null);
    }

    public static Letter[] Stream(Random random)
    {
        var letters = new Letter[random.Next(0, 9)];
        long time = 0;
        for (int i = 0; i < letters.Length; i++)
        {
            time += random.Next(3);
            letters[i] = new Letter(Alphabet[random.Next(Alphabet.Length)], i, time);
        }

        return letters;
    }

    public override string ToString() =>
        $"{string.Join(" ; ", Parts.Select(part => part.ToString()))}{(Within is null ? "" : $" within {Within}")}{(Skip == AfterMatch.NoSkip ? "" : $" skip {Skip}")}";

    /// <summary>The same pattern in the public API.</summary>
    public Pattern<Letter> Build()
    {
        Pattern<Letter, Letter> pattern = Build(Parts).MaxPartialMatches(100_000).AfterMatch(Skip);
        return Within is { } within ? pattern.Within(TimeSpan.FromMicroseconds(within)) : pattern;
    }

    /// <summary>Every match, found by trying every assignment: <c>stage:event</c> in order of events. What a match ends is not looked
    /// at.</summary>
    public IEnumerable<string> Matches(Letter[] events) => AllMatches(events).Select(match => match.Text);

    /// <summary>Every match, whatever a match ends.</summary>
    public IEnumerable<FoundMatch> AllMatches(Letter[] events)
    {
        int completes = Parts[^1].Contiguity == Contiguity.NotNext ? 1 : 0;
        foreach (List<Slot> word in Words(Parts, null, events.Length))
        {
            foreach (int[] at in Assignments(word, events))
            {
                bool isInTime = Within is null || at.Length == 0 || events[at[^1]].Time - events[at[0]].Time < Within;
                if (at.Length == 0 || !isInTime || !EndsWell(word, events, at))
                    continue;
                int completed = Parts[^1].Contiguity == Contiguity.NotFollowedBy ? int.MaxValue : at[^1] + completes;
                yield return new FoundMatch(string.Join(' ', at.Select((index, i) => $"{word[i].Stage}:{index}")),
                    [.. at.Select((index, i) => (word[i].Stage, index))], completed);
            }
        }
    }

    /// <summary>Where others must have begun that a match leaves: what began before is gone.</summary>
    public int BoundAfter(FoundMatch match)
    {
        char stage = Skip.Stage is { } name ? name[0] : ' ';
        return Skip.Kind switch
        {
            SkipKind.ToNext => match.Start + 1,
            SkipKind.PastLast => match.Rows[^1].Event + 1,
            SkipKind.ToFirst => match.Rows.Where(row => row.Stage == stage).Select(row => row.Event).FirstOrDefault(-1),
            _ => match.Rows.Where(row => row.Stage == stage).Select(row => row.Event).LastOrDefault(-1),
        };
    }

    private static AfterMatch RandomSkip(Random random, List<Part> parts)
    {
        Part[] stages = [.. parts.SelectMany(part => part.Group ?? [part]).Where(part => !part.IsNegation)];
        string stage = $"{stages[random.Next(stages.Length)].Name}";
        return random.Next(4) switch
        {
            0 => AfterMatch.SkipToNext,
            1 => AfterMatch.SkipPastLast,
            2 => AfterMatch.SkipToFirst(stage),
            _ => AfterMatch.SkipToLast(stage),
        };
    }

    private static Part WithBounds(Random random, Part part, int? within, bool isFirst, bool mayBeGreedy)
    {
        int longest = (within ?? 6) + 1;
        if (!isFirst && random.Next(6) == 0)
            part = part with { WithinPrevious = random.Next(1, longest) };
        if (!part.IsRepeated)
            return part;
        if (random.Next(6) == 0)
            part = part with { WithinLoop = random.Next(1, longest) };
        if (part.Group is not null)
            return part;
        if (mayBeGreedy && part.Inner != Contiguity.Any && random.Next(4) == 0)
            return part with { IsGreedy = true };
        return part.Max == int.MaxValue && random.Next(3) == 0 ? part with { Until = Letters(random) } : part;
    }

    private static Part RandomPart(Random random, Contiguity contiguity, ref char name, bool mayGroup)
    {
        var part = new Part(name++, contiguity, Letters(random));
        if (mayGroup && random.Next(6) == 0)
        {
            var group = new Part[random.Next(1, 3)];
            for (int i = 0; i < group.Length; i++)
                group[i] = RandomPart(random, i == 0 ? Contiguity.Begin : RandomContiguity(random), ref name,
                    mayGroup: false) with
                { IsOptional = false };
            part = part with { Group = group };
        }

        if (random.Next(3) == 0)
        {
            int min = random.Next(1, 3);
            part = part with
            {
                IsRepeated = true,
                Min = min,
                Max = random.Next(4) == 0 ? int.MaxValue : min + random.Next(0, 3),
                Inner = RandomContiguity(random)
            };
        }

        return part with { IsOptional = random.Next(5) == 0 };
    }

    private static Part RandomGroup(Random random, Contiguity contiguity, ref char name, bool mayBeAbsent, bool isBounded, bool nests)
    {
        int min = random.Next(1, 3), max = min + random.Next(0, 3);
        var group = new Part[random.Next(1, 4)];
        for (int i = 0; i < group.Length; i++)
        {
            Contiguity inner = i == 0 ? Contiguity.Begin : RandomContiguity(random);
            group[i] = nests && i == group.Length - 1 ? RandomGroup(random, inner, ref name, mayBeAbsent, isBounded, nests: false)
                : new Part(name++, inner, Letters(random));
            if (isBounded && i > 0 && random.Next(4) == 0)
                group[i] = group[i] with { WithinPrevious = random.Next(1, 6) };
            if (mayBeAbsent && random.Next(2) == 0)
                group[i] = group[i] with { IsOptional = true };
        }

        return new Part(name++, contiguity, "", min, max, IsRepeated: true, Inner: RandomContiguity(random), Group: group)
        {
            Within = isBounded && random.Next(3) > 0 ? random.Next(1, 6) : 0,
        };
    }

    private static string AllLetters(Part part) => part.Group is null ? part.Letters : string.Concat(part.Group.Select(AllLetters));

    private static string Letters(Random random) => string.Concat(Alphabet.OrderBy(_ => random.Next()).Take(random.Next(1, 3)).Order());

    private static Contiguity RandomContiguity(Random random) => (Contiguity)random.Next((int)Contiguity.Strict, (int)Contiguity.Any + 1);

    private static Pattern<Letter, Letter> Build(Part[] parts)
    {
        Pattern<Letter, Letter>? pattern = null;
        foreach (Part part in parts)
        {
            pattern = part.Group is null ? Stage(pattern, part) : Group(pattern, part);
            if (part.IsRepeated)
            {
                pattern = part.Max == int.MaxValue ? pattern.TimesOrMore(part.Min) : pattern.Times(part.Min, part.Max);
                pattern = part.Inner switch
                {
                    Contiguity.Strict => pattern.Consecutive(),
                    Contiguity.Any => pattern.AllowCombinations(),
                    _ => pattern
                };
                pattern = part.IsGreedy ? pattern.Greedy() : pattern;
                string until = part.Until;
                pattern = until.Length > 0 ? pattern.Until((Letter letter) => until.Contains(letter.Is, StringComparison.Ordinal))
                    : pattern;
                pattern = part.WithinLoop > 0 ? pattern.WithinLoop(TimeSpan.FromMicroseconds(part.WithinLoop)) : pattern;
            }

            if (part.WithinPrevious > 0)
                pattern = pattern.WithinPrevious(TimeSpan.FromMicroseconds(part.WithinPrevious));

            if (part.IsOptional)
                pattern = pattern.Optional();
        }

        return pattern!;
    }

    private static Pattern<Letter, Letter> Stage(Pattern<Letter, Letter>? before, Part part)
    {
        string name = $"{part.Name}", letters = part.Letters;
        bool Is(Letter letter) => letters.Contains(letter.Is, StringComparison.Ordinal);
        return part.Contiguity switch
        {
            Contiguity.Begin => Pattern.Begin<Letter>(name, Is),
            Contiguity.Strict => before!.Next(name, Is),
            Contiguity.Relaxed => before!.FollowedBy(name, Is),
            Contiguity.Any => before!.FollowedByAny(name, Is),
            Contiguity.NotNext => before!.NotNext(name, Is),
            _ => before!.NotFollowedBy(name, Is),
        };
    }

    private static Pattern<Letter, Letter> Group(Pattern<Letter, Letter>? before, Part part) => part.Contiguity switch
    {
        Contiguity.Begin => Pattern.Begin(Bounded(part)),
        Contiguity.Strict => before!.Next(Bounded(part)),
        Contiguity.Relaxed => before!.FollowedBy(Bounded(part)),
        _ => before!.FollowedByAny(Bounded(part)),
    };

    private static Pattern<Letter, Letter> Bounded(Part part) =>
        part.Within > 0 ? Build(part.Group!).Within(TimeSpan.FromMicroseconds(part.Within)) : Build(part.Group!);

    /// <summary>One event to be chosen, with what stands between it and the one before.</summary>
    private sealed record Slot(char Stage, string Letters, Contiguity Contiguity, List<Part> Negations)
    {
        /// <summary>It comes less than this after the one before; 0: whenever.</summary>
        public int Gap { get; init; }

        /// <summary>It comes less than a span after the event so many slots before.</summary>
        public (int Back, int Span)[] Bounds { get; init; } = [];

        /// <summary>Letters that the event must not be, because they end the repetition.</summary>
        public string Ends { get; init; } = "";

        /// <summary>Letters of which none may stand between the one before and this one.</summary>
        public string NotBetween { get; init; } = "";

        /// <summary>Letters that a greedy stage before it takes: none from there to this one, it included.</summary>
        public string Claimed { get; init; } = "";
    }

    /// <summary>Every sequence of stages that the pattern allows, optional ones in or out, repetitions counted out.</summary>
    private static IEnumerable<List<Slot>> Words(ReadOnlyMemory<Part> parts, Contiguity? head, int longest, List<Part>? negations = null,
        int headGap = 0, string claimed = "")
    {
        negations ??= [];
        if (parts.IsEmpty)
        {
            yield return negations.Count == 0 ? [] : [new Slot('!', "", Contiguity.Begin, negations)];
            yield break;
        }

        Part part = parts.Span[0];
        if (part.IsNegation)
        {
            foreach (List<Slot> word in Words(parts[1..], null, longest, [.. negations, part]))
                yield return word;
            yield break;
        }

        for (int times = part.IsOptional ? 0 : part.Min; times <= Math.Min(part.Max, Math.Max(longest, part.Min)); times = times == 0
            ? part.Min : times + 1)
        {
            foreach (List<Slot> own in Repeat(part, head ?? part.Contiguity, headGap, times, longest))
            {
                if (own.Count > longest)
                    continue;
                if (own.Count > 0 && negations.Count > 0)
                    own[0] = own[0] with { Negations = negations };
                if (own.Count > 0)
                    own[0] = own[0] with { Claimed = claimed };
                string claims = part.IsGreedy && part.Min != part.Max ? part.Letters : "";
                foreach (List<Slot> rest in Words(parts[1..], null, longest - own.Count, own.Count > 0 ? [] : negations, claimed: claims))
                    yield return [.. own, .. rest];
            }
        }
    }

    private static IEnumerable<List<Slot>> Repeat(Part part, Contiguity first, int headGap, int times, int longest)
    {
        if (times == 0)
        {
            yield return [];
            yield break;
        }

        int gap = times > 1 ? part.WithinLoop : part.WithinPrevious > 0 ? part.WithinPrevious : headGap;
        foreach (List<Slot> before in Repeat(part, first, headGap, times - 1, longest))
        {
            Contiguity contiguity = times == 1 ? first : part.Inner;
            if (before.Count > longest || (before.Count == longest && part.Group is null))
                continue;
            if (part.Group is null)
            {
                yield return [.. before,
                    new Slot(part.Name, part.Letters, contiguity, []) { Gap = gap, Ends = part.Until, NotBetween = times > 1 ? part.Until
                    : "" }];
                continue;
            }

            foreach (List<Slot> once in Words(part.Group, contiguity, longest - before.Count, headGap: gap))
                yield return [.. before, .. part.Within == 0 ? once : once.Select((slot, i) => i == 0 ? slot
                    : slot with { Bounds = [.. slot.Bounds, (i, part.Within)] })];
        }
    }

    private static IEnumerable<int[]> Assignments(List<Slot> word, Letter[] events)
    {
        int count = word.Count(slot => slot.Stage != '!');
        return Choose([], 0);

        IEnumerable<int[]> Choose(int[] chosen, int slot)
        {
            if (slot == count)
            {
                yield return chosen;
                yield break;
            }

            int last = slot == 0 ? -1 : chosen[^1];
            for (int at = last + 1; at < events.Length; at++)
            {
                if (!Fits(word[slot], events, last, at, slot == 0) || !IsInTime(word, events, chosen, at))
                    continue;
                foreach (int[] whole in Choose([.. chosen, at], slot + 1))
                    yield return whole;
            }
        }
    }

    private static bool IsInTime(List<Slot> word, Letter[] events, int[] chosen, int at) =>
        Array.TrueForAll(word[chosen.Length].Bounds, bound => events[at].Time - events[chosen[^bound.Back]].Time < bound.Span);

    private static bool Fits(Slot slot, Letter[] events, int last, int at, bool isFirst)
    {
        if (!slot.Letters.Contains(events[at].Is, StringComparison.Ordinal))
            return false;
        if (slot.Ends.Contains(events[at].Is, StringComparison.Ordinal) || slot.Claimed.Contains(events[at].Is, StringComparison.Ordinal))
            return false;
        if (isFirst)
            return true;
        if (slot.Gap > 0 && events[at].Time - events[last].Time >= slot.Gap)
            return false;
        if (events[(last + 1)..at].Any(
            between => slot.NotBetween.Contains(between.Is, StringComparison.Ordinal)
            || slot.Claimed.Contains(between.Is, StringComparison.Ordinal)))
            return false;
        bool isContiguous = slot.Contiguity switch
        {
            Contiguity.Any => true,
            Contiguity.Relaxed => !events[(last + 1)..at].Any(skipped => slot.Letters.Contains(skipped.Is, StringComparison.Ordinal)),
            _ => at == last + 1,
        };
        return isContiguous && slot.Negations.TrueForAll(negation => negation.Contiguity == Contiguity.NotNext
            ? !negation.Letters.Contains(events[last + 1].Is, StringComparison.Ordinal)
            : !events[(last + 1)..at].Any(skipped => negation.Letters.Contains(skipped.Is, StringComparison.Ordinal)));
    }

    /// <summary>Whether what must not come at the end does not: the next event is another one; none comes while there is time.</summary>
    private bool EndsWell(List<Slot> word, Letter[] events, int[] at)
    {
        if (word.Count == at.Length)
            return true;
        int last = at[^1];
        return word[^1].Negations.TrueForAll(negation => negation.Contiguity == Contiguity.NotNext
            ? last + 1 < events.Length && !negation.Letters.Contains(events[last + 1].Is, StringComparison.Ordinal)
                && (Within is null || events[last + 1].Time - events[at[0]].Time < Within)
            : !events[(last + 1)..].Any(
                later => later.Time - events[at[0]].Time < Within && negation.Letters.Contains(later.Is, StringComparison.Ordinal)));
    }
}
