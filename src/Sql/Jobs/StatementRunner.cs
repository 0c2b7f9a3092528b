using System.Globalization;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Queries;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Runs statements of a job, one at a time.</summary>
internal sealed class StatementRunner(JobSession session)
{
    /// <param name="statement">The statement.</param>
    /// <param name="text">The text that it was parsed from.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SqlException">It is wrong, or fails for a row.</exception>
    public async Task<SqlResult> RunAsync(Statement statement, string text, CancellationToken cancellation)
    {
        string said = text.Substring(statement.Span.Start, Math.Min(statement.Span.Length, text.Length - statement.Span.Start)).Trim();
        if (NameOf(statement) is { } made && session.Confirms(made, statement))
            return new SqlResult(said, TagOf(statement), [], [], []);
        try
        {
            BoundStatement bound = Binder.Bind(statement, text, session.Catalog);
            return await RunAsync(bound, text, cancellation) with { Statement = said };
        }
        catch (SqlFault fault)
        {
            throw StatementFaults.Placed(fault, text);
        }
        catch (JobException error) when (JobFailures.Of(error) is { } fault)
        {
            throw fault.At(text, statement.Span);
        }
    }

    private async Task<SqlResult> RunAsync(BoundStatement bound, string text, CancellationToken cancellation)
    {
        switch (bound)
        {
            case BoundCreate or BoundCreateSink:
                return Create(bound, text);
            case BoundInsert insert when session.Find(insert.Table.Name) is { Feed: not null } table:
                IReadOnlyList<object?[]> rows = await RowsAsync(insert.Rows, insert.Emit, cancellation);
                await ChangeAsync(table, [.. rows.Select(static row => (row, 1))], cancellation);
                return Done(string.Create(CultureInfo.InvariantCulture, $"INSERT 0 {rows.Count}"));
            case BoundInsert insert:
                return InsertForEver(insert, text);
            case BoundDelete delete:
                IReadOnlyList<object?[]> deleted = await RowsAsync(delete.Rows, EmitMode.Unsaid, cancellation);
                await ChangeAsync(Fed(delete.Table), [.. deleted.Select(static row => (row, -1))], cancellation);
                return Done(string.Create(CultureInfo.InvariantCulture, $"DELETE {deleted.Count}"));
            case BoundUpdate update:
                int columns = update.Table.Columns.Count;
                IReadOnlyList<object?[]> updated = await RowsAsync(update.Changes, EmitMode.Unsaid, cancellation);
                await ChangeAsync(Fed(update.Table), [.. updated.SelectMany(row => ((object?[], int)[])
                    [(row[..columns], -1), (row[columns..], 1)])], cancellation);
                return Done(string.Create(CultureInfo.InvariantCulture, $"UPDATE {updated.Count}"));
            case BoundQuery query:
                return Selected(query.Relation.Columns, await RowsAsync(query.Relation, query.Emit, cancellation), "SELECT");
            case BoundShow show:
                return Selected(show.Rows.Columns, BoundedQuery.Constants(show.Rows, session.Options.Job.Clock)!, "SHOW");
            case BoundExplain explain:
                string[] lines = [.. Explained(explain.Explained)];
                return Selected([new RelationColumn("query plan", SqlType.Text, false)],
                    [.. lines.Select(static line => (object?[])[line])], "EXPLAIN");
            case BoundDrop drop:
                foreach (CatalogTable gone in drop.Tables)
                    Drop(gone);
                return Done($"DROP {StatementBinder.Words(((DropStatement)drop.Statement).Kind).ToUpperInvariant()}");
            default:
                throw new SqlFault(SqlState.FeatureNotSupported,
                    "a subscription is no statement of a script: read it by SqlJob.SubscribeAsync");
        }
    }

    private SqlResult Create(BoundStatement bound, string text)
    {
        (CatalogTable? table, bool replaces) = bound is BoundCreate create ? (create.Table, create.Replaces)
            : (((BoundCreateSink)bound).Sink, false);
        if (table is null)
            return Done(TagOf(bound.Statement));
        IReadOnlyList<string> warnings = table is { Query: { } query, Kind: not ObjectKind.View } ? Growth(query, table.Emit, table.Name)
            : [];
        if (table.Kind == ObjectKind.Sink)
            CheckSink(table, table, text);
        if (replaces)
            Drop(session.Catalog.Find(table.Name)!);
        session.Define(bound, table.Name);
        return Done(TagOf(bound.Statement)) with { Warnings = warnings };
    }

