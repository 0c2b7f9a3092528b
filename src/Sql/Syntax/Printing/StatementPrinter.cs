using ActorStreams.Sql.Syntax.Parsing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>Statements.</summary>
internal sealed class StatementPrinter(SqlText text)
{
    private readonly Printers _printers = new(text);

    public void Print(Statement statement)
    {
        switch (statement)
        {
            case SelectStatement select:
                _printers.Queries.Print(select.Query);
                Emit(select.Emit);
                break;
            case CreateTable table:
                Table(table);
                break;
            case CreateView view:
                View(view);
                break;
            case CreateSink sink:
                Sink(sink);
                break;
            case InsertStatement insert:
                Insert(insert);
                break;
            case UpdateStatement update:
                Update(update);
                break;
            case DeleteStatement delete:
                Delete(delete);
                break;
            default:
                Rest(statement);
                break;
        }
    }

    private void Rest(Statement statement)
    {
        switch (statement)
        {
            case SubscribeStatement subscribe:
                text.Add("SUBSCRIBE ");
                Source(subscribe.Name, subscribe.Query);
                Emit(subscribe.Emit);
                Options(subscribe.Options);
                break;
            case ExplainStatement explain:
                text.Add("EXPLAIN ");
                if (!explain.Options.IsEmpty)
                    text.Add("(").Join(explain.Options, ", ", option => Option(option, " ")).Add(") ");
                Print(explain.Statement);
                break;
            case ShowObjects show:
                text.Add("SHOW ").Add(Words(show.Kind)).Add("S");
                if (show.From is not null)
                    text.Add(" FROM ").Add(show.From);
                if (show.Like is not null)
                    text.Add(" LIKE ").AddString(show.Like);
                break;
            case ShowCreate show:
                text.Add("SHOW CREATE ").Add(Words(show.Kind)).Add(" ").Add(show.Name);
                break;
            case ShowSetting show:
                text.Add("SHOW ").Add(show.Name);
                break;
            case DescribeStatement describe:
                text.Add("DESCRIBE ").Add(describe.Name);
                break;
            default:
                var drop = (DropStatement)statement;
                text.Add("DROP ").Add(Words(drop.Kind)).Add(" ").AddIf(drop.IfExists, "IF EXISTS ").Join(drop.Names, ", ", name =>
                    text.Add(name))
                    .AddIf(drop.IsCascade, " CASCADE");
                break;
        }
    }

    private static string Words(ObjectKind kind) => kind == ObjectKind.MaterializedView ? "MATERIALIZED VIEW"
        : kind.ToString().ToUpperInvariant();

    private void Source(QualifiedName? name, QueryExpression? query)
    {
        if (name is not null)
            text.Add(name);
        else
            _printers.Queries.Print(query!);
    }

    private void Emit(EmitMode emit) => text.AddIf(emit == EmitMode.Changes, " EMIT CHANGES").AddIf(emit == EmitMode.OnWindowClose,
        " EMIT ON WINDOW CLOSE");

    private void Options(SyntaxList<Option> options)
    {
        if (!options.IsEmpty)
            text.Add(" WITH (").Join(options, ", ", option => Option(option, " = ")).Add(")");
    }

    private void Option(Option option, string between)
    {
        text.Add(option.Name);
        if (option.Value is null)
            return;
        text.Add(between);
        _printers.Expressions.Print(option.Value, Precedence.Membership);
    }

    private void Table(CreateTable table)
    {
        text.Add(table.IsSource ? "CREATE SOURCE " : "CREATE TABLE ").AddIf(table.IfNotExists, "IF NOT EXISTS ").Add(table.Name).Add(" (");
        string between = "";
        foreach (ColumnDefinition column in table.Columns)
        {
            text.Add(between);
            Column(column);
            between = ", ";
        }

        foreach (KeyDefinition key in table.Keys)
        {
            text.Add(between).Add(key.IsPrimary ? "PRIMARY KEY" : "UNIQUE").AddColumns(key.Columns);
            between = ", ";
        }

        foreach (Expression check in table.Checks)
        {
            text.Add(between);
            Bracketed("CHECK (", check);
            between = ", ";
        }

        foreach (WatermarkDefinition watermark in table.Watermarks)
        {
            text.Add(between).Add("WATERMARK FOR ").Add(watermark.Column).Add(" AS ");
            _printers.Expressions.Print(watermark.Value);
            between = ", ";
        }

        text.Add(")").AddIf(table.IsAppendOnly, " APPEND ONLY");
        Options(table.Options);
    }

    private void Column(ColumnDefinition column)
    {
        text.Add(column.Name).Add(" ").Add(column.Type).AddIf(column.IsPrimaryKey, " PRIMARY KEY").AddIf(column.IsUnique, " UNIQUE")
            .AddIf(column.IsNotNull, " NOT NULL");
        if (column.Default is not null)
        {
            text.Add(" DEFAULT ");
            _printers.Expressions.Print(column.Default, Precedence.Membership);
        }

        if (column.Generated is not null)
            Bracketed(" GENERATED ALWAYS AS (", column.Generated);
        if (column.Check is not null)
            Bracketed(" CHECK (", column.Check);
    }

    private void Bracketed(string words, Expression expression)
    {
        text.Add(words);
        _printers.Expressions.Print(expression);
        text.Add(")");
    }

    private void View(CreateView view)
    {
        text.Add("CREATE ").AddIf(view.OrReplace, "OR REPLACE ").AddIf(view.IsMaterialized, "MATERIALIZED ").Add("VIEW ")
            .AddIf(view.IfNotExists, "IF NOT EXISTS ").Add(view.Name).AddColumns(view.Columns);
        Options(view.Options);
        text.Add(" AS ");
        _printers.Queries.Print(view.Query);
        Emit(view.Emit);
    }

    private void Sink(CreateSink sink)
    {
        text.Add("CREATE SINK ").AddIf(sink.IfNotExists, "IF NOT EXISTS ").Add(sink.Name).Add(sink.From is null ? " AS " : " FROM ");
        Source(sink.From, sink.Query);
        Emit(sink.Emit);
        Options(sink.Options);
    }

    private void Insert(InsertStatement insert)
    {
        text.Add("INSERT INTO ").Add(insert.Table).AddColumns(insert.Columns);
        if (insert.Query is null)
        {
            text.Add(" DEFAULT VALUES");
        }
        else
        {
            text.Add(" ");
            _printers.Queries.Print(insert.Query);
        }

        Emit(insert.Emit);
    }

    private void Update(UpdateStatement update)
    {
        text.Add("UPDATE ").Add(update.Table);
        Alias(update.Alias);
        text.Add(" SET ").Join(update.Assignments, ", ", assignment =>
        {
            text.Add(assignment.Column).Add(" = ");
            _printers.Expressions.Print(assignment.Value);
        });
        Tables(" FROM ", update.From);
        Where(update.Where);
    }

    private void Delete(DeleteStatement delete)
    {
        text.Add("DELETE FROM ").Add(delete.Table);
        Alias(delete.Alias);
        Tables(" USING ", delete.Using);
        Where(delete.Where);
    }

    private void Alias(Identifier? alias)
    {
        if (alias is not null)
            text.Add(" AS ").Add(alias);
    }

    private void Tables(string word, SyntaxList<TableReference> tables)
    {
        if (!tables.IsEmpty)
            text.Add(word).Join(tables, ", ", _printers.Tables.Print);
    }

    private void Where(Expression? condition)
    {
        if (condition is null)
            return;
        text.Add(" WHERE ");
        _printers.Expressions.Print(condition);
    }
}
