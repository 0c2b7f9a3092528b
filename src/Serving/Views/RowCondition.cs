using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Views;

/// <summary>A condition on one column: <c>column:operator:value</c>, with <c>eq</c>, <c>ne</c>, <c>lt</c>, <c>le</c>, <c>gt</c> and
/// <c>ge</c>.</summary>
/// <param name="Column">The column, by its name as JSON.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Value">With what, as text; it may have colons.</param>
internal sealed record RowCondition(string Column, string Operator, string Value)
{
    private static readonly Dictionary<string, Func<int, bool>> s_operators = new(StringComparer.Ordinal)
    {
        ["eq"] = static order => order == 0,
        ["ne"] = static order => order != 0,
        ["lt"] = static order => order < 0,
        ["le"] = static order => order <= 0,
        ["gt"] = static order => order > 0,
        ["ge"] = static order => order >= 0,
    };

    /// <summary>What is asked of the order of a row's value and the condition's.</summary>
    public Func<int, bool> Holds => s_operators[Operator];

    /// <exception cref="WrongRequestException">It is no condition.</exception>
    public static RowCondition Parse(string text) => text.Split(':', 3) is [{ Length: > 0 } column, var compared, var value]
        && s_operators.ContainsKey(compared) ? new RowCondition(column, compared, value)
        : throw new WrongRequestException(
            $"where is '{text}'. It must be column:operator:value, with an operator of {string.Join(", ", s_operators.Keys)}.");
}
