using ActorStreams.Sql.Binding.Scopes;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Where an expression stands, and what may stand in it.</summary>
/// <param name="Surroundings">The names in sight.</param>
/// <param name="Clause">For people: WHERE, say.</param>
internal sealed record ExpressionContext(Surroundings Surroundings, string Clause)
{
    /// <summary>Aggregates may stand here.</summary>
    public bool AllowsAggregates { get; init; }

    /// <summary>Functions over windows may stand here.</summary>
    public bool AllowsOver { get; init; }

    /// <summary>Queries may stand here.</summary>
    public bool AllowsQueries { get; init; } = true;

    /// <summary>The pattern whose rows are read; null: there is none.</summary>
    public MatchContext? Match { get; init; }
}
