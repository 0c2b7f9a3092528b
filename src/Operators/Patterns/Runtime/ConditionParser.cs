namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>Names of conditions, joined by <c>or</c>, more tightly <c>and</c>, more tightly <c>not</c>, and brackets.</summary>
internal sealed class ConditionParser<T>(PatternTokens tokens, PatternConditions<T> conditions)
{
    /// <summary>Names in one condition: compiling a chain takes stack for each.</summary>
    private const int MostNames = 1000;

    private int _names;

    /// <summary>What stands after <c>where</c> or <c>until</c>.</summary>
    public Condition<T> Parse()
    {
        _names = 0;
        return Disjunction();
    }

    /// <summary>The condition of a stage that says none.</summary>
    public Condition<T> OfStage(Token stage) => conditions.Find(stage.Value) ?? throw Unknown(
        stage, $"stage '{stage.Value}' says no condition, and there is none of its name", " If any row will do, write 'where any'.");

    private Condition<T> Disjunction()
    {
        Condition<T> condition = Conjunction();
        while (tokens.TryTake(PatternWords.Or))
            condition = new OrCondition<T>(condition, Conjunction());
        return condition;
    }

    private Condition<T> Conjunction()
    {
        Condition<T> condition = Operand();
        while (tokens.TryTake(PatternWords.And))
            condition = new AndCondition<T>(condition, Operand());
        return condition;
    }

    private Condition<T> Operand()
    {
        if (tokens.Current.Is('('))
            return tokens.Nested(tokens.Take(), Disjunction, PatternWords.And, PatternWords.Or);
        Token word = tokens.Current;
        if (tokens.TryTake(PatternWords.Not))
            return tokens.Current.Is(PatternWords.Not) ? throw tokens.ErrorAt(tokens.Current, "'not' is said twice.") : new NotCondition<T>(Operand());
        if (word.Is(PatternWords.Any))
            throw tokens.ErrorAt(word, "'any' stands alone, right after 'where'.");
        Token name = tokens.Name("a condition's name", "'not'", "'('");
        if (++_names > MostNames)
            throw tokens.ErrorAt(name, $"more than {MostNames} names in one condition.");
        return conditions.Find(name.Value) ?? throw Unknown(name, $"there is no condition '{name.Value}'", "");
    }

    private PatternSyntaxException Unknown(Token place, string what, string remedy)
    {
        string? meant = PatternWords.Nearest(place.Value, conditions.Names);
        string known = conditions.Names.Count == 0 ? "None are given." : $"Known: {string.Join(", ", conditions.Names)}.";
        return tokens.ErrorAt(place, $"{what}. {known}{(meant is null ? "" : $" Did you mean '{meant}'?")}{remedy}");
    }
}
