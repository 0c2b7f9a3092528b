using System.Globalization;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>What operators stand between: literals, columns, calls, subqueries, what is in brackets.</summary>
internal sealed class OperandParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    public Expression Parse()
    {
        Token first = _tokens.Current;
        Expression operand = Single(first);
        while (true)
        {
            if (_tokens.Current.IsMark("["))
                operand = Indexed(operand, first);
            else if (_tokens.Current.IsMark(".") && (operand is not ColumnReference || first.IsMark("(")))
                operand = Field(operand, first);
            else
                return operand;
            _tokens.Raise();
        }
    }

    private Expression Single(Token first)
    {
        switch (first.Kind)
        {
            case TokenKind.Integer or TokenKind.Decimal:
                _tokens.Advance();
                return new NumberLiteral(first.Text, first.Kind == TokenKind.Integer) { Span = first.Span };
            case TokenKind.String:
                _tokens.Advance();
                return new StringLiteral(first.Text) { Span = first.Span };
            case TokenKind.BitString:
                _tokens.Advance();
                return new BitStringLiteral(first.Text) { Span = first.Span };
            case TokenKind.Parameter:
                return Parameter(first);
            case TokenKind.QuotedName:
                return Named();
            case TokenKind.Punctuation when first.Text == "(":
                return Bracketed(first);
            case TokenKind.Name:
                return Word(first);
            default:
                throw _tokens.Unexpected("an expression");
        }
    }

    private ParameterReference Parameter(Token first)
    {
        if (!int.TryParse(first.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is 0 or > 65_535)
            throw _tokens.Fault(first.Span, "Parameters are $1 to $65535.");
        _tokens.Advance();
        return new ParameterReference(number) { Span = first.Span };
    }

    private Expression Word(Token first)
    {
        Token next;
        switch (first.Word)
        {
            case Keyword.None:
                return Named();
            case Keyword.Null:
                _tokens.Advance();
                return new NullLiteral { Span = first.Span };
            case Keyword.True or Keyword.False:
                _tokens.Advance();
                return new BooleanLiteral(first.Word == Keyword.True) { Span = first.Span };
            case Keyword.Case:
                return Case(first);
            case Keyword.Cast:
                return CastAs(first);
            case Keyword.Array:
                return Array(first);
            case Keyword.CurrentDate or Keyword.CurrentUser or Keyword.SessionUser or Keyword.User:
                _tokens.Advance();
                return new CurrentValue(first.Text, null) { Span = first.Span };
            case Keyword.CurrentTime or Keyword.CurrentTimestamp or Keyword.Localtime or Keyword.Localtimestamp:
                return CurrentTime(first);
            case Keyword.Exists when _tokens.Peek().IsMark("("):
                _tokens.Advance();
                QueryExpression query = grammar.Queries.Bracketed();
                return new ExistsTest(query) { Span = _tokens.From(first) };
            case Keyword.Row when _tokens.Peek().IsMark("("):
                return Row(first);
            case Keyword.Interval when IsTypeOfText(_tokens.Peek()):
                return Interval(first);
            case Keyword.Timestamp or Keyword.Time when IsTypeOfText(next = _tokens.Peek()) || next.Word is Keyword.With or Keyword.Without:
                return TimeLiteral(first);
            case Keyword.Double when _tokens.Peek().Word == Keyword.Precision && _tokens.Peek(2).Kind == TokenKind.String:
                return TextOf(grammar.Types.Parse(), first);
            case Keyword.Extract or Keyword.Substring or Keyword.Position or Keyword.Overlay
                or Keyword.Trim when _tokens.Peek().IsMark("("):
                return grammar.Calls.Special(first);
            case Keyword.Running or Keyword.Final when BeginsCall(_tokens.Peek()) && _tokens.Peek(2).IsMark("("):
                return InMatch(first);
        }

        bool isName = Keywords.IsColumnName(first.Word) || (Keywords.IsFunctionName(first.Word) && _tokens.Peek().IsMark("("));
        return isName ? Named() : throw _tokens.Unexpected("an expression");
    }

    private static bool IsTypeOfText(Token next) => next.Kind == TokenKind.String || next.IsMark("(");

    private static bool BeginsCall(Token token) => NameParser.IsColumnName(token) && Keywords.IsFunctionName(token.Word);

    /// <summary>A column, a call, or a text with its type before it.</summary>
    private Expression Named()
    {
        Token first = _tokens.Current;
        List<Identifier> parts = [grammar.Names.Take()];
        while (_tokens.Current.IsMark(".") && !_tokens.Peek().IsMark("*"))
        {
            _tokens.Advance();
            parts.Add(grammar.Names.Label());
        }

        if (_tokens.Current.IsMark("("))
        {
            FunctionCall call = grammar.Calls.Parse(new QualifiedName([.. parts]) { Span = _tokens.From(first) }, first);
            return _tokens.Current.Kind == TokenKind.String && Modifiers(call) is { } modifiers
                ? TextOf(new TypeName(call.Name, modifiers, null, 0) { Span = call.Span }, first)
                : call;
        }

        if (_tokens.Current.Kind == TokenKind.String)
        {
            var name = new QualifiedName([.. parts]) { Span = _tokens.From(first) };
            return TextOf(new TypeName(name, [], null, 0) { Span = name.Span }, first);
        }

        return new ColumnReference([.. parts]) { Span = _tokens.From(first) };
    }

    /// <summary><c>numeric(10, 2) '1.5'</c> begins like a call; null: it is one.</summary>
    private static SyntaxList<int>? Modifiers(FunctionCall call)
    {
        List<int> numbers = [];
        foreach (Argument argument in call.Arguments)
        {
            if (argument is not { Name: null, Value: NumberLiteral { IsInteger: true } number }
                || !int.TryParse(number.Text, out int value))
                return null;
            numbers.Add(value);
        }

        return call == new FunctionCall(call.Name, call.Arguments) && numbers.Count > 0 ? [.. numbers] : null;
    }

    private TypedLiteral TextOf(TypeName type, Token first)
    {
        if (_tokens.Current.Kind != TokenKind.String)
            throw _tokens.Unexpected("a text in quotes");
        string text = _tokens.Current.Text;
        _tokens.Advance();
        return new TypedLiteral(type, text) { Span = _tokens.From(first) };
    }

    /// <summary><c>INTERVAL '1 day'</c>, <c>INTERVAL '5' SECOND</c>, <c>INTERVAL(3) '5.1234'</c>.</summary>
    private TypedLiteral Interval(Token first)
    {
        QualifiedName name = new([grammar.Names.Take()]) { Span = first.Span };
        SyntaxList<int> modifiers = [];
        if (_tokens.Take("("))
        {
            modifiers = [grammar.Types.Integer("a number")];
            _tokens.Expect(")");
        }

        if (_tokens.Current.Kind != TokenKind.String)
            throw _tokens.Unexpected("a text in quotes");
        string text = _tokens.Current.Text;
        _tokens.Advance();
        IntervalFields? fields = modifiers.IsEmpty ? grammar.Types.Fields() : null;
        return new TypedLiteral(new TypeName(name, modifiers, fields, 0) { Span = first.Span }, text) { Span = _tokens.From(first) };
    }

    private TypedLiteral TimeLiteral(Token first)
    {
        (QualifiedName name, SyntaxList<int> modifiers) = grammar.Types.TimeType(first);
        return TextOf(new TypeName(name, modifiers, null, 0) { Span = name.Span }, first);
    }

    private CurrentValue CurrentTime(Token first)
    {
        _tokens.Advance();
        int? precision = null;
        if (_tokens.Take("("))
        {
            precision = grammar.Types.Integer("a number");
            _tokens.Expect(")");
        }

        return new CurrentValue(first.Text, precision) { Span = _tokens.From(first) };
    }

    private CaseExpression Case(Token first)
    {
        _tokens.Advance();
        Expression? operand = _tokens.Is(Keyword.When) ? null : grammar.Expressions.Parse();
        List<CaseWhen> whens = [];
        Token start = _tokens.Current;
        _tokens.Expect(Keyword.When);
        do
        {
            Expression condition = grammar.Expressions.Parse();
            _tokens.Expect(Keyword.Then);
            Expression result = grammar.Expressions.Parse();
            whens.Add(new CaseWhen(condition, result) { Span = _tokens.From(start) });
            start = _tokens.Current;
        }
        while (_tokens.Take(Keyword.When));
        Expression? otherwise = _tokens.Take(Keyword.Else) ? grammar.Expressions.Parse() : null;
        _tokens.Expect(Keyword.End);
        return new CaseExpression(operand, [.. whens], otherwise) { Span = _tokens.From(first) };
    }

    private Cast CastAs(Token first)
    {
        _tokens.Advance();
        _tokens.Expect("(");
        Expression operand = grammar.Expressions.Parse();
        _tokens.Expect(Keyword.As);
        TypeName type = grammar.Types.Parse();
        _tokens.Expect(")");
        return new Cast(operand, type) { Span = _tokens.From(first) };
    }

    private Expression Array(Token first)
    {
        _tokens.Advance();
        if (_tokens.Is("("))
        {
            QueryExpression query = grammar.Queries.Bracketed();
            return new ArraySubquery(query) { Span = _tokens.From(first) };
        }

        return Items(first);
    }

    /// <summary>In square brackets; of an array of arrays the inner ones need no word before them.</summary>
    private ArrayConstructor Items(Token first)
    {
        int outer = _tokens.Enter();
        _tokens.Expect("[");
        List<Expression> items = [];
        if (!_tokens.Is("]"))
        {
            do
            {
                items.Add(_tokens.Current.IsMark("[") ? Items(_tokens.Current) : grammar.Expressions.Parse());
            }
            while (_tokens.Take(","));
        }

        _tokens.Expect("]");
        _tokens.Leave(outer);
        return new ArrayConstructor([.. items]) { Span = _tokens.From(first) };
    }

    private RowConstructor Row(Token first)
    {
        _tokens.Advance();
        _tokens.Advance();
        SyntaxList<Expression> items = _tokens.Is(")") ? [] : grammar.Expressions.List();
        _tokens.Expect(")");
        return new RowConstructor(items) { Span = _tokens.From(first) };
    }

    private FunctionCall InMatch(Token first)
    {
        _tokens.Advance();
        Token at = _tokens.Current;
        QualifiedName name = new([grammar.Names.Take()]) { Span = at.Span };
        return grammar.Calls.Parse(name, first) with
        {
            Semantics = first.Word == Keyword.Final ? MatchSemantics.Final
            : MatchSemantics.Running
        };
    }

    /// <summary>A subquery, a row, or an expression. Whether <c>((SELECT …)</c> begins a query or an operand is seen at its end.</summary>
    private Expression Bracketed(Token first)
    {
        _tokens.Advance();
        if (grammar.Queries.BeginsHere())
        {
            QueryExpression query = grammar.Queries.Parse();
            _tokens.Expect(")");
            return new ScalarSubquery(query) { Span = _tokens.From(first) };
        }

        Expression inside = grammar.Expressions.Parse();
        if (inside is ScalarSubquery inner && grammar.Queries.GoesOn())
        {
            QueryExpression query = grammar.Queries.Continue(inner.Query);
            _tokens.Expect(")");
            return new ScalarSubquery(query) { Span = _tokens.From(first) };
        }

        if (_tokens.Take(","))
        {
            SyntaxList<Expression> items = [inside, .. grammar.Expressions.List()];
            _tokens.Expect(")");
            return new RowConstructor(items) { Span = _tokens.From(first) };
        }

        _tokens.Expect(")");
        return inside is ColumnReference ? inside with { Span = _tokens.From(first) } : inside;
    }

    private Expression Indexed(Expression operand, Token first)
    {
        _tokens.Advance();
        Expression? low = _tokens.Is(":") ? null : grammar.Expressions.Parse();
        if (_tokens.Take(":"))
        {
            Expression? high = _tokens.Is("]") ? null : grammar.Expressions.Parse();
            _tokens.Expect("]");
            return new ArraySlice(operand, low, high) { Span = _tokens.From(first) };
        }

        _tokens.Expect("]");
        return new Subscript(operand, low!) { Span = _tokens.From(first) };
    }

    private FieldSelection Field(Expression operand, Token first)
    {
        _tokens.Advance();
        if (_tokens.Current.IsMark("*"))
            throw _tokens.Unsupported(_tokens.Current.Span, "All fields of a row value at once are not supported: name them one by one.");
        Identifier field = grammar.Names.Label();
        return new FieldSelection(operand, field) { Span = _tokens.From(first) };
    }
}
