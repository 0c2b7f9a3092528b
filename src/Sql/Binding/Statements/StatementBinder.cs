using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Queries;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>Statements by their kind.</summary>
internal sealed class StatementBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;
    private readonly ChangeBinder _changes = new(binders);
    private readonly CatalogueRows _rows = new(binders.Session);

    public BoundStatement Bind(Statement statement) => statement switch
    {
        SelectStatement select => new BoundQuery(select, Emitted(Query(select.Query), select.Emit, select.Span), select.Emit),
        CreateTable table => new TableDefinitionBinder(binders).Bind(table),
        CreateView view => View(view),
        CreateSink sink => Sink(sink),
        InsertStatement insert => _changes.Insert(insert),
        UpdateStatement update => _changes.Update(update),
        DeleteStatement delete => _changes.Delete(delete),
        SubscribeStatement subscribe => Subscribe(subscribe),
        ExplainStatement explain => new BoundExplain(explain, Bind(explain.Statement), Settings.Of(explain.Options, binders)),
        DropStatement drop => Drop(drop),
        _ => _rows.Bind(statement),
    };

    private Relation Query(QueryExpression query) => binders.Queries.Bind(query, Surroundings.None);

    /// <summary>Results that are final need a watermark that says when they are.</summary>
    private Relation Emitted(Relation relation, EmitMode emit, SourceSpan span)
    {
        if (emit != EmitMode.OnWindowClose)
            return relation;
        bool hasWatermark = relation.All().Any(one => one is ScanRelation scan
            && scan.Columns.Any(column => column.Time == TimeRole.EventTime)
            || (one is WindowRelation window && window.Columns[^1].HasWatermark));
        return hasWatermark ? relation : throw _session.Fault(SqlErrorCategory.Watermark, SqlState.InvalidTableDefinition,
            "EMIT ON WINDOW CLOSE needs an event time: no table of the query has a watermark.", span,
                "Say WATERMARK FOR time AS time - INTERVAL '5' SECOND in the definition of the table.");
    }

    private BoundCreate View(CreateView view)
    {
        string name = Free(view.Name, view.IfNotExists, view.OrReplace, out bool exists);
        if (exists && view.IfNotExists)
            return new BoundCreate(view, null, Replaces: false);
        if (exists && _session.Catalog.Find(name)!.Kind is not (ObjectKind.View or ObjectKind.MaterializedView))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.WrongObjectType, $"\"{name}\" is no view, so it is not replaced by one.",
                view.Name.Span);
        if (!view.IsMaterialized && view.Emit != EmitMode.Unsaid)
            throw _session.Unsupported("EMIT is said of materialised views.", view.Span);
        Relation relation = binders.Queries.Renamed(Emitted(Query(view.Query), view.Emit, view.Query.Span), view.Columns, view.Name.Last);
        Unique(relation.Columns.Select(column => column.Name), view.Query.Span);
        var table = new CatalogTable(view.IsMaterialized ? ObjectKind.MaterializedView : ObjectKind.View, name, relation.Columns)
        {
            Query = relation,
            Emit = view.Emit == EmitMode.Unsaid ? EmitMode.Changes : view.Emit,
            Definition = view,
            Options = Settings.Of(view.Options, binders),
        };
        return new BoundCreate(view, table, Replaces: exists);
    }

    private void Unique(IEnumerable<string> names, SourceSpan span)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (!seen.Add(name))
                throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateColumn, $"Two columns are called \"{name}\".",
                    span, "Give one of them an alias.");
        }
    }

    private BoundCreateSink Sink(CreateSink sink)
    {
        string name = Free(sink.Name, sink.IfNotExists, orReplace: false, out bool exists);
        if (exists)
            return new BoundCreateSink(sink, null);
        Relation relation = Emitted(sink.From is not null ? binders.Tables.Named(sink.From, Surroundings.None) : Query(sink.Query!),
            sink.Emit, sink.Span);
        Unique(relation.Columns.Select(column => column.Name), sink.Span);
        return new BoundCreateSink(sink, new CatalogTable(ObjectKind.Sink, name, relation.Columns)
        {
            Query = relation,
            Emit = sink.Emit,
            Definition = sink,
            Options = Settings.Of(sink.Options, binders),
        });
    }

    /// <summary>A name that nothing has as yet, or that may be taken over.</summary>
    private string Free(QualifiedName name, bool ifNotExists, bool orReplace, out bool exists)
    {
        if (name.Parts.Count > 1)
            throw _session.Unsupported("Names have no schemas.", name.Span);
        exists = _session.Catalog.Find(name.Last.Name) is not null;
        return !exists || ifNotExists || orReplace ? name.Last.Name
            : throw _session.Fault(SqlErrorCategory.DuplicateTable, SqlState.DuplicateTable, $"\"{name}\" exists already.", name.Span);
    }

    private BoundSubscribe Subscribe(SubscribeStatement subscribe)
    {
        IReadOnlyDictionary<string, object?> options = Settings.Of(subscribe.Options, binders);
        if (subscribe.Name is null)
            return new BoundSubscribe(subscribe, null, Emitted(Query(subscribe.Query!), subscribe.Emit, subscribe.Span), subscribe.Emit,
                options);
        Relation relation = binders.Tables.Named(subscribe.Name, Surroundings.None);
        return new BoundSubscribe(subscribe, _session.Catalog.Find(subscribe.Name.Last.Name), relation, subscribe.Emit, options);
    }

    private BoundDrop Drop(DropStatement drop)
    {
        List<CatalogTable> tables = [];
        foreach (QualifiedName name in drop.Names)
        {
            CatalogTable? table = _session.Catalog.Find(name.Last.Name);
            if (table is null && drop.IfExists)
                continue;
            if (table is null)
                throw _session.Fault(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable, $"There is no \"{name}\".", name.Span,
                    NearestName.Hint(name.Last.Name, _session.Catalog.Names));
            if (table.Kind != drop.Kind)
                throw _session.Fault(SqlErrorCategory.Type, SqlState.WrongObjectType,
                    $"\"{name}\" is a {Words(table.Kind)}, not a {Words(drop.Kind)}.", name.Span,
                        $"Say DROP {Words(table.Kind).ToUpperInvariant()} {name}.");
            tables.Add(table);
        }

        foreach (CatalogTable table in drop.IsCascade ? [] : tables)
        {
            CatalogTable? user = _session.Catalog.Tables.FirstOrDefault(other => !tables.Contains(other) && Uses(other, table));
            if (user is not null)
                throw _session.Fault(SqlErrorCategory.InvalidReference, "2BP01",
                    $"The {Words(user.Kind)} \"{user.Name}\" reads \"{table.Name}\".", drop.Span, "Drop it first, or say CASCADE.");
        }

        return new BoundDrop(drop, drop.IsCascade ? [.. WithUsers(tables)] : tables);
    }

    private static bool Uses(CatalogTable user, CatalogTable table) =>
        user.Query?.All().Any(one => one is ScanRelation scan && scan.Table.Name == table.Name) ?? false;

    /// <summary>Users first.</summary>
    private IEnumerable<CatalogTable> WithUsers(List<CatalogTable> tables)
    {
        List<CatalogTable> all = [.. tables];
        for (int at = 0; at < all.Count; at++)
            all.AddRange(_session.Catalog.Tables.Where(other => !all.Contains(other) && Uses(other, all[at])).ToArray());
        all.Reverse();
        return all;
    }

    internal static string Words(ObjectKind kind) => kind == ObjectKind.MaterializedView ? "materialized view"
        : kind.ToString().ToLowerInvariant();
}
