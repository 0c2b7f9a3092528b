using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Jobs;

/// <summary>A table, source, view or sink of a job, or a statement that never ends.</summary>
/// <param name="Table">What it is.</param>
/// <param name="Definition">As it is stored.</param>
/// <param name="Layout">The type of its rows; null: it has none.</param>
internal sealed record SqlObject(CatalogTable Table, SqlDefinition Definition, RowLayout? Layout)
{
    public string Name => Table.Name;

    /// <summary>Of a table that statements change: the way of its rows into the job.</summary>
    public TableFeed? Feed { get; init; }

    /// <summary>The rows that the job keeps of it; null: it keeps none.</summary>
    public KeptRows? Kept { get; init; }

    /// <summary>The name under which its rows are kept.</summary>
    public string KeptName => $"{Definition.Prefix}-kept";

    /// <summary>Of a table with a key: which rows there are.</summary>
    public KeyIndex? Keys { get; init; }

    /// <summary>Of a statement that never ends: what its rows go into.</summary>
    public CatalogTable? Target { get; init; }

    /// <summary>Whether it takes and gives rows while the job runs; a view that is not kept is a name only.</summary>
    public bool Runs => Table.Kind != ObjectKind.View;
}
