namespace ActorStreams.Operators.Patterns.Text;

/// <summary>The names under which a pattern's text has its conditions: those they were given, and where they have none those of their
/// stages.</summary>
internal sealed class ConditionNames<T>
{
    private readonly Dictionary<Condition<T>, string> _names = new(ReferenceEqualityComparer.Instance);

    public ConditionNames(Element<T>[] elements)
    {
        // First those that have a name, so that no other takes it from them.
        foreach (bool isNamed in (ReadOnlySpan<bool>)[true, false])
            Add(elements, isNamed);
    }

    public PatternConditions<T> Conditions { get; } = new();

    public string this[Condition<T> atom] => _names[atom];

    /// <summary>Whether the text has one name for the condition: it has a name, or nothing in it has.</summary>
    public static bool IsAtom(Condition<T> condition) => condition.Name is not null || !HasNames(condition);

    private static bool HasNames(Condition<T> condition) => condition.Name is not null || condition switch
    {
        AndCondition<T> and => HasNames(and.First) || HasNames(and.Second),
        OrCondition<T> or => HasNames(or.First) || HasNames(or.Second),
        NotCondition<T> not => HasNames(not.Inner),
        _ => false,
    };

    private void Add(Element<T>[] elements, bool isNamed)
    {
        foreach (Element<T> element in elements)
        {
            string stage = element.Group is null ? element.Name : "group";
            Add(element.Where, stage, isNamed);
            Add(element.Until, stage + "_until", isNamed);
            if (element.Group is not null)
                Add(element.Group, isNamed);
        }
    }

    private void Add(Condition<T>? condition, string otherwise, bool isNamed)
    {
        if (condition is null)
            return;
        if (IsAtom(condition))
        {
            if ((condition.Name is not null) == isNamed && !_names.ContainsKey(condition))
                _names[condition] = Free(condition, condition.Name ?? otherwise);
            return;
        }

        (Condition<T>? first, Condition<T>? second) = condition switch
        {
            AndCondition<T> and => (and.First, and.Second),
            OrCondition<T> or => (or.First, or.Second),
            NotCondition<T> not => (not.Inner, (Condition<T>?)null),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        Add(first, otherwise, isNamed);
        Add(second, otherwise, isNamed);
    }

    private string Free(Condition<T> condition, string name)
    {
        if (condition is PropertyCondition<T> equality)
        {
            if (Conditions.FindProperty(equality.Property.Name) is null)
                Conditions.Add(equality.Property);
            return name;
        }

        string free = name;
        for (int i = 2; Conditions.Has(free); i++)
            free = $"{name}_{i}";
        Conditions.Add(free, condition);
        return free;
    }
}
