using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Statements, by their first word.</summary>
internal sealed class StatementParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    public SyntaxList<Statement> ParseScript()
    {
        List<Statement> statements = [];
        while (true)
        {
            while (_tokens.Take(";"))
            {
            }

            if (_tokens.Current.Kind == TokenKind.End)
                return [.. statements];
            statements.Add(Parse());
            if (_tokens.Current.Kind != TokenKind.End && !_tokens.Is(";"))
                throw _tokens.Unexpected();
        }
    }

    public Statement ParseOne()
    {
        Statement statement = Parse();
        while (_tokens.Take(";"))
        {
        }

        return _tokens.Current.Kind == TokenKind.End ? statement : throw _tokens.Unexpected();
    }

    public Expression ParseExpression()
    {
        Expression expression = grammar.Expressions.Parse();
        return _tokens.Current.Kind == TokenKind.End ? expression : throw _tokens.Unexpected();
    }

    private Statement Parse()
    {
        int outer = _tokens.Enter();
        Statement statement = ByWord();
        _tokens.Leave(outer);
        return statement;
    }

    private Statement ByWord()
    {
        Token first = _tokens.Current;
        if (_tokens.Is("(") || _tokens.Is(Keyword.Select) || _tokens.Is(Keyword.With) || _tokens.Is(Keyword.Values)
            || _tokens.Is(Keyword.Table))
        {
            QueryExpression query = grammar.Queries.Parse();
            EmitMode emit = grammar.Creates.Emit();
            return new SelectStatement(query, emit) { Span = _tokens.From(first) };
        }

        if (_tokens.Is(Keyword.Create))
            return grammar.Creates.Parse();
        if (_tokens.Take(Keyword.Insert))
            return Insert(first);
        if (_tokens.Take(Keyword.Update))
            return Update(first);
        if (_tokens.Take(Keyword.Delete))
            return Delete(first);
        if (_tokens.Take(Keyword.Subscribe))
            return Subscribe(first);
        if (_tokens.Take(Keyword.Explain))
            return Explain(first);
        if (_tokens.Take(Keyword.Show))
            return Show(first);
        if (_tokens.Take(Keyword.Describe) || _tokens.Take(Keyword.Desc))
        {
            QualifiedName name = grammar.Names.Qualified("the name of a table or view");
            return new DescribeStatement(name) { Span = _tokens.From(first) };
        }

        return _tokens.Take(Keyword.Drop) ? Drop(first) : throw _tokens.Unexpected();
    }

    private InsertStatement Insert(Token first)
    {
        _tokens.Expect(Keyword.Into);
        QualifiedName table = grammar.Names.Qualified("the name of a table");
        // a bracket begins the columns, or a query
        Token next = _tokens.Peek();
        bool isQuery = next.Word is Keyword.Select or Keyword.With or Keyword.Table || next.IsMark("(") ||
            (next.Word == Keyword.Values && _tokens.Peek(2).IsMark("("));
        SyntaxList<Identifier> columns = _tokens.Is("(") && !isQuery ? grammar.Names.Columns() : [];
        QueryExpression? query = null;
        if (_tokens.Take(Keyword.Default))
            _tokens.Expect(Keyword.Values);
        else
            query = grammar.Queries.Parse();
        EmitMode emit = grammar.Creates.Emit();
        if (_tokens.Is(Keyword.On, Keyword.Conflict))
            throw _tokens.Unsupported(_tokens.Current.Span, "ON CONFLICT is not supported: a row with a key that exists replaces nothing.");
        NoReturning();
        return new InsertStatement(table, columns, query, emit) { Span = _tokens.From(first) };
    }

    private UpdateStatement Update(Token first)
    {
        QualifiedName table = grammar.Names.Qualified("the name of a table");
        Identifier? alias = grammar.Names.TableAlias()?.Name;
        _tokens.Expect(Keyword.Set);
        List<Assignment> assignments = [];
        do
        {
            Token start = _tokens.Current;
            Identifier column = grammar.Names.Column("the name of a column");
            _tokens.Expect("=");
            Token token = _tokens.Current;
            Expression value = _tokens.Take(Keyword.Default) ? new DefaultValue { Span = token.Span } : grammar.Expressions.Parse();
            assignments.Add(new Assignment(column, value) { Span = _tokens.From(start) });
        }
        while (_tokens.Take(","));
        SyntaxList<TableReference> from = _tokens.Take(Keyword.From) ? grammar.Tables.List() : [];
        Expression? where = _tokens.Take(Keyword.Where) ? grammar.Expressions.Parse() : null;
        NoReturning();
        return new UpdateStatement(table, alias, [.. assignments], from, where) { Span = _tokens.From(first) };
    }

    private DeleteStatement Delete(Token first)
    {
        _tokens.Expect(Keyword.From);
        QualifiedName table = grammar.Names.Qualified("the name of a table");
        Identifier? alias = grammar.Names.TableAlias()?.Name;
        SyntaxList<TableReference> others = _tokens.Take(Keyword.Using) ? grammar.Tables.List() : [];
        Expression? where = _tokens.Take(Keyword.Where) ? grammar.Expressions.Parse() : null;
        NoReturning();
        return new DeleteStatement(table, alias, others, where) { Span = _tokens.From(first) };
    }

    private void NoReturning()
    {
        if (_tokens.Current.Word == Keyword.Returning)
            throw _tokens.Unsupported(_tokens.Current.Span, "RETURNING is not supported: a change gives no rows.");
    }

    private SubscribeStatement Subscribe(Token first)
    {
        _tokens.Take(Keyword.To);
        QueryExpression? query = null;
        QualifiedName? name = null;
        if (grammar.Queries.BeginsHere() || _tokens.Is("("))
            query = grammar.Queries.Parse();
        else
            name = grammar.Names.Qualified("a query, or the name of a view");
        EmitMode emit = grammar.Creates.Emit();
        SyntaxList<Option> options = grammar.Creates.Options();
        return new SubscribeStatement(name, query, emit, options) { Span = _tokens.From(first) };
    }

    private ExplainStatement Explain(Token first)
    {
        List<Option> options = [];
        Token token = _tokens.Current;
        if (_tokens.Take(Keyword.Analyze))
            options.Add(new Option(new QualifiedName([new Identifier(token.Text) { Span = token.Span }]), null) { Span = token.Span });
        if (_tokens.Is("(") && _tokens.Peek().Kind is TokenKind.Name or TokenKind.QuotedName
            && _tokens.Peek().Word is not (Keyword.Select or Keyword.With or Keyword.Values or Keyword.Table))
        {
            _tokens.Advance();
            do
            {
                Token start = _tokens.Current;
                var name = new QualifiedName([grammar.Names.Label("an option of EXPLAIN")]) { Span = start.Span };
                Expression? value = _tokens.Is(",") || _tokens.Is(")") ? null : grammar.Expressions.Parse();
                options.Add(new Option(name, value) { Span = _tokens.From(start) });
            }
            while (_tokens.Take(","));
            _tokens.Expect(")");
        }

        Statement statement = Parse();
        return new ExplainStatement(statement, [.. options]) { Span = _tokens.From(first) };
    }

    private Statement Show(Token first)
    {
        if (_tokens.Take(Keyword.Create))
        {
            ObjectKind kind = Kind();
            QualifiedName name = grammar.Names.Qualified("a name");
            return new ShowCreate(kind, name) { Span = _tokens.From(first) };
        }

        ObjectKind? kinds = null;
        if (_tokens.Take(Keyword.Materialized))
        {
            _tokens.Expect(Keyword.Views);
            kinds = ObjectKind.MaterializedView;
        }
        else if (_tokens.Take(Keyword.Tables))
        {
            kinds = ObjectKind.Table;
        }
        else if (_tokens.Take(Keyword.Views))
        {
            kinds = ObjectKind.View;
        }
        else if (_tokens.Take(Keyword.Sources))
        {
            kinds = ObjectKind.Source;
        }
        else if (_tokens.Take(Keyword.Sinks))
        {
            kinds = ObjectKind.Sink;
        }
        else if (_tokens.Take(Keyword.Functions))
        {
            kinds = ObjectKind.Function;
        }
        else if (_tokens.Take(Keyword.Columns))
        {
            kinds = ObjectKind.Column;
        }

        if (kinds is null)
        {
            QualifiedName setting = grammar.Names.Qualified("TABLES, VIEWS, MATERIALIZED VIEWS, SOURCES, SINKS, FUNCTIONS, COLUMNS FROM, CREATE or the name of a setting");
            return new ShowSetting(setting) { Span = _tokens.From(first) };
        }

        QualifiedName? from = null;
        if (kinds == ObjectKind.Column)
        {
            _tokens.Expect(Keyword.From);
            from = grammar.Names.Qualified("the name of a table or view");
        }

        string? like = null;
        if (_tokens.Take(Keyword.Like))
        {
            if (_tokens.Current.Kind != TokenKind.String)
                throw _tokens.Unexpected("a text in quotes");
            like = _tokens.Current.Text;
            _tokens.Advance();
        }

        return new ShowObjects(kinds.Value, from, like) { Span = _tokens.From(first) };
    }

    private ObjectKind Kind()
    {
        if (_tokens.Take(Keyword.Materialized))
        {
            _tokens.Expect(Keyword.View);
            return ObjectKind.MaterializedView;
        }

        if (_tokens.Take(Keyword.Table))
            return ObjectKind.Table;
        if (_tokens.Take(Keyword.View))
            return ObjectKind.View;
        if (_tokens.Take(Keyword.Source))
            return ObjectKind.Source;
        return _tokens.Take(Keyword.Sink) ? ObjectKind.Sink : throw _tokens.Unexpected();
    }

    private DropStatement Drop(Token first)
    {
        ObjectKind kind = Kind();
        bool ifExists = _tokens.Take(Keyword.If);
        if (ifExists)
            _tokens.Expect(Keyword.Exists);
        List<QualifiedName> names = [grammar.Names.Qualified("a name")];
        while (_tokens.Take(","))
            names.Add(grammar.Names.Qualified("a name"));
        bool isCascade = _tokens.Take(Keyword.Cascade);
        if (!isCascade)
            _tokens.Take(Keyword.Restrict);
        return new DropStatement(kind, ifExists, [.. names], isCascade) { Span = _tokens.From(first) };
    }
}
