using System.Text.Json;

namespace ActorStreams.Conformance.Tests;

/// <summary>Makes patterns of the cases' stages.</summary>
internal static class CepPatterns
{
    /// <summary>More than any case needs; where a repetition has no end the pattern must say some number.</summary>
    private const int MaxPartialMatches = 1_000_000;

    /// <param name="spec">The case's spec.</param>
    /// <param name="scale">Microseconds to a millisecond of the case.</param>
    public static Pattern<CepEvent> Of(JsonElement spec, long scale)
    {
        Pattern<CepEvent, CepEvent> pattern = Sequence(spec.GetProperty("pattern"), scale).MaxPartialMatches(MaxPartialMatches);
        if (spec.TryGetProperty("within", out JsonElement within) && within.ValueKind == JsonValueKind.Number)
            pattern = pattern.Within(Span(within, scale));
        return spec.TryGetProperty("skip", out JsonElement skip) ? pattern.AfterMatch(Skip(skip)) : pattern;
    }

    private static Pattern<CepEvent, CepEvent> Sequence(JsonElement stages, long scale)
    {
        Pattern<CepEvent, CepEvent>? pattern = null;
        foreach (JsonElement stage in stages.EnumerateArray())
            pattern = Quantified(Added(pattern, stage, scale), stage, scale);
        return pattern ?? throw new ArgumentException("The case has no stage.", nameof(stages));
    }

    private static Pattern<CepEvent, CepEvent> Added(Pattern<CepEvent, CepEvent>? pattern, JsonElement stage, long scale)
    {
        string contiguity = stage.GetProperty("contiguity").GetString()!;
        if (stage.TryGetProperty("group", out JsonElement stages))
        {
            Pattern<CepEvent, CepEvent> group = Sequence(stages, scale);
            return contiguity switch
            {
                "begin" => Pattern.Begin(group),
                "next" => pattern!.Next(group),
                "followedBy" => pattern!.FollowedBy(group),
                "followedByAny" => pattern!.FollowedByAny(group),
                _ => throw new ArgumentException($"A group cannot be '{contiguity}'.", nameof(stage)),
            };
        }

        string name = stage.GetProperty("name").GetString()!;
        Pattern<CepEvent, CepEvent> added = contiguity switch
        {
            "begin" => Pattern.Begin<CepEvent>(name),
            "next" => pattern!.Next(name),
            "followedBy" => pattern!.FollowedBy(name),
            "followedByAny" => pattern!.FollowedByAny(name),
            "notNext" => pattern!.NotNext(name),
            "notFollowedBy" => pattern!.NotFollowedBy(name),
            _ => throw new ArgumentException($"No contiguity '{contiguity}'.", nameof(stage)),
        };
        if (!stage.TryGetProperty("where", out JsonElement where))
            return added;
        return CepConditions.IsIterative(where) ? added.Where(CepConditions.Iterative(where)) : added.Where(CepConditions.Simple(where));
    }

    private static Pattern<CepEvent, CepEvent> Quantified(Pattern<CepEvent, CepEvent> pattern, JsonElement stage, long scale)
    {
        if (stage.TryGetProperty("times", out JsonElement times))
        {
            int min = times[0].GetInt32();
            if (times[1].ValueKind == JsonValueKind.Null)
                pattern = min == 1 ? pattern.OneOrMore() : pattern.TimesOrMore(min);
            else
                pattern = pattern.Times(min, times[1].GetInt32());
        }

        if (stage.TryGetProperty("inner", out JsonElement inner))
        {
            pattern = inner.GetString() switch
            {
                "strict" => pattern.Consecutive(),
                "combinations" => pattern.AllowCombinations(),
                _ => pattern,
            };
        }

        if (IsSet(stage, "greedy"))
            pattern = pattern.Greedy();
        if (IsSet(stage, "optional"))
            pattern = pattern.Optional();
        if (stage.TryGetProperty("until", out JsonElement until))
            pattern = CepConditions.IsIterative(until) ? pattern.Until(CepConditions.Iterative(until))
                : pattern.Until(CepConditions.Simple(until));
        if (stage.TryGetProperty("withinPrevious", out JsonElement previous))
            pattern = pattern.WithinPrevious(Span(previous, scale));
        return stage.TryGetProperty("withinLoop", out JsonElement loop) ? pattern.WithinLoop(Span(loop, scale)) : pattern;
    }

    private static AfterMatch Skip(JsonElement skip)
    {
        bool fails = IsSet(skip, "failOnMiss");
        return skip.GetProperty("strategy").GetString() switch
        {
            "noSkip" => AfterMatch.NoSkip,
            "skipToNext" => AfterMatch.SkipToNext,
            "skipPastLast" => AfterMatch.SkipPastLast,
            "skipToFirst" => AfterMatch.SkipToFirst(skip.GetProperty("stage").GetString()!, fails),
            "skipToLast" => AfterMatch.SkipToLast(skip.GetProperty("stage").GetString()!, fails),
            string other => throw new ArgumentException($"No skip strategy '{other}'.", nameof(skip)),
            null => throw new ArgumentNullException(nameof(skip)),
        };
    }

    private static bool IsSet(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.True;

    private static TimeSpan Span(JsonElement milliseconds, long scale) => TimeSpan.FromMicroseconds(milliseconds.GetInt64() * scale);
}
