using System.Text.RegularExpressions;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>SHOW and DESCRIBE: what the catalogue has, as rows.</summary>
internal sealed class CatalogueRows(BindingSession session)
{
    public BoundShow Bind(Statement statement) => statement switch
    {
        ShowObjects { Kind: ObjectKind.Column } show => new BoundShow(show, Columns(show.From!, show.Like)),
        ShowObjects { Kind: ObjectKind.Function } show => new BoundShow(show,
            Rows(["name"], session.FunctionNames.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Where(Like(show.Like))
                .Select(name => (string?[])[name]))),
        ShowObjects show => new BoundShow(show, Rows(["name"],
            session.Catalog.Tables.Where(table => table.Kind == show.Kind).Select(table => table.Name).Where(Like(show.Like))
            .Order(StringComparer.Ordinal).Select(name => (string?[])[name]))),
        ShowCreate show => new BoundShow(show, Rows(["name", "statement"],
            [[show.Name.Last.Name, SqlPrinter.Print(Find(show.Name, show.Kind).Definition!)]])),
        DescribeStatement describe => new BoundShow(describe, Columns(describe.Name, null)),
        ShowSetting { Name: var name } => throw session.Fault(SqlErrorCategory.InvalidReference, SqlState.UndefinedObject,
            $"There is no setting \"{name}\".", name.Span),
        _ => throw session.Unsupported("This statement is not supported.", statement.Span),
    };

    private ValuesRelation Columns(QualifiedName name, string? like)
    {
        CatalogTable table = Find(name, null);
        return Rows(["name", "type", "nullable", "note"], table.Columns.Where(column => Like(like)(column.Name)).Select(column =>
            (string?[])
            [column.Name, column.Type.ToString(), column.IsNullable ? "yes" : "no", Note(table, column)]));
    }

    private static string? Note(CatalogTable table, RelationColumn column)
    {
        int at = table.Columns.ToList().IndexOf(column);
        List<string> notes = [];
        if (table.Key.Contains(at))
            notes.Add("primary key");
        if (column.Time == TimeRole.EventTime)
            notes.Add("event time");
        return notes.Count == 0 ? null : string.Join(", ", notes);
    }

    private CatalogTable Find(QualifiedName name, ObjectKind? kind)
    {
        CatalogTable? table = session.Catalog.Find(name.Last.Name);
        if (table is not null && (kind is null || table.Kind == kind))
            return table;
        string what = kind is null ? "table or view" : StatementBinder.Words(kind.Value);
        throw session.Fault(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable, $"There is no {what} \"{name}\".", name.Span,
            NearestName.Hint(name.Last.Name, session.Catalog.Names));
    }

    private static ValuesRelation Rows(string[] names, IEnumerable<string?[]> rows) => new(
        [.. names.Select(name => new RelationColumn(name, SqlType.Text))],
        [.. rows.Select(row => (IReadOnlyList<BoundExpression>)[.. row.Select(value => new ConstantExpression(value, SqlType.Text))])]);

    private static Func<string, bool> Like(string? pattern)
    {
        if (pattern is null)
            return _ => true;
        IEnumerable<string> parts = pattern.Select(letter => letter switch
        {
            '%' => ".*",
            '_' => ".",
            _ => Regex.Escape(letter.ToString()),
        });
        string regex = $"^{string.Concat(parts)}$";
        return name => Regex.IsMatch(name, regex, RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }
}
