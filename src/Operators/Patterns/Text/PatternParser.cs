using ActorStreams.Operators.Patterns.Compilation;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>Makes a pattern of a text by recursive descent; the grammar is in docs/patterns.md.</summary>
/// <remarks>What the fluent methods check is checked by the same <see cref="PatternRules"/>, told with the place in the text.</remarks>
internal sealed class PatternParser<T>
{
    private static readonly string[] s_clauses = [PatternWords.Within, PatternWords.Skip, PatternWords.Max];
    private static readonly string[] s_afterPart =
    [
        .. PatternWords.Links.Select(link => link.Word), PatternWords.Where, PatternWords.Until, PatternWords.Consecutive,
            PatternWords.Combinations, PatternWords.Greedy,
    ];

    private readonly PatternTokens _tokens;
    private readonly ConditionParser<T> _conditions;
    private readonly HashSet<string> _stages = new(StringComparer.Ordinal);

    public PatternParser(string text, PatternConditions<T> conditions)
    {
        _tokens = new PatternTokens(text);
        _conditions = new ConditionParser<T>(_tokens, conditions);
    }

    /// <exception cref="PatternSyntaxException">The text is not a pattern.</exception>
    public PatternShape<T> Parse()
    {
        var shape = new PatternShape<T> { Elements = Sequence() };
        var said = new HashSet<string>(StringComparer.Ordinal);
        while (_tokens.Current.Kind != TokenKind.End)
        {
            Token clause = _tokens.Current;
            if (!IsClause(clause))
                throw _tokens.Expected(said.Count > 0 ? s_clauses : [.. s_afterPart, .. s_clauses]);
            if (IsBoundOfPart())
                throw _tokens.ErrorAt(clause,
                    $"'within {_tokens.Next.Value}' is said of a stage or group: it stands before what is said of the whole pattern.");
            if (!said.Add(clause.Value))
                throw _tokens.ErrorAt(clause, $"'{clause.Value}' is said twice of the whole pattern.");
            _tokens.Take();
            shape = clause.Value switch
            {
                PatternWords.Within => shape with { Within = _tokens.Span() },
                PatternWords.Skip => shape with { Skip = Skip() },
                _ => shape with { MaxPartialMatches = Limit() },
            };
        }

        return shape;
    }

    private static bool IsClause(Token token) => Array.Exists(s_clauses, token.Is);

    private bool IsBoundOfPart() => _tokens.Current.Is(PatternWords.Within) &&
        (_tokens.Next.Is(PatternWords.Previous) || _tokens.Next.Is(PatternWords.Loop) || _tokens.Next.Is(PatternWords.Each));

    private Element<T>[] Sequence()
    {
        List<Element<T>> elements = [Part(Contiguity.Begin, [])];
        while (LinkOf(_tokens.Current) is { } contiguity)
        {
            Token link = _tokens.Take();
            _tokens.At(link, () => PatternRules.MayFollow(elements[^1], contiguity));
            elements.Add(Part(contiguity, elements));
        }

        return [.. elements];
    }

    private static Contiguity? LinkOf(Token token)
    {
        foreach ((string word, Contiguity contiguity) in PatternWords.Links)
        {
            if (token.Is(word))
                return contiguity;
        }

        return null;
    }

    /// <summary>A stage or a group, with all that is said of it.</summary>
    private Element<T> Part(Contiguity contiguity, List<Element<T>> before)
    {
        bool isNegation = contiguity is Contiguity.NotNext or Contiguity.NotFollowedBy;
        if (_tokens.Current.Is('('))
        {
            if (isNegation)
                throw _tokens.ErrorAt(_tokens.Current,
                    "expected a stage's name, but found '(': what must not come is one stage, not a group.");
            return Modified(Quantified(new Element<T>("", contiguity) { Group = Group() }, before), out _);
        }

        Token name = isNegation ? _tokens.Name("a stage's name") : _tokens.Name("a stage's name", "'('");
        if (!_stages.Add(_tokens.At(name, () => PatternRules.Name(name.Value))))
            throw _tokens.ErrorAt(name, $"two stages have the name '{name.Value}'. Names must be unique, in groups too.");
        Element<T> stage = Modified(Quantified(new Element<T>(name.Value, contiguity), before), out bool hasWhere);
        return hasWhere ? stage : stage with { Where = _conditions.OfStage(name) };
    }

    private Element<T>[] Group() => _tokens.Nested(_tokens.Take(), () =>
    {
        Element<T>[] elements = Sequence();
        if (!IsClause(_tokens.Current))
            return elements;
        string instead = _tokens.Current.Is(PatternWords.Within)
            ? " A bound of each run through the group stands behind it, as in '(a next b) within each 10 s'."
            : "";
        string what = $"'{_tokens.Current.Value}' is said of a group: it belongs to the whole pattern, at its end.";
        throw _tokens.ErrorAt(_tokens.Current, what + instead);
    }, s_afterPart);

