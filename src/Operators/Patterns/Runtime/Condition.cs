namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>A condition as it was written.</summary>
internal abstract class Condition<T>
{
    /// <summary>The name it has in the text form; null: it has none.</summary>
    public string? Name { get; init; }

    public static Condition<T>? Of(Func<T, bool>? condition) => condition is null ? null : new SimpleCondition<T>(condition);

    public static Condition<T> And(Condition<T>? first, Condition<T> second) => first is null ? second : new AndCondition<T>(first, second);
}

/// <summary>Depends on the row alone.</summary>
internal sealed class SimpleCondition<T>(Func<T, bool> test) : Condition<T>
{
    public Func<T, bool> Test { get; } = test;
}

/// <summary>Depends on what was matched so far.</summary>
internal sealed class RunCondition<T>(IterativeCondition<T, T> test) : Condition<T>
{
    public IterativeCondition<T, T> Test { get; } = test;
}

internal sealed class AndCondition<T>(Condition<T> first, Condition<T> second) : Condition<T>
{
    public Condition<T> First { get; } = first;

    public Condition<T> Second { get; } = second;
}

internal sealed class OrCondition<T>(Condition<T> first, Condition<T> second) : Condition<T>
{
    public Condition<T> First { get; } = first;

    public Condition<T> Second { get; } = second;
}