    private SqlResult InsertForEver(BoundInsert insert, string text)
    {
        string printed = SqlPrinter.Print(insert.Statement);
        SqlObject? known = session.Objects.FirstOrDefault(one => one.Target is not null && one.Definition.Statement == printed);
        if (known is not null && session.Confirms(known.Definition.Name, insert.Statement))
            return Done("INSERT");
        if (insert.Table.Kind == ObjectKind.Sink)
        {
            throw new SqlFault(SqlState.FeatureNotSupported,
                $"the sink \"{insert.Table.Name}\" takes the rows of its own query; make a TABLE with the connector to insert into it",
                insert.Statement.Span.Start);
        }

        CheckSink(insert.Table,
            new CatalogTable(ObjectKind.Sink, insert.Table.Name, insert.Rows.Columns) { Query = insert.Rows, Emit = insert.Emit },
            text);
        IReadOnlyList<string> warnings = Growth(insert.Rows, insert.Emit, $"insert into {insert.Table.Name}");
        session.Define(insert, session.NameOfInsert(insert.Table.Name));
        return Done("INSERT") with { Warnings = warnings };
    }

    private void CheckSink(CatalogTable sink, CatalogTable query, string text)
    {
        _ = text;
        (Connecting.Connector connector, Connecting.ConnectorSettings settings) = JobGraph.ConnectorOf(sink, session.Options);
        SinkMode.Check(sink.Name, connector.Takes(settings), TraitInference.Of(query.Emit).Of(query.Query!), query.Query!);
    }

    private void Drop(CatalogTable gone)
    {
        foreach (SqlObject insert in session.Objects.Where(one => one.Target?.Name == gone.Name).ToArray())
            session.Drop(insert.Definition.Name);
        session.Drop(gone.Name);
    }

    private SqlObject Fed(CatalogTable table) => session.Fed(table.Name);

    private async Task ChangeAsync(SqlObject table, IReadOnlyList<(object?[] Row, int Weight)> changes, CancellationToken cancellation)
    {
        if (changes.Count == 0)
            return;
        await session.RunAsync(cancellation);
        await session.DurableAsync(TableChanges.TellAsync(table, changes));
    }

    private async Task<IReadOnlyList<object?[]>> RowsAsync(Relation relation, EmitMode emit, CancellationToken cancellation)
    {
        ScanRelation[] scans = [.. relation.All().OfType<ScanRelation>().DistinctBy(static scan => scan.Table.Name)];
        if (scans.Length > 0)
            await session.RunAsync(cancellation);
        PresentRows rows = await PresentRows.OfAsync(session, [.. scans.Select(static scan => scan.Table)]);
        return await new BoundedQuery(rows.Read, table => session.Find(table.Name)?.Kept?.Counted().Rows, session.Options.Job.Clock)
            .RunAsync(relation, emit, cancellation);
    }

    private IReadOnlyList<string> Growth(Relation query, EmitMode emit, string name) =>
        GrowthCheck.Of(TraitInference.Of(emit), query, session.Options.GrowingState, $"\"{name}\"");

    private static IEnumerable<string> Explained(BoundStatement statement) => statement switch
    {
        BoundQuery query => PlanExplanation.Of(query.Relation, query.Emit),
        BoundCreate { Table: { Query: { } view } table } => PlanExplanation.Of(view, table.Emit),
        BoundCreateSink { Sink: { Query: { } sink } table } => PlanExplanation.Of(sink, table.Emit),
        BoundInsert insert => PlanExplanation.Of(insert.Rows, insert.Emit),
        BoundUpdate update => PlanExplanation.Of(update.Changes, EmitMode.Unsaid),
        BoundDelete delete => PlanExplanation.Of(delete.Rows, EmitMode.Unsaid),
        BoundSubscribe subscribe => PlanExplanation.Of(subscribe.Relation, subscribe.Emit),
        _ => ["nothing is computed"],
    };

    private static SqlResult Selected(IReadOnlyList<RelationColumn> columns, IReadOnlyList<object?[]> rows, string tag)
    {
        SqlColumn[] shown = [.. columns.Select(static one => new SqlColumn(one.Name, one.Type.ToString(), one.IsNullable))];
        return new SqlResult("", string.Create(CultureInfo.InvariantCulture, $"{tag} {rows.Count}"), shown,
            [.. rows.Select(row => new SqlRow(shown, row))], []);
    }

    private static SqlResult Done(string tag) => new("", tag, [], [], []);

    private static string? NameOf(Statement statement) => statement switch
    {
        CreateTable table => table.Name.Last.Name,
        CreateView view => view.Name.Last.Name,
        CreateSink sink => sink.Name.Last.Name,
        _ => null,
    };

    private static string TagOf(Statement statement) => statement switch
    {
        CreateTable { IsSource: true } => "CREATE SOURCE",
        CreateTable => "CREATE TABLE",
        CreateView { IsMaterialized: true } => "CREATE MATERIALIZED VIEW",
        CreateView => "CREATE VIEW",
        _ => "CREATE SINK",
    };
}