    /// <summary><c>{n}</c>, <c>{n,}</c>, <c>{n,m}</c> or <c>+</c>, each with <c>?</c>; <c>*</c> is <c>+?</c>.</summary>
    private Element<T> Quantified(Element<T> element, List<Element<T>> before)
    {
        Token mark = _tokens.Current;
        bool isStar = _tokens.TryTake('*');
        if (mark.Is('{'))
        {
            (int min, int? max) = Range();
            element = _tokens.At(mark, () => PatternRules.Quantified(element, min, max));
        }
        else if (isStar || _tokens.TryTake('+'))
        {
            element = _tokens.At(mark, () => PatternRules.Quantified(element, 1, null));
        }

        mark = isStar ? mark : _tokens.Current;
        return isStar || _tokens.TryTake('?')
            ? _tokens.At(mark, () => PatternRules.Optional(element, new PatternShape<T> { Elements = [.. before, element] }))
            : element;
    }

    private (int Min, int? Max) Range()
    {
        _tokens.Take();
        int min = _tokens.Number();
        if (_tokens.TryTake('}'))
            return (min, min);
        if (!_tokens.TryTake(','))
            throw _tokens.Expected(["','", "'}'"]);
        if (_tokens.TryTake('}'))
            return (min, null);
        if (_tokens.Current.Kind != TokenKind.Number)
            throw _tokens.Expected(["a number", "'}'"]);
        int max = _tokens.Number();
        return _tokens.TryTake('}') ? (min, max) : throw _tokens.Expected(["'}'"]);
    }

    private Element<T> Modified(Element<T> element, out bool hasWhere)
    {
        hasWhere = false;
        while (true)
        {
            Token word = _tokens.Current;
            if (_tokens.TryTake(PatternWords.Where))
            {
                if (hasWhere)
                    throw _tokens.ErrorAt(word, $"'where' is said twice of {element.Title}: join the conditions with 'and' or 'or'.");
                if (element.Group is not null)
                    throw _tokens.ErrorAt(word, "'where' is said of a group: its stages have conditions, the group has none.");
                hasWhere = true;
                element = element with { Where = _tokens.TryTake(PatternWords.Any) ? null : _conditions.Parse() };
            }
            else if (_tokens.TryTake(PatternWords.Until))
            {
                Condition<T> until = _conditions.Parse();
                element = _tokens.At(word, () => PatternRules.Until(element, until));
            }
            else if (_tokens.TryTake(PatternWords.Greedy))
            {
                element = _tokens.At(word, () => PatternRules.Greedy(element));
            }
            else if (_tokens.TryTake(PatternWords.Consecutive))
            {
                element = _tokens.At(word, () => PatternRules.Inner(element, Contiguity.Strict));
            }
            else if (_tokens.TryTake(PatternWords.Combinations))
            {
                element = _tokens.At(word, () => PatternRules.Inner(element, Contiguity.Any));
            }
            else if (IsBoundOfPart())
            {
                element = Bound(element);
            }
            else
            {
                return element;
            }
        }
    }

    /// <summary><c>within previous 10 s</c>, <c>within loop 10 s</c>; of a group also <c>within each 10 s</c>.</summary>
    private Element<T> Bound(Element<T> element)
    {
        Token within = _tokens.Take();
        Token which = _tokens.Take();
        (bool isLoop, bool isEach) = (which.Is(PatternWords.Loop), which.Is(PatternWords.Each));
        if (isLoop)
            _tokens.At(within, () => PatternRules.Repeated(element, "'within loop'"));
        if (isEach && element.Group is null)
        {
            throw _tokens.ErrorAt(within, $"'within each' is said of {element.Title}: it bounds each run through a group. " +
                "Put the stage in brackets, as in '(a+) within each 10 s'.");
        }

        if ((isLoop ? element.WithinLoop : isEach ? element.Within : element.WithinPrevious) > 0)
            throw _tokens.ErrorAt(within, $"'within {which.Value}' is said twice of {element.Title}.");
        long span = _tokens.Span();
        if (isEach)
            return element with { Within = span };
        return isLoop ? element with { WithinLoop = span } : element with { WithinPrevious = span };
    }

    /// <summary><c>none</c>, <c>to next</c>, <c>past last</c>, <c>to first stage</c>, <c>to last stage</c>; the latter two with <c>or
    /// fail</c>.</summary>
    private AfterMatch Skip()
    {
        if (_tokens.TryTake("none"))
            return AfterMatch.NoSkip;
        if (_tokens.TryTake("past"))
        {
            _tokens.Require("last");
            return AfterMatch.SkipPastLast;
        }

        if (!_tokens.TryTake("to"))
            throw _tokens.Expected(["to", "past", "none"]);
        if (_tokens.TryTake("next"))
            return AfterMatch.SkipToNext;
        bool isFirst = _tokens.TryTake("first");
        if (!isFirst && !_tokens.TryTake("last"))
            throw _tokens.Expected(["next", "first", "last"]);
        Token stage = _tokens.Name("a stage's name");
        if (!_stages.Contains(stage.Value))
            throw _tokens.ErrorAt(stage, $"the pattern has no stage '{stage.Value}'. Its stages: {string.Join(", ", _stages)}.");
        bool fails = _tokens.TryTake(PatternWords.Or);
        if (fails)
            _tokens.Require("fail");
        return isFirst ? AfterMatch.SkipToFirst(stage.Value, fails) : AfterMatch.SkipToLast(stage.Value, fails);
    }

    /// <summary><c>max 1000 partial matches</c>.</summary>
    private int Limit()
    {
        Token number = _tokens.Current;
        int limit = _tokens.Number();
        if (limit < 1)
            throw _tokens.ErrorAt(number, "the most partial matches of a key must be at least 1.");
        _tokens.Require("partial");
        _tokens.Require("matches");
        return limit;
    }
}
