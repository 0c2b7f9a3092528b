using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Queries: WITH, set operations, SELECT, VALUES, and what stands after them.</summary>
internal sealed class QueryParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>Whether the present word begins a query; a bracket may, too.</summary>
    public bool BeginsHere() => _tokens.Current.Word is Keyword.Select or Keyword.Values or Keyword.With or Keyword.Table
        && !(_tokens.Current.Word == Keyword.Values && !_tokens.Peek().IsMark("("));

    /// <summary>Whether the present word goes on with a query that stands in brackets before it.</summary>
    public bool GoesOn() => _tokens.Current.Word
        is Keyword.Union or Keyword.Intersect or Keyword.Except or Keyword.Order or Keyword.Limit or Keyword.Offset or Keyword.Fetch;

    /// <summary>A query with all that stands before and after it.</summary>
    public QueryExpression Parse()
    {
        int outer = _tokens.Enter();
        Token first = _tokens.Current;
        bool isRecursive = false;
        SyntaxList<CommonTable> with = [];
        if (_tokens.Take(Keyword.With))
        {
            isRecursive = _tokens.Take(Keyword.Recursive);
            with = CommonTables();
        }

        QueryExpression query = Finish(with, isRecursive, SetOperations(Operand(), 0, first), first);
        _tokens.Leave(outer);
        return query;
    }

    /// <summary>A query in brackets.</summary>
    public QueryExpression Bracketed()
    {
        _tokens.Expect("(");
        if (!BeginsHere() && !_tokens.Is("("))
            throw _tokens.Unexpected("a query");
        QueryExpression query = Parse();
        _tokens.Expect(")");
        return query;
    }

    /// <summary>What stands after a query in brackets.</summary>
    public QueryExpression Continue(QueryExpression left)
    {
        int outer = _tokens.Enter();
        _tokens.Raise();
        var first = new Token(TokenKind.Name, left.Span, Keyword.None, "");
        QueryExpression query = Finish([], isRecursive: false, SetOperations(left, 0, first), first);
        _tokens.Leave(outer);
        return query;
    }

    private SyntaxList<CommonTable> CommonTables()
    {
        List<CommonTable> tables = [];
        do
        {
            Token first = _tokens.Current;
            Identifier name = grammar.Names.Column("the name of a query");
            SyntaxList<Identifier> columns = _tokens.Is("(") ? grammar.Names.Columns() : [];
            _tokens.Expect(Keyword.As);
            bool? isMaterialized = null;
            if (_tokens.Take(Keyword.Not))
            {
                _tokens.Expect(Keyword.Materialized);
                isMaterialized = false;
            }
            else if (_tokens.Take(Keyword.Materialized))
            {
                isMaterialized = true;
            }

            tables.Add(new CommonTable(name, columns, isMaterialized, Bracketed()) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. tables];
    }

    private QueryExpression SetOperations(QueryExpression left, int minimum, Token first)
    {
        while (true)
        {
            SetOperator? kind = _tokens.Current.Word switch
            {
                Keyword.Union => SetOperator.Union,
                Keyword.Intersect => SetOperator.Intersect,
                Keyword.Except => SetOperator.Except,
                _ => null,
            };
            int precedence = kind switch
            {
                null => 0,
                SetOperator.Intersect => 2,
                _ => 1,
            };
            if (kind is null || precedence <= minimum)
                return left;
            _tokens.Advance();
            bool isAll = _tokens.Take(Keyword.All);
            if (!isAll)
                _tokens.Take(Keyword.Distinct);
            Token start = _tokens.Current;
            QueryExpression right = SetOperations(Operand(), precedence, start);
            left = new SetOperation(kind.Value, isAll, left, right) { Span = _tokens.From(first) };
            _tokens.Raise();
        }
    }

    private QueryExpression Operand()
    {
        Token first = _tokens.Current;
        if (_tokens.Is(Keyword.Select))
            return Select();
        if (_tokens.Take(Keyword.Values))
            return Values(first);
        if (_tokens.Take(Keyword.Table))
        {
            QualifiedName name = grammar.Names.Qualified("the name of a table");
            return new TableQuery(name) { Span = _tokens.From(first) };
        }

        return _tokens.Is("(") ? Bracketed() : throw _tokens.Unexpected();
    }

    private ValuesQuery Values(Token first)
    {
        List<RowConstructor> rows = [];
        do
        {
            Token start = _tokens.Current;
            _tokens.Expect("(");
            List<Expression> items = [];
            do
            {
                items.Add(ItemOfRow());
            }
            while (_tokens.Take(","));
            _tokens.Expect(")");
            rows.Add(new RowConstructor([.. items]) { Span = _tokens.From(start) });
        }
        while (_tokens.Take(","));
        return new ValuesQuery([.. rows]) { Span = _tokens.From(first) };
    }

    private Expression ItemOfRow()
    {
        Token token = _tokens.Current;
        return _tokens.Take(Keyword.Default) ? new DefaultValue { Span = token.Span } : grammar.Expressions.Parse();
    }

    /// <summary>ORDER BY, LIMIT, OFFSET, FETCH.</summary>
    private QueryExpression Finish(SyntaxList<CommonTable> with, bool isRecursive, QueryExpression body, Token first)
    {
        SyntaxList<OrderItem> order = grammar.Expressions.OrderBy();
        Expression? limit = null, offset = null;
        bool hasLimit = false, withTies = false;
        while (true)
        {
            Token token = _tokens.Current;
            if (!hasLimit && _tokens.Take(Keyword.Limit))
            {
                hasLimit = true;
                if (!_tokens.Take(Keyword.All))
                    limit = grammar.Expressions.Parse();
                if (_tokens.Is(","))
                    throw _tokens.Fault(_tokens.Current.Span, "LIMIT takes one number.", "Say LIMIT n OFFSET m.");
            }
            else if (!hasLimit && _tokens.Take(Keyword.Fetch))
            {
                hasLimit = true;
                (limit, withTies) = Fetch(token);
            }
            else if (offset is null && _tokens.Take(Keyword.Offset))
            {
                offset = grammar.Expressions.Parse();
                _ = _tokens.Take(Keyword.Rows) || _tokens.Take(Keyword.Row);
            }
            else
            {
                break;
            }
        }

        if (_tokens.Current.Word == Keyword.For)
            throw _tokens.Unsupported(_tokens.Current.Span, "Rows are not locked: FOR UPDATE and FOR SHARE mean nothing here.");
        if (with.IsEmpty && order.IsEmpty && limit is null && offset is null)
            return body;
        return new Query(with, isRecursive, body, order, limit, withTies, offset) { Span = _tokens.From(first) };
    }

    /// <summary><c>FETCH FIRST [n] ROWS ONLY | WITH TIES</c>.</summary>
    private (Expression Limit, bool WithTies) Fetch(Token first)
    {
        if (!_tokens.Take(Keyword.First))
            _tokens.Expect(Keyword.Next);
        Expression limit = _tokens.Is(Keyword.Row) || _tokens.Is(Keyword.Rows)
            ? new NumberLiteral("1", IsInteger: true) { Span = first.Span }
            : grammar.Expressions.Parse(Precedence.Sum);
        if (!_tokens.Take(Keyword.Rows))
            _tokens.Expect(Keyword.Row);
        if (_tokens.Take(Keyword.With))
        {
            _tokens.Expect(Keyword.Ties);
            return (limit, true);
        }

        _tokens.Expect(Keyword.Only);
        return (limit, false);
    }

    private SelectQuery Select()
    {
        Token first = _tokens.Current;
        _tokens.Expect(Keyword.Select);
        var select = new SelectQuery();
        if (_tokens.Take(Keyword.Distinct))
        {
            select = select with { IsDistinct = true };
            if (_tokens.Take(Keyword.On))
            {
                _tokens.Expect("(");
                select = select with { DistinctOn = grammar.Expressions.List() };
                _tokens.Expect(")");
            }
        }
        else
        {
            _tokens.Take(Keyword.All);
        }

        if (!_tokens.Is(Keyword.From))
            select = select with { Items = Items() };
        if (_tokens.Take(Keyword.Into))
            throw _tokens.Unsupported(_tokens.Previous.Span, "SELECT INTO makes no table here.",
                "Say CREATE MATERIALIZED VIEW … AS SELECT.");
        if (_tokens.Take(Keyword.From))
            select = select with { From = grammar.Tables.List() };
        if (_tokens.Take(Keyword.Where))
            select = select with { Where = grammar.Expressions.Parse() };
        if (_tokens.Is(Keyword.Group))
            select = select with { GroupBy = GroupBy() };
        if (_tokens.Take(Keyword.Having))
            select = select with { Having = grammar.Expressions.Parse() };
        if (_tokens.Take(Keyword.Qualify))
            select = select with { Qualify = grammar.Expressions.Parse() };
        if (_tokens.Take(Keyword.Window))
            select = select with { Windows = Windows() };
        if (select.Qualify is null && _tokens.Take(Keyword.Qualify))
            select = select with { Qualify = grammar.Expressions.Parse() };
        return select with { Span = _tokens.From(first) };
    }

    private SyntaxList<SelectItem> Items()
    {
        List<SelectItem> items = [];
        do
        {
            items.Add(Item());
        }
        while (_tokens.Take(","));
        return [.. items];
    }

    private SelectItem Item()
    {
        Token first = _tokens.Current;
        if (_tokens.Take("*"))
            return new SelectStar(null) { Span = first.Span };
        if (EndsInStar())
        {
            List<Identifier> parts = [];
            while (!_tokens.Current.IsMark("*"))
            {
                parts.Add(grammar.Names.Label());
                _tokens.Expect(".");
            }

            _tokens.Advance();
            return new SelectStar(new QualifiedName([.. parts]) { Span = first.Span }) { Span = _tokens.From(first) };
        }

        Expression value = grammar.Expressions.Parse();
        Identifier? alias = grammar.Names.ColumnAlias();
        return new SelectExpression(value, alias) { Span = _tokens.From(first) };
    }

    /// <summary>Whether names with points before a star come next.</summary>
    private bool EndsInStar()
    {
        if (!NameParser.IsColumnName(_tokens.Current))
            return false;
        for (int distance = 1; distance < 8 && _tokens.Peek(distance).IsMark("."); distance += 2)
        {
            if (_tokens.Peek(distance + 1).IsMark("*"))
                return true;
        }

        return false;
    }

    private GroupByClause GroupBy()
    {
        Token first = _tokens.Current;
        _tokens.Expect(Keyword.Group, Keyword.By);
        bool isDistinct = _tokens.Take(Keyword.Distinct);
        if (!isDistinct)
            _tokens.Take(Keyword.All);
        List<GroupingElement> elements = [];
        do
        {
            elements.Add(Grouping());
        }
        while (_tokens.Take(","));
        return new GroupByClause(isDistinct, [.. elements]) { Span = _tokens.From(first) };
    }

    private GroupingElement Grouping()
    {
        Token first = _tokens.Current;
        if (first.Word is Keyword.Rollup or Keyword.Cube && _tokens.Peek().IsMark("("))
        {
            _tokens.Advance();
            _tokens.Expect("(");
            List<GroupingExpressions> parts = [Part()];
            while (_tokens.Take(","))
                parts.Add(Part());
            _tokens.Expect(")");
            return first.Word == Keyword.Rollup
                ? new RollupElement([.. parts]) { Span = _tokens.From(first) }
                : new CubeElement([.. parts]) { Span = _tokens.From(first) };
        }

        if (_tokens.Take(Keyword.Grouping, Keyword.Sets))
        {
            int outer = _tokens.Enter();
            _tokens.Expect("(");
            List<GroupingElement> sets = [Grouping()];
            while (_tokens.Take(","))
                sets.Add(Grouping());
            _tokens.Expect(")");
            _tokens.Leave(outer);
            return new GroupingSetsElement([.. sets]) { Span = _tokens.From(first) };
        }

        return Part();
    }

    /// <summary>An expression, several in brackets, or none in brackets.</summary>
    private GroupingExpressions Part()
    {
        Token first = _tokens.Current;
        if (first.IsMark("(") && _tokens.Peek().IsMark(")"))
        {
            _tokens.Advance();
            _tokens.Advance();
            return new GroupingExpressions([]) { Span = _tokens.From(first) };
        }

        bool isBracketed = first.IsMark("(");
        Expression value = grammar.Expressions.Parse();
        SyntaxList<Expression> values = isBracketed && value is RowConstructor row ? row.Items : [value];
        return new GroupingExpressions(values) { Span = _tokens.From(first) };
    }

    private SyntaxList<WindowDefinition> Windows()
    {
        List<WindowDefinition> windows = [];
        do
        {
            Token first = _tokens.Current;
            Identifier name = grammar.Names.Column("the name of a window");
            _tokens.Expect(Keyword.As);
            windows.Add(new WindowDefinition(name, grammar.Windows.Specification()) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. windows];
    }
}
