namespace ActorStreams.Operators.Patterns.Text;

/// <summary>Names of conditions and equalities of properties, joined by <c>or</c>, more tightly <c>and</c>, more tightly <c>not</c>, and
/// brackets.</summary>
internal sealed class ConditionParser<T>(PatternTokens tokens, PatternConditions<T> conditions)
{
    /// <summary>Names in one condition: compiling a chain takes stack for each.</summary>
    private const int MostNames = 1000;

    private readonly Dictionary<(Property<T>, string), Condition<T>> _equalities = [];
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
            return tokens.Current.Is(PatternWords.Not) ? throw tokens.ErrorAt(tokens.Current, "'not' is said twice.")
                : new NotCondition<T>(Operand());
        if (word.Is(PatternWords.Any))
            throw tokens.ErrorAt(word, "'any' stands alone, right after 'where'.");
        Token name = tokens.Name("a condition's name", "'not'", "'('");
        if (++_names > MostNames)
            throw tokens.ErrorAt(name, $"more than {MostNames} names in one condition.");
        if (tokens.TryTake('='))
            return Equality(name);
        string remedy = conditions.FindProperty(name.Value) is null ? ""
            : $" '{name.Value}' is a property: say what it equals, as in '{name.Value} = x'.";
        return conditions.Find(name.Value) ?? throw Unknown(name, $"there is no condition '{name.Value}'", remedy);
    }

    /// <summary>What stands after <c>property =</c>.</summary>
    private Condition<T> Equality(Token name)
    {
        Property<T>? property = conditions.FindProperty(name.Value);
        if (property is null)
        {
            string known = conditions.Properties.Count == 0 ? "None are given." : $"Known: {string.Join(", ", conditions.Properties)}.";
            throw tokens.ErrorAt(name, $"there is no property '{name.Value}'. {known}");
        }

        Token value = tokens.Current.Kind == TokenKind.Number ? tokens.Take() : tokens.Name("a value");
        if (_equalities.TryGetValue((property, value.Value), out Condition<T>? condition))
            return condition;
        return _equalities[(property, value.Value)] = property.Equal(value.Value)
            ?? throw tokens.ErrorAt(value, $"'{value.Value}' is no {property.TypeName}, which property '{name.Value}' is.");
    }

    private PatternSyntaxException Unknown(Token place, string what, string remedy)
    {
        string? meant = PatternWords.Nearest(place.Value, conditions.Names);
        string known = conditions.Names.Count == 0 ? "None are given." : $"Known: {string.Join(", ", conditions.Names)}.";
        return tokens.ErrorAt(place, $"{what}. {known}{(meant is null ? "" : $" Did you mean '{meant}'?")}{remedy}");
    }
}
