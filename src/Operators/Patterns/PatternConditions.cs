using System.Collections;
using System.Diagnostics.CodeAnalysis;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <summary>The conditions that the text form of a pattern may name. A condition is evaluated once per row, however often the text names
/// it.</summary>
/// <example><code>
/// var conditions = new PatternConditions&lt;Login&gt; { { "fail", l => !l.Succeeded }, { "success", l => l.Succeeded } };
/// </code></example>
/// <typeparam name="T">The stream's rows.</typeparam>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix",
    Justification = "It is enumerable for the sake of collection initializers.")]
public sealed class PatternConditions<T> : IEnumerable<string>
{
    private readonly Dictionary<string, Condition<T>> _conditions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Property<T>> _properties = new(StringComparer.Ordinal);

    /// <summary>The names of conditions, in the order they were added.</summary>
    public IReadOnlyCollection<string> Names => _conditions.Keys;

    /// <summary>The names of properties, in the order they were added.</summary>
    public IReadOnlyCollection<string> Properties => _properties.Keys;

    /// <summary>A condition that looks at the row alone.</summary>
    /// <param name="name">As the text has it; letters matter by case.</param>
    /// <param name="condition">What a row satisfies.</param>
    /// <exception cref="PipelineException">The name is empty or taken.</exception>
    public PatternConditions<T> Add(string name, Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Add(name, new SimpleCondition<T>(condition));
    }

    /// <summary>A condition that depends on what has been matched so far.</summary>
    /// <param name="name">As the text has it; letters matter by case.</param>
    /// <param name="condition">What a row satisfies; it asks for stages by name.</param>
    /// <exception cref="PipelineException">The name is empty or taken.</exception>
    public PatternConditions<T> Add(string name, IterativeCondition<T, T> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Add(name, new RunCondition<T>(condition));
    }

    /// <summary>A property that the text compares with a value, as in <c>where kind = login and large</c>.</summary>
    /// <remarks>
    /// An equality says more than a condition by name: a <see cref="RulesOperator"/> finds the rules that a row may concern by its values,
    /// without trying them all. Write values that are neither a word nor a whole number in quotes: <c>kind = 'log in'</c>, <c>price =
    /// '-1.5'</c>.
    /// </remarks>
    /// <param name="name">As the text has it; letters matter by case. A condition may have the same name.</param>
    /// <param name="valueOf">The property of a row; null equals nothing. The text's values are parsed by <typeparamref name="TValue"/>,
    /// culture-invariant.</param>
    /// <typeparam name="TValue">A string, a number, a date: what can be parsed.</typeparam>
    /// <exception cref="PipelineException">The name is empty or taken.</exception>
    public PatternConditions<T> AddProperty<TValue>(string name, Func<T, TValue?> valueOf)
        where TValue : IParsable<TValue>
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        return Add(new Property<T, TValue>(name, valueOf));
    }

    /// <summary>The names, in the order they were added.</summary>
    public IEnumerator<string> GetEnumerator() => _conditions.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool Has(string name) => _conditions.ContainsKey(name);

    internal Condition<T>? Find(string name) => _conditions.GetValueOrDefault(name);

    internal Property<T>? FindProperty(string name) => _properties.GetValueOrDefault(name);

    internal PatternConditions<T> Add(Property<T> property)
    {
        if (string.IsNullOrWhiteSpace(property.Name))
            throw new PipelineException("A property of a pattern's text has no name: the text could not say it.");
        if (!_properties.TryAdd(property.Name, property))
            throw new PipelineException($"Two properties of a pattern's text have the name '{property.Name}'. Names must be unique.");
        return this;
    }

    internal PatternConditions<T> Add(string name, Condition<T> condition)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new PipelineException("A condition of a pattern's text has no name: the text could not say it.");
        if (!_conditions.TryAdd(name, string.Equals(condition.Name, name, StringComparison.Ordinal) ? condition : condition.Named(name)))
            throw new PipelineException($"Two conditions of a pattern's text have the name '{name}'. Names must be unique.");
        return this;
    }
}
