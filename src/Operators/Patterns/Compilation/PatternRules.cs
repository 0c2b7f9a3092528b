using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Compilation;

/// <summary>What patterns must keep, checked as they are written; what needs the whole pattern is checked when it is used.</summary>
internal static class PatternRules
{
    public static string Name(string name) => !string.IsNullOrWhiteSpace(name)
        ? name
        : throw new PipelineException("A stage of a pattern has no name. Its name identifies it in matches and in stored partial matches.");

    /// <summary>A pattern as a part of another; its time bound is that of each run through it.</summary>
    public static Element<T> Group<T>(Pattern<T> group, Contiguity contiguity)
    {
        ArgumentNullException.ThrowIfNull(group);
        PatternShape<T> shape = group.Shape;
        var element = new Element<T>("", contiguity) { Group = shape.Elements, Within = shape.Within ?? 0 };
        if (shape.MaxPartialMatches is null && shape.Skip.Kind == SkipKind.None)
            return element;
        string what = shape.MaxPartialMatches is null ? "a skip strategy" : "a limit of partial matches";
        throw new PipelineException($"The group that begins with stage '{FirstOf(element)}' has {what} of its own: " +
            "say it of the whole pattern, after the group is part of it, as in Pattern.Begin(group).Times(2).AfterMatch(…).MaxPartialMatches(…).");
    }

    public static void NotGroup<T>(Element<T> element, string what)
    {
        if (element.Group is not null)
            throw new PipelineException($"{what} was called on a group: its stages have conditions, the group has none.");
    }

    public static void MayFollow<T>(Element<T> last, Contiguity next)
    {
        if (next is Contiguity.NotNext or Contiguity.NotFollowedBy && last.IsOptional)
        {
            throw new PipelineException(
                $"A negation follows {last.Title}, which is optional: what must not come would depend on whether it is there. " +
                "Write the two cases as two patterns.");
        }
    }

    public static Element<T> Quantified<T>(Element<T> element, int min, int? max)
    {
        NotNegation(element, "repeated");
        if (element.IsQuantified)
            throw new PipelineException($"The quantifier of {element.Title} is set twice.");
        if (min < 1 || max < min)
            throw new PipelineException(
                $"The quantifier of {element.Title} is {min} to {max}: it must be 1 ≤ min ≤ max. For none at all add {nameof(Pattern<,>.Optional)}.");
        return element with { IsQuantified = true, Min = min, Max = max };
    }

    public static Element<T> Optional<T>(Element<T> element, PatternShape<T> shape)
    {
        NotNegation(element, "optional");
        if (element.IsOptional)
            throw new PipelineException($"{nameof(Optional)} was said twice of {element.Title}.");
        if (shape.Elements.Length > 1 && shape.Elements[^2].IsGreedy)
            throw new PipelineException(
                $"Optional {element.Title} follows a greedy stage, which would have to look beyond it. Make one of them required, or not greedy.");
        return element with { IsOptional = true };
    }

    public static Element<T> Repeated<T>(Element<T> element, string what) => element.IsQuantified
        ? element
        : throw new PipelineException($"{what} was said of {element.Title}, which is not repeated: say how often first.");

    /// <summary>The bound between repetitions.</summary>
    public static Element<T> WithinLoop<T>(Element<T> element, long span) => element.IsQuantified
        ? element with { WithinLoop = span }
        : throw new PipelineException(
            $"WithinLoop was said of {element.Title}, which is not repeated: say how often first. If it is the group " +
            "around it that is repeated, a row's time since the row before is bounded by WithinPrevious of its stage, " +
            "that of each run through the group by Within of the group, and that between two runs by WithinLoop of the group.");

    public static Element<T> Greedy<T>(Element<T> element)
    {
        NotGroup(element, nameof(Greedy));
        if (Repeated(element, nameof(Greedy)).Inner == Contiguity.Any)
            throw new PipelineException($"The repetition of {element.Title} allows combinations, so it cannot be greedy.");
        return element with { IsGreedy = true };
    }

    public static Element<T> Inner<T>(Element<T> element, Contiguity inner)
    {
        Repeated(element, inner == Contiguity.Strict ? "Consecutive" : "AllowCombinations");
        if (element.Inner != Contiguity.Relaxed && element.Inner != inner)
            throw new PipelineException($"The repetition of {element.Title} cannot be consecutive and allow combinations.");
        if (inner == Contiguity.Any && element.IsGreedy)
            throw new PipelineException($"The repetition of {element.Title} is greedy, so it cannot allow combinations.");
        return element with { Inner = inner };
    }

