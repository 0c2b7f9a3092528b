namespace ActorStreams.Operators.Patterns.Text;

/// <summary>A condition as it was written.</summary>
internal abstract class Condition<T>
{
    /// <summary>The name it has in the text form; null: it has none.</summary>
    public string? Name { get; init; }

    /// <summary>The same condition under a name.</summary>
    public abstract Condition<T> Named(string name);

    public static Condition<T>? Of(Func<T, bool>? condition) => condition is null ? null : new SimpleCondition<T>(condition);

    public static Condition<T> And(Condition<T>? first, Condition<T> second) => first is null ? second : new AndCondition<T>(first, second);
}

/// <summary>Depends on the row alone.</summary>
internal class SimpleCondition<T>(Func<T, bool> test) : Condition<T>
{
    public Func<T, bool> Test { get; } = test;

    public override Condition<T> Named(string name) => new SimpleCondition<T>(Test) { Name = name };
}

/// <summary>Depends on what was matched so far.</summary>
internal sealed class RunCondition<T>(IterativeCondition<T, T> test) : Condition<T>
{
    public IterativeCondition<T, T> Test { get; } = test;

    public override Condition<T> Named(string name) => new RunCondition<T>(Test) { Name = name };
}

internal sealed class AndCondition<T>(Condition<T> first, Condition<T> second) : Condition<T>
{
    public Condition<T> First { get; } = first;

    public Condition<T> Second { get; } = second;

    public override Condition<T> Named(string name) => new AndCondition<T>(First, Second) { Name = name };
}

internal sealed class OrCondition<T>(Condition<T> first, Condition<T> second) : Condition<T>
{
    public Condition<T> First { get; } = first;

    public Condition<T> Second { get; } = second;

    public override Condition<T> Named(string name) => new OrCondition<T>(First, Second) { Name = name };
}

internal sealed class NotCondition<T>(Condition<T> inner) : Condition<T>
{
    public Condition<T> Inner { get; } = inner;

    public override Condition<T> Named(string name) => new NotCondition<T>(Inner) { Name = name };
}

/// <summary>The row is of a type.</summary>
internal static class SubtypeCondition<T, TSub>
    where TSub : T
{
    public static SimpleCondition<T> Instance { get; } = new(static row => row is TSub) { Name = typeof(TSub).Name };
}
