using System.Linq.Expressions;

namespace ActorStreams;

/// <summary>One of the aggregates that are computed side by side.</summary>
/// <param name="Description">What it computes, such as <c>max(Magnitude)</c>.</param>
/// <param name="Name">The name its result was given; null if none.</param>
/// <param name="ResultType">The type of its result.</param>
public sealed record AggregatePart(string Description, string? Name, Type ResultType)
{
    /// <summary>Which item of each pair to take, from the outermost pair to the result: <c>112</c> is <c>.Item1.Item1.Item2</c>.</summary>
    private string Path { get; init; } = "";

    /// <summary>The same part of a pair that holds the whole of it in <paramref name="item"/>.</summary>
    internal AggregatePart In(int item) => this with { Path = $"{item}{Path}" };

    /// <summary>The result of this part, out of those of all.</summary>
    internal Expression Of(Expression results) => Path.Aggregate(results, static (pair, item) => Expression.Field(pair, $"Item{item}"));
}
