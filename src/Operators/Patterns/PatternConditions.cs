using System.Collections;
using System.Diagnostics.CodeAnalysis;
using ActorStreams.Core;
using ActorStreams.Operators.Patterns.Runtime;

namespace ActorStreams.Operators.Patterns;

/// <summary>The conditions that the text form of a pattern may name. A condition is evaluated once per row, however often the text names it.</summary>
/// <example><code>
/// var conditions = new PatternConditions&lt;Login&gt; { { "fail", l => !l.Succeeded }, { "success", l => l.Succeeded } };
/// </code></example>
/// <typeparam name="T">The stream's rows.</typeparam>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is enumerable for the sake of collection initializers.")]
public sealed class PatternConditions<T> : IEnumerable<string>
{
    private readonly Dictionary<string, Condition<T>> _conditions = new(StringComparer.Ordinal);

    /// <summary>The names, in the order they were added.</summary>
    public IReadOnlyCollection<string> Names => _conditions.Keys;

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

    /// <summary>The names, in the order they were added.</summary>
    public IEnumerator<string> GetEnumerator() => _conditions.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool Has(string name) => _conditions.ContainsKey(name);

    internal Condition<T>? Find(string name) => _conditions.GetValueOrDefault(name);

    internal PatternConditions<T> Add(string name, Condition<T> condition)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new PipelineException("A condition of a pattern's text has no name: the text could not say it.");
        if (!_conditions.TryAdd(name, string.Equals(condition.Name, name, StringComparison.Ordinal) ? condition : condition.Named(name)))
            throw new PipelineException($"Two conditions of a pattern's text have the name '{name}'. Names must be unique.");
        return this;
    }
}
