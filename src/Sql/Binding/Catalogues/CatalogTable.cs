using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Catalogues;

/// <summary>What can be named in FROM.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record CatalogTable(ObjectKind Kind, string Name, IReadOnlyList<RelationColumn> Columns)
{
    /// <summary>The places of the columns of the primary key; empty: there is none.</summary>
    public IReadOnlyList<int> Key { get; init; } = [];

    /// <summary>Further sets of columns that no two rows have the same values of.</summary>
    public IReadOnlyList<IReadOnlyList<int>> UniqueKeys { get; init; } = [];

    /// <summary>Rows come, and none is changed.</summary>
    public bool IsAppendOnly { get; init; }

    public IReadOnlyList<CatalogWatermark> Watermarks { get; init; } = [];

    /// <summary>What is put into a column of which nothing is said, over no row; null: NULL. As many as there are columns.</summary>
    public IReadOnlyList<BoundExpression?> Defaults { get; init; } = [];

    /// <summary>What a column is computed from, over the row itself; null: it is not. As many as there are columns.</summary>
    public IReadOnlyList<BoundExpression?> Generated { get; init; } = [];

    /// <summary>What each row fulfils (or leaves unknown).</summary>
    public IReadOnlyList<BoundExpression> Checks { get; init; } = [];

    /// <summary>The settings of WITH: a text, a number or a truth value by name.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>Of a view: what it gives.</summary>
    public Relation? Query { get; init; }

    /// <summary>Of a materialised view: when its results are given.</summary>
    public EmitMode Emit { get; init; }

    /// <summary>The statement that made it.</summary>
    public Statement? Definition { get; init; }
}

/// <summary>How far behind the greatest event time the watermark stays.</summary>
/// <param name="Column">The place of the column of the event time.</param>
/// <param name="Value">The watermark that a row brings, over the row.</param>
/// <param name="DelayMicros">The distance where the value is the column less a constant interval without months; null: it is another
/// expression.</param>
internal sealed record CatalogWatermark(int Column, BoundExpression Value, long? DelayMicros);
