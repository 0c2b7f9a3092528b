using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>CREATE TABLE, SOURCE, VIEW and SINK.</summary>
internal sealed class CreateParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>From the word CREATE.</summary>
    public Statement Parse()
    {
        Token first = _tokens.Current;
        _tokens.Expect(Keyword.Create);
        bool orReplace = false;
        if (_tokens.Take(Keyword.Or))
        {
            _tokens.Expect(Keyword.Replace);
            orReplace = true;
        }

        if (_tokens.Take(Keyword.Temporary))
            throw _tokens.Unsupported(_tokens.Previous.Span, "There are no temporary tables or views.");
        if (_tokens.Take(Keyword.Materialized))
        {
            _tokens.Expect(Keyword.View);
            return View(orReplace, isMaterialized: true, first);
        }

        if (_tokens.Take(Keyword.View))
            return View(orReplace, isMaterialized: false, first);
        if (orReplace)
            throw _tokens.Unexpected();
        if (_tokens.Take(Keyword.Table))
            return Table(isSource: false, first);
        if (_tokens.Take(Keyword.Source))
            return Table(isSource: true, first);
        return _tokens.Take(Keyword.Sink) ? Sink(first) : throw _tokens.Unexpected();
    }

    /// <summary>EMIT CHANGES or EMIT ON WINDOW CLOSE, if it is there.</summary>
    public EmitMode Emit()
    {
        if (!_tokens.Take(Keyword.Emit))
            return EmitMode.Unsaid;
        if (_tokens.Take(Keyword.Changes))
            return EmitMode.Changes;
        _tokens.Expect(Keyword.On, Keyword.Window);
        _tokens.Expect(Keyword.Close);
        return EmitMode.OnWindowClose;
    }

    /// <summary><c>WITH (name = value, …)</c>, if it is there.</summary>
    public SyntaxList<Option> Options()
    {
        if (!_tokens.Take(Keyword.With))
            return [];
        _tokens.Expect("(");
        List<Option> options = [];
        do
        {
            Token first = _tokens.Current;
            QualifiedName name = OptionName(first);
            _tokens.Expect("=");
            Expression value = grammar.Expressions.Parse(Precedence.Membership);
            options.Add(new Option(name, value) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        _tokens.Expect(")");
        return [.. options];
    }

    /// <summary>Names with points, or a text in quotes.</summary>
    private QualifiedName OptionName(Token first)
    {
        if (first.Kind == TokenKind.String)
            return new QualifiedName([grammar.Names.Take()]) { Span = first.Span };
        List<Identifier> parts = [grammar.Names.Label("the name of an option")];
        while (_tokens.Take("."))
            parts.Add(grammar.Names.Label("the name of an option"));
        return new QualifiedName([.. parts]) { Span = _tokens.From(first) };
    }

    private bool IfNotExists()
    {
        if (!_tokens.Take(Keyword.If))
            return false;
        _tokens.Expect(Keyword.Not, Keyword.Exists);
        return true;
    }

    private CreateView View(bool orReplace, bool isMaterialized, Token first)
    {
        bool ifNotExists = IfNotExists();
        QualifiedName name = grammar.Names.Qualified("the name of the view");
        SyntaxList<Identifier> columns = _tokens.Is("(") ? grammar.Names.Columns() : [];
        SyntaxList<Option> options = Options();
        _tokens.Expect(Keyword.As);
        QueryExpression query = grammar.Queries.Parse();
        EmitMode emit = Emit();
        return new CreateView(name, query)
        {
            IsMaterialized = isMaterialized,
            OrReplace = orReplace,
            IfNotExists = ifNotExists,
            Columns = columns,
            Emit = emit,
            Options = options,
            Span = _tokens.From(first),
        };
    }

    private CreateSink Sink(Token first)
    {
        bool ifNotExists = IfNotExists();
        QualifiedName name = grammar.Names.Qualified("the name of the sink");
        QualifiedName? from = null;
        QueryExpression? query = null;
        if (_tokens.Take(Keyword.From))
        {
            from = grammar.Names.Qualified("the name of a table or view");
        }
        else
        {
            _tokens.Expect(Keyword.As);
            query = grammar.Queries.Parse();
        }

        EmitMode emit = Emit();
        SyntaxList<Option> options = Options();
        return new CreateSink(name, from, query) { IfNotExists = ifNotExists, Emit = emit, Options = options, Span = _tokens.From(first) };
    }

    private CreateTable Table(bool isSource, Token first)
    {
        bool ifNotExists = IfNotExists();
        QualifiedName name = grammar.Names.Qualified("the name of the table");
        if (_tokens.Current.Word == Keyword.As)
            throw _tokens.Unsupported(_tokens.Current.Span, "CREATE TABLE … AS makes no table here.",
                "Say CREATE MATERIALIZED VIEW … AS SELECT.");
        List<ColumnDefinition> columns = [];
        List<KeyDefinition> keys = [];
        List<WatermarkDefinition> watermarks = [];
        List<Expression> checks = [];
        _tokens.Expect("(");
        do
        {
            Token start = _tokens.Current;
            bool isNamed = _tokens.Take(Keyword.Constraint);
            if (isNamed)
                grammar.Names.Column("the name of the constraint");
            if (Key() is { } key)
                keys.Add(key with { Span = _tokens.From(start) });
            else if (_tokens.Take(Keyword.Check))
                checks.Add(Condition());
            else if (isNamed)
                throw _tokens.Unexpected();
            else if (_tokens.Take(Keyword.Watermark, Keyword.For))
                watermarks.Add(Watermark(start));
            else
                columns.Add(Column());
        }
        while (_tokens.Take(","));
        _tokens.Expect(")");
        bool isAppendOnly = _tokens.Take(Keyword.Append, Keyword.Only);
        SyntaxList<Option> options = Options();
        isAppendOnly = isAppendOnly || _tokens.Take(Keyword.Append, Keyword.Only);
        return new CreateTable(name)
        {
            IsSource = isSource,
            IfNotExists = ifNotExists,
            Columns = [.. columns],
            Keys = [.. keys],
            Watermarks = [.. watermarks],
            Checks = [.. checks],
            IsAppendOnly = isAppendOnly,
            Options = options,
            Span = _tokens.From(first),
        };
    }

    private KeyDefinition? Key()
    {
        if (_tokens.Take(Keyword.Primary, Keyword.Key))
            return new KeyDefinition(IsPrimary: true, grammar.Names.Columns());
        return _tokens.Take(Keyword.Unique) ? new KeyDefinition(IsPrimary: false, grammar.Names.Columns()) : null;
    }

    private WatermarkDefinition Watermark(Token first)
    {
        Identifier column = grammar.Names.Column("the column of the event time");
        _tokens.Expect(Keyword.As);
        Expression value = grammar.Expressions.Parse();
        return new WatermarkDefinition(column, value) { Span = _tokens.From(first) };
    }

    private Expression Condition()
    {
        _tokens.Expect("(");
        Expression condition = grammar.Expressions.Parse();
        _tokens.Expect(")");
        return condition;
    }

    private ColumnDefinition Column()
    {
        Token first = _tokens.Current;
        Identifier name = grammar.Names.Column("a column, a key or a watermark");
        var column = new ColumnDefinition(name, grammar.Types.Parse(), false, false, false, null, null, null);
        while (Constraint(column) is { } more)
            column = more;
        return column with { Span = _tokens.From(first) };
    }

    /// <summary>What else is said of a column; null: nothing more.</summary>
    private ColumnDefinition? Constraint(ColumnDefinition column)
    {
        if (_tokens.Take(Keyword.Constraint))
            grammar.Names.Column("the name of the constraint");
        if (_tokens.Take(Keyword.Primary, Keyword.Key))
            return column with { IsPrimaryKey = true };
        if (_tokens.Take(Keyword.Unique))
            return column with { IsUnique = true };
        if (_tokens.Take(Keyword.Not))
        {
            _tokens.Expect(Keyword.Null);
            return column with { IsNotNull = true };
        }

        if (_tokens.Take(Keyword.Null))
            return column;
        if (_tokens.Take(Keyword.Default))
            return column with { Default = grammar.Expressions.Parse(Precedence.Membership) };
        if (_tokens.Take(Keyword.Check))
            return column with { Check = Condition() };
        if (_tokens.Take(Keyword.Generated))
        {
            _tokens.Expect(Keyword.Always, Keyword.As);
            column = column with { Generated = Condition() };
            _ = _tokens.Take(Keyword.Stored) || _tokens.Take(Keyword.Virtual);
            return column;
        }

        if (_tokens.Current.Word is Keyword.References)
            throw _tokens.Unsupported(_tokens.Current.Span, "Foreign keys are not checked, so they cannot be said.");
        return null;
    }
}