    public static Element<T> Until<T>(Element<T> element, Condition<T> condition)
    {
        if (!element.IsQuantified || element.Max is not null)
            throw new PipelineException(
                $"Until was said of {element.Title}, which is not an unbounded repetition: it needs OneOrMore or TimesOrMore.");
        if (element.Until is not null)
            throw new PipelineException($"Until was said twice of {element.Title}.");
        return element with { Until = condition };
    }

    /// <summary>What needs the whole pattern.</summary>
    public static void Check<T>(PatternShape<T> shape)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        CheckNames(shape.Elements, names);
        if (shape.Skip.Stage is { } stage && !names.Contains(stage))
            throw new PipelineException(
                $"After a match the pattern skips to stage '{stage}', which it does not have. Its stages: {string.Join(", ", names)}.");
        CheckBounds(shape, shape.Elements, isInBoundedGroup: false);
        CheckRepetitions(shape.Elements);
        Element<T> last = shape.Elements[^1];
        bool isBounded = shape.Within is not null;
        for (; last.Group is not null; last = last.Group[^1])
            isBounded |= last.Within > 0;
        if (last.Contiguity == Contiguity.NotFollowedBy && !isBounded && last.WithinPrevious == 0)
        {
            throw new PipelineException(
                $"The pattern ends with the absence of stage '{last.Name}' and has no time bound, so it would never match: " +
                "add Within or WithinPrevious.");
        }
    }

    /// <summary>What must not come after a repetition must not come within it either: it is another row than the repeated ones.</summary>
    private static void CheckRepetitions<T>(Element<T>[] elements)
    {
        for (int i = 0; i < elements.Length; i++)
        {
            Element<T> repeated = elements[i];
            if (repeated.Group is not null)
                CheckRepetitions(repeated.Group);
            if (repeated.Min < 2 || i + 1 == elements.Length || elements[i + 1] is not { Contiguity: Contiguity.NotFollowedBy } absent)
                continue;
            if (absent.Where is null || (repeated.Group is null && AreSame(repeated.Where, absent.Where)))
            {
                string what = absent.Where is null ? "any row" : "what is repeated";
                throw new PipelineException(
                    $"Stage '{absent.Name}' must not follow {repeated.Title}, which is repeated {repeated.Min} times at least, and it is {what}: " +
                    "what must not follow a repetition ends it, between its rows too, so the pattern would never match. " +
                    $"For exactly {repeated.Min} in a row write the last row as a stage of its own, followed by NotNext; else give '{absent.Name}' a condition that the repeated rows do not satisfy.");
            }
        }
    }

    private static bool AreSame<T>(Condition<T>? first, Condition<T>? second) =>
        ReferenceEquals(first, second)
            || (first is SimpleCondition<T> left && second is SimpleCondition<T> right && left.Test == right.Test);

    private static void CheckNames<T>(Element<T>[] elements, HashSet<string> names)
    {
        foreach (Element<T> element in elements)
        {
            if (element.Group is not null)
                CheckNames(element.Group, names);
            else if (!names.Add(element.Name))
                throw new PipelineException(
                    $"Two stages of the pattern have the name '{element.Name}'. Names must be unique, in groups too.");
        }
    }

    private static string FirstOf<T>(Element<T> element) => element.Group is null ? element.Name : FirstOf(element.Group[0]);

    private static void CheckBounds<T>(PatternShape<T> shape, Element<T>[] elements, bool isInBoundedGroup)
    {
        foreach (Element<T> element in elements)
        {
            if (shape.Within is { } within && Math.Max(element.Within, Math.Max(element.WithinPrevious, element.WithinLoop)) > within)
                throw new PipelineException($"The time bound of {element.Title} is longer than the whole pattern's.");
            if (element.Max is null && element.Until is null && !isInBoundedGroup && shape is { Within: null, MaxPartialMatches: null })
            {
                throw new PipelineException(
                    $"The repetition of {element.Title} has no end: a key's partial matches would grow without bound. " +
                    "Add Within to the pattern or to a group around the repetition, Until to the stage, " +
                    "or say how many partial matches a key may have with MaxPartialMatches.");
            }

            if (element.Group is not null)
                CheckBounds(shape, element.Group, isInBoundedGroup || element.Within > 0);
        }
    }

    private static void NotNegation<T>(Element<T> element, string what)
    {
        if (element.IsNegation)
            throw new PipelineException($"Stage '{element.Name}' is a negation: it cannot be {what}.");
    }
}
