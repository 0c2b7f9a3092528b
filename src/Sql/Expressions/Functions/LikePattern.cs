using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>A pattern of LIKE: % stands for any text, _ for any character. It is made once for all the rows that it is used for.</summary>
internal sealed class LikePattern
{
    [ThreadStatic]
    private static LikePattern? s_last;

    private readonly string _pattern, _escape;
    private readonly bool _ignoresCase;
    private readonly string _literal = "";
    private readonly Shape _shape;
    private readonly string[] _steps;

    private LikePattern(string pattern, string escape, bool ignoresCase)
    {
        (_pattern, _escape, _ignoresCase) = (pattern, escape, ignoresCase);
        _steps = Parse(ignoresCase ? pattern.ToLowerInvariant() : pattern, escape);
        string[] fixedSteps = [.. _steps.Where(static step => step is not ("%" or "_"))];
        bool isOne = fixedSteps.Length == _steps.Length || (!_steps.Contains("_") && IsAtEnds(_steps));
        if (!isOne)
            return;
        _literal = string.Concat(fixedSteps.Select(static step => step[1..]));
        bool starts = _steps.Length > 0 && _steps[0] == "%", ends = _steps.Length > 0 && _steps[^1] == "%";
        _shape = starts && ends ? Shape.Contains : starts ? Shape.EndsWith : ends ? Shape.StartsWith : Shape.Equals;
    }

    private enum Shape
    {
        Any,
        Equals,
        StartsWith,
        EndsWith,
        Contains,
    }

    public static LikePattern Of(string pattern, string escape, bool ignoresCase)
    {
        LikePattern? last = s_last;
        if (last is not null && last._ignoresCase == ignoresCase && last._pattern == pattern && last._escape == escape)
            return last;
        return s_last = new LikePattern(pattern, escape, ignoresCase);
    }

    public bool IsMatch(string text)
    {
        if (_ignoresCase)
            text = text.ToLowerInvariant();
        return _shape switch
        {
            Shape.Equals => text == _literal,
            Shape.StartsWith => text.StartsWith(_literal, StringComparison.Ordinal),
            Shape.EndsWith => text.EndsWith(_literal, StringComparison.Ordinal),
            Shape.Contains => text.Contains(_literal, StringComparison.Ordinal),
            _ => IsMatchOfSteps(text),
        };
    }

    /// <summary>Goes on from the last % where a step does not fit: no text makes it slow.</summary>
    private bool IsMatchOfSteps(string text)
    {
        int at = 0, step = 0, anyStep = -1, anyAt = 0;
        while (at < text.Length || step < _steps.Length)
        {
            if (step < _steps.Length)
            {
                string wanted = _steps[step];
                if (wanted == "%")
                {
                    (anyStep, anyAt) = (step, at);
                    step++;
                    continue;
                }

                int length = wanted == "_" ? Points.Place(text, at, 1) - at : wanted.Length - 1;
                if (at < text.Length && (wanted == "_" || string.CompareOrdinal(text, at, wanted, 1, length) == 0))
                {
                    at += length;
                    step++;
                    continue;
                }
            }

            if (anyStep < 0 || anyAt >= text.Length)
                return false;
            anyAt = Points.Place(text, anyAt, 1);
            (at, step) = (anyAt, anyStep + 1);
        }

        return true;
    }

    private static bool IsAtEnds(string[] steps)
    {
        for (int at = 1; at < steps.Length - 1; at++)
        {
            if (steps[at] == "%")
                return false;
        }

        return steps.Contains("%") && steps.Any(static step => step.Length > 1);
    }

    /// <summary>% and _ as they are, each other character with an = before it.</summary>
    private static string[] Parse(string pattern, string escape)
    {
        if (Points.Count(escape) > 1)
            throw new SqlFault(SqlState.InvalidEscapeSequence, "invalid escape string");
        var steps = new List<string>();
        string[] all = Points.All(pattern);
        for (int at = 0; at < all.Length; at++)
        {
            if (escape.Length > 0 && all[at] == escape)
            {
                if (++at >= all.Length)
                    throw new SqlFault(SqlState.InvalidEscapeSequence, "LIKE pattern must not end with escape character");
                steps.Add("=" + all[at]);
            }
            else if (all[at] == "%")
            {
                if (steps.Count == 0 || steps[^1] != "%")
                    steps.Add("%");
            }
            else
            {
                steps.Add(all[at] == "_" ? "_" : "=" + all[at]);
            }
        }

        return [.. steps];
    }
}
