using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Connecting;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Makes the pipeline of a job's objects.</summary>
/// <param name="pipeline">It is filled.</param>
/// <param name="objects">In the order in which they were made: each after those that it reads.</param>
/// <param name="types">Makes row types; those of one job are the same in each of its pipelines.</param>
/// <param name="options">Of the job.</param>
internal sealed class JobGraph(Pipeline pipeline, IReadOnlyList<SqlObject> objects, RowTypes types, SqlJobOptions options)
{
    private readonly Dictionary<string, PlannedRows> _planned = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Reader, string Source), PlannedRows> _own = [];
    private readonly List<(SqlObject Of, TableFeed Feed)> _copies = [];

    /// <summary>What has to be copied to new objects from those that were there before: the rows of each go into its feed.</summary>
    public IReadOnlyList<(SqlObject Of, TableFeed Feed)> Copies => _copies;

    /// <summary>The sources that end by themselves, as files do.</summary>
    public HashSet<string> Ending { get; } = new(StringComparer.Ordinal);

    /// <param name="isNew">Whether an object has not run yet.</param>
    public void Build(Func<SqlObject, bool> isNew)
    {
        foreach (SqlObject one in objects.Where(static one => one.Runs))
        {
            try
            {
                Add(one, isNew);
            }
            catch (SqlFault fault)
            {
                throw Queries.StatementFaults.Placed(fault, one.Definition.Statement);
            }
        }
    }

    private void Add(SqlObject one, Func<SqlObject, bool> isNew)
    {
        CatalogTable table = one.Table;
        if (table.Query is { } query)
        {
            Planner planner = PlannerOf(one, isNew);
            if (table.Kind == ObjectKind.MaterializedView)
            {
                PlannedRows rows = planner.As(one.Layout!, planner.Plan(query, table.Emit));
                _planned[one.Name] = rows;
                one.Kept!.Keep(rows.Stream, one.KeptName);
            }
            else
            {
                WriteTo(one.Target ?? table, one, planner, query);
            }

            return;
        }

        PlannedRows planned = one.Feed is { } feed
            ? new PlannedRows(one.Layout!, feed.Read(pipeline, one.Definition.Prefix))
            : ReadFrom(one, one.Definition.Prefix);
        _planned[one.Name] = planned;
        one.Kept?.Keep(planned.Stream, one.KeptName);
    }

    private Planner PlannerOf(SqlObject reader, Func<SqlObject, bool> isNew) => new(pipeline, reader.Definition.Prefix, types,
        table => Scan(reader, objects.First(one => one.Name == table.Name), isNew), ContextOf(reader))
    { Errors = options.Job.Errors };

    /// <summary>The rows of a table or view for one that reads it: a new one is given those that were there before it, too.</summary>
    private PlannedRows Scan(SqlObject reader, SqlObject source, Func<SqlObject, bool> isNew)
    {
        PlannedRows planned = _planned[source.Name];
        if (source.Kept is null && reader.Definition.Epoch > source.Definition.Epoch)
        {
            // It keeps nothing: who came later reads it from its beginning.
            if (!_own.TryGetValue((reader.Name, source.Name), out PlannedRows? own))
            {
                own = ReadFrom(source, $"{reader.Definition.Prefix}-{source.Definition.Prefix}");
                _own[(reader.Name, source.Name)] = own;
            }

            return own;
        }

        if (!isNew(reader) || isNew(source))
            return planned;
        if (_own.TryGetValue((reader.Name, source.Name), out PlannedRows? both))
            return both;
        TableFeed copy = TableFeed.Copying(source.Table, source.Layout!);
        _copies.Add((source, copy));
        object copied = copy.Read(pipeline, $"{reader.Definition.Prefix}-copy-{_copies.Count}");
        return _own[(reader.Name, source.Name)] = planned with
        {
            Stream = PlanSteps.Call(nameof(PlanSteps.Union), [planned.Layout.Row], planned.Stream, copied),
        };
    }

    private PlannedRows ReadFrom(SqlObject one, string name)
    {
        (Connector connector, ConnectorSettings settings) = ConnectorOf(one.Table, options);
        var read = new ConnectorReading(pipeline, name, types, one.Layout!, ContextOf(one)) { Errors = options.Job.Errors };
        if (connector.IsBounded(settings))
            Ending.Add(name);
        return connector.Read(read, settings);
    }

    private void WriteTo(CatalogTable target, SqlObject one, Planner planner, Relation query)
    {
        (Connector connector, ConnectorSettings settings) = ConnectorOf(target, options);
        RelationTraits traits = TraitInference.Of(one.Table.Emit).Of(query);
        SinkMode.Check(target.Name, connector.Takes(settings), traits, query);
        connector.Write(new ConnectorWriting(one.Definition.Prefix, planner, query, one.Table.Emit, types, traits), settings);
    }

    private RowContext ContextOf(SqlObject one) => new() { Statement = one.Name, Clock = options.Job.Clock };

    public static (Connector Connector, ConnectorSettings Settings) ConnectorOf(CatalogTable table, SqlJobOptions options)
    {
        var settings = new ConnectorSettings(table, options.Folder);
        string? name = ConnectorSettings.ConnectorOf(table);
        if (name is not null && Connector.Find(name) is { } found)
            return (found, settings);
        string known = string.Join(", ", Connector.Names);
        throw settings.Wrong(ConnectorSettings.Connector, name is null ? "it has no connector" : $"there is no connector '{name}'",
            name is null ? $"Say WITH (connector = '…'): {known}." : Errors.NearestName.Hint(name, Connector.Names)
                ?? $"There are {known}.");
    }
}
