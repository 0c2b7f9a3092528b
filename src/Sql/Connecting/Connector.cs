using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Planning.Changelogs;

namespace ActorStreams.Sql.Connecting;

/// <summary>Where the rows of a table come from, or go to.</summary>
internal abstract class Connector
{
    private static readonly Dictionary<string, Connector> s_all = new(StringComparer.Ordinal)
    {
        ["file"] = new FileConnector(),
        ["generate"] = new GenerateConnector(),
        ["postgresql"] = new PostgreSqlConnector(),
        ["table"] = new TableConnector(),
        ["topic"] = new TopicConnector(),
        ["console"] = new ConsoleConnector(),
    };

    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    public static Connector? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>Whether the rows it gives are never taken back.</summary>
    public virtual bool IsAppendOnly(ConnectorSettings settings) => true;

    /// <summary>Whether it can be read to an end that it has at present: for a SELECT.</summary>
    public virtual bool IsBounded(ConnectorSettings settings) => true;

    /// <summary>Adds the source to a pipeline.</summary>
    /// <param name="read">Pipeline, name, row types.</param>
    /// <param name="settings">Of the table.</param>
    public virtual PlannedRows Read(ConnectorReading read, ConnectorSettings settings) =>
        throw settings.Wrong(ConnectorSettings.Connector,
            $"nothing is read by the connector '{ConnectorSettings.ConnectorOf(settings.Table)}'");

    /// <summary>What the sink can take.</summary>
    public virtual ChangelogMode Takes(ConnectorSettings settings) => ChangelogMode.InsertOnly;

    /// <summary>Adds the sink to a pipeline.</summary>
    public virtual void Write(ConnectorWriting write, ConnectorSettings settings) =>
        throw settings.Wrong(ConnectorSettings.Connector,
            $"nothing is written by the connector '{ConnectorSettings.ConnectorOf(settings.Table)}'");
}

/// <summary>What a source is made with.</summary>
/// <param name="Pipeline">It is added to it.</param>
/// <param name="Name">Its name in the pipeline.</param>
/// <param name="Types">Makes row types.</param>
/// <param name="Layout">The type of the table's rows.</param>
/// <param name="Context">What now() reads.</param>
internal sealed record ConnectorReading(Pipeline Pipeline, string Name, RowTypes Types, RowLayout Layout, RowContext Context)
{
    /// <summary>What becomes of records that are no rows; null: as the job's options say.</summary>
    public ErrorPolicy? Errors { get; init; }
}

/// <summary>What a sink is made with.</summary>
/// <param name="Name">Its name in the pipeline.</param>
/// <param name="Planner">Turns the query's rows into those of the sink.</param>
/// <param name="Query">What goes into it.</param>
/// <param name="Emit">When rows come.</param>
/// <param name="Types">Makes row types.</param>
/// <param name="Traits">What its rows may say of earlier ones.</param>
internal sealed record ConnectorWriting(
    string Name, Planner Planner, Binding.Relations.Relation Query, Syntax.Tree.EmitMode Emit, RowTypes Types, RelationTraits Traits);
