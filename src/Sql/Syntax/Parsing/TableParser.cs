using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>What stands in FROM: tables, queries, functions, and their joins.</summary>
internal sealed class TableParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>With commas between them.</summary>
    public SyntaxList<TableReference> List()
    {
        List<TableReference> tables = [Parse()];
        while (_tokens.Take(","))
            tables.Add(Parse());
        return [.. tables];
    }

    /// <summary>A table with its joins.</summary>
    private TableReference Parse()
    {
        int outer = _tokens.Enter();
        Token first = _tokens.Current;
        TableReference table = Joins(Single(), first);
        _tokens.Leave(outer);
        return table;
    }

    private TableReference Joins(TableReference left, Token first)
    {
        while (BeginsJoin())
        {
            left = Join(left, first);
            _tokens.Raise();
        }

        return left;
    }

    private bool BeginsJoin() => _tokens.Current.Word switch
    {
        Keyword.Join or Keyword.Cross or Keyword.Natural or Keyword.Inner or Keyword.Left or Keyword.Right or Keyword.Full => true,
        Keyword.Asof => _tokens.Peek().Word is Keyword.Join or Keyword.Left or Keyword.Inner,
        _ => false,
    };

    private JoinedTable Join(TableReference left, Token first)
    {
        bool isNatural = _tokens.Take(Keyword.Natural), isAsOf = !isNatural && _tokens.Take(Keyword.Asof);
        JoinKind kind = Kind();
        _tokens.Expect(Keyword.Join);
        Token start = _tokens.Current;
        TableReference right = Single();
        if (kind == JoinKind.Cross || isNatural)
            return new JoinedTable(left, right, kind, isAsOf, isNatural, [], null, null) { Span = _tokens.From(first) };

        // a JOIN b JOIN c ON … ON …: the inner join comes first
        if (BeginsJoin())
        {
            int outer = _tokens.Enter();
            while (BeginsJoin())
            {
                right = Join(right, start);
                _tokens.Raise();
            }

            _tokens.Leave(outer);
        }

        if (_tokens.Take(Keyword.Using))
        {
            SyntaxList<Identifier> columns = grammar.Names.Columns();
            Identifier? alias = _tokens.Take(Keyword.As) ? grammar.Names.Column("an alias") : null;
            return new JoinedTable(left, right, kind, isAsOf, isNatural, columns, alias, null) { Span = _tokens.From(first) };
        }

        _tokens.Expect(Keyword.On);
        Expression condition = grammar.Expressions.Parse();
        return new JoinedTable(left, right, kind, isAsOf, isNatural, [], null, condition) { Span = _tokens.From(first) };
    }

    private JoinKind Kind()
    {
        if (_tokens.Take(Keyword.Cross))
            return JoinKind.Cross;
        if (_tokens.Take(Keyword.Inner))
            return JoinKind.Inner;
        JoinKind kind = _tokens.Current.Word switch
        {
            Keyword.Left => JoinKind.Left,
            Keyword.Right => JoinKind.Right,
            Keyword.Full => JoinKind.Full,
            _ => JoinKind.Inner,
        };
        if (kind == JoinKind.Inner)
            return kind;
        _tokens.Advance();
        _tokens.Take(Keyword.Outer);
        return kind;
    }

    /// <summary>A table without joins, with the patterns that are searched in it.</summary>
    private TableReference Single()
    {
        Token first = _tokens.Current;
        TableReference table = Source(first);
        while (_tokens.Is(Keyword.MatchRecognize) && _tokens.Peek().IsMark("("))
        {
            table = grammar.Matches.Parse(table, first);
            _tokens.Raise();
        }

        if (_tokens.Current.Word == Keyword.Tablesample)
            throw _tokens.Unsupported(_tokens.Current.Span,
                "TABLESAMPLE is not supported: a sample of a stream is a condition, such as id % 10 = 0.");
        return table;
    }

    private TableReference Source(Token first)
    {
        bool isLateral = _tokens.Take(Keyword.Lateral);
        if (_tokens.Is("("))
            return Bracketed(isLateral, first);
        if (first.Word == Keyword.Table && _tokens.Peek().IsMark("("))
        {
            _tokens.Advance();
            _tokens.Expect("(");
            QualifiedName wrapped = FunctionName();
            TableFunction inside = Function(wrapped, isWrapped: true, isLateral: false);
            _tokens.Expect(")");
            return inside with { Alias = grammar.Names.TableAlias(), Span = _tokens.From(first) };
        }

        bool isCall = _tokens.Current.Kind == TokenKind.Name && Keywords.IsFunctionName(_tokens.Current.Word) && _tokens.Peek().IsMark("(");
        QualifiedName name = isCall ? FunctionName() : grammar.Names.Qualified("a table");
        if (_tokens.Is("("))
        {
            TableFunction function = Function(name, isWrapped: false, isLateral);
            bool withOrdinality = _tokens.Take(Keyword.With, Keyword.Ordinality);
            return function with { WithOrdinality = withOrdinality, Alias = grammar.Names.TableAlias(), Span = _tokens.From(first) };
        }

        if (isLateral)
            throw _tokens.Fault(first.Span, "LATERAL stands before a query in brackets or a function.");
        Expression? asOf = null;
        if (_tokens.Take(Keyword.For, Keyword.SystemTime))
        {
            _tokens.Expect(Keyword.As, Keyword.Of);
            asOf = grammar.Expressions.Parse();
        }

        TableAlias? alias = grammar.Names.TableAlias();
        return new NamedTable(name, asOf, alias) { Span = _tokens.From(first) };
    }

    private QualifiedName FunctionName()
    {
        Token token = _tokens.Current;
        bool isName = token.Kind == TokenKind.QuotedName || (token.Kind == TokenKind.Name && Keywords.IsFunctionName(token.Word));
        return isName ? new QualifiedName([grammar.Names.Take()]) { Span = token.Span }
            : throw _tokens.Unexpected("a function that gives rows");
    }

    /// <summary>A query or a join. Whether <c>((SELECT …)</c> begins a longer query or a table is seen at its end.</summary>
    private TableReference Bracketed(bool isLateral, Token first)
    {
        int outer = _tokens.Enter();
        TableReference table = Inside();
        _tokens.Leave(outer);
        if (table is DerivedTable { Alias: null } derived)
            return derived with { IsLateral = isLateral, Alias = grammar.Names.TableAlias(), Span = _tokens.From(first) };
        if (isLateral)
            throw _tokens.Fault(first.Span, "LATERAL stands before a query in brackets or a function.");
        return grammar.Names.TableAlias() is { } alias ? new AliasedJoin(table, alias) { Span = _tokens.From(first) } : table;
    }

    /// <summary>From the bracket to the one that closes it. A query in it is a table without an alias as yet.</summary>
    private TableReference Inside()
    {
        Token first = _tokens.Current;
        _tokens.Expect("(");
        TableReference table;
        if (grammar.Queries.BeginsHere())
        {
            QueryExpression query = grammar.Queries.Parse();
            table = new DerivedTable(query, IsLateral: false, null) { Span = query.Span };
        }
        else if (_tokens.Is("("))
        {
            Token start = _tokens.Current;
            int outer = _tokens.Enter();
            table = Inside();
            _tokens.Leave(outer);
            if (table is DerivedTable { Alias: null } derived)
            {
                if (grammar.Queries.GoesOn())
                {
                    QueryExpression query = grammar.Queries.Continue(derived.Query);
                    table = derived with { Query = query, Span = query.Span };
                }
                else if (!_tokens.Is(")"))
                {
                    table = Joins(derived with { Alias = grammar.Names.TableAlias(), Span = _tokens.From(start) }, start);
                }
            }
            else
            {
                if (grammar.Names.TableAlias() is { } alias)
                    table = new AliasedJoin(table, alias) { Span = _tokens.From(start) };
                table = Joins(table, start);
            }
        }
        else
        {
            table = Parse();
            if (table is not (JoinedTable or AliasedJoin or MatchRecognize))
                throw _tokens.Unexpected("a join");
        }

        _tokens.Expect(")");
        return table;
    }

    private TableFunction Function(QualifiedName name, bool isWrapped, bool isLateral)
    {
        Token first = _tokens.Current;
        _tokens.Expect("(");
        List<TableArgument> arguments = [];
        if (!_tokens.Is(")"))
        {
            do
            {
                arguments.Add(Argument());
            }
            while (_tokens.Take(","));
        }

        _tokens.Expect(")");
        return new TableFunction(name, [.. arguments], isWrapped, isLateral, WithOrdinality: false, null)
        {
            Span = Errors.SourceSpan.Between(name.Span, _tokens.From(first)),
        };
    }

    private TableArgument Argument()
    {
        Token first = _tokens.Current;
        Identifier? name = null;
        if (BeginsNamed())
        {
            name = grammar.Names.Take();
            _tokens.Advance();
        }

        if (_tokens.Take(Keyword.Table))
            return Input(name, first);
        if (BeginsDescriptor())
        {
            _tokens.Advance();
            _tokens.Expect("(");
            SyntaxList<Expression> columns = grammar.Expressions.List();
            _tokens.Expect(")");
            return new DescriptorArgument(name, columns) { Span = _tokens.From(first) };
        }

        Expression value = grammar.Expressions.Parse();
        return new ScalarArgument(name, value) { Span = _tokens.From(first) };
    }

    private bool BeginsNamed() => _tokens.Current.Kind is TokenKind.Name or TokenKind.QuotedName
        && (_tokens.Peek().IsMark("=>") || _tokens.Peek().IsMark(":="));

    private bool BeginsDescriptor() => _tokens.Is(Keyword.Descriptor) && _tokens.Peek().IsMark("(");

    private TableInput Input(Identifier? name, Token first)
    {
        QualifiedName? table = null;
        QueryExpression? query = null;
        if (_tokens.Is("("))
            query = grammar.Queries.Bracketed();
        else
            table = grammar.Names.Qualified("the name of a table");
        List<Expression> partitions = [];
        if (_tokens.Take(Keyword.Partition))
        {
            _tokens.Expect(Keyword.By);
            Expression one = grammar.Expressions.Parse();
            if (one is RowConstructor row)
                partitions.AddRange(row.Items);
            else
                partitions.Add(one);
            // without brackets the list ends where another argument begins
            while (_tokens.Is(",") && _tokens.Peek().Word is not (Keyword.Descriptor or Keyword.Table) && !IsNamed(_tokens.Peek(2)))
            {
                _tokens.Advance();
                partitions.Add(grammar.Expressions.Parse());
            }
        }

        SyntaxList<OrderItem> order = grammar.Expressions.OrderBy();
        return new TableInput(name, table, query, [.. partitions], order) { Span = _tokens.From(first) };
    }

    private static bool IsNamed(Token token) => token.IsMark("=>") || token.IsMark(":=");
}
