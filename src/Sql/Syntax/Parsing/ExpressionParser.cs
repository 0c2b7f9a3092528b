using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>How tight operators bind, from the loosest; as in PostgreSQL.</summary>
internal static class Precedence
{
    public const int Any = 0;
    public const int Or = 1;
    public const int And = 2;
    public const int Not = 3;
    public const int Is = 4;
    public const int Comparison = 5;
    public const int Membership = 6;
    public const int Other = 7;
    public const int Sum = 8;
    public const int Product = 9;
    public const int Power = 10;
    public const int At = 11;
    public const int Collate = 12;
    public const int Sign = 13;
    public const int Subscript = 14;
    public const int Cast = 15;
    public const int Operand = 16;

    public static int Of(string mark) => mark switch
    {
        "<" or ">" or "=" or "<=" or ">=" or "<>" => Comparison,
        "+" or "-" => Sum,
        "*" or "/" or "%" => Product,
        "^" => Power,
        _ => Other,
    };
}

/// <summary>Operators between operands, by how tight they bind (Pratt).</summary>
internal sealed class ExpressionParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>An expression whose outermost operator binds at least as tight.</summary>
    public Expression Parse(int minimum = Precedence.Any)
    {
        int outer = _tokens.Enter();
        Token first = _tokens.Current;
        Expression left = Prefix();
        int last = Precedence.Operand;
        while (true)
        {
            int precedence = PrecedenceHere();
            if (precedence < minimum || precedence == 0)
                break;
            if (precedence == last && precedence is Precedence.Comparison or Precedence.Membership)
                throw _tokens.Fault(_tokens.Current.Span, "Comparisons do not follow one another.", "Put one of them in brackets.");
            left = After(left, precedence, first);
            last = precedence;
            _tokens.Raise();
        }

        _tokens.Leave(outer);
        return left;
    }

    /// <summary>Expressions with commas between them.</summary>
    public SyntaxList<Expression> List()
    {
        List<Expression> list = [Parse()];
        while (_tokens.Take(","))
            list.Add(Parse());
        return [.. list];
    }

    /// <summary>PARTITION BY with its expressions; none where it is not said.</summary>
    public SyntaxList<Expression> PartitionBy()
    {
        if (!_tokens.Take(Keyword.Partition))
            return [];
        _tokens.Expect(Keyword.By);
        return List();
    }

    /// <summary>ORDER BY with its items; none where it is not said.</summary>
    public SyntaxList<OrderItem> OrderBy()
    {
        if (!_tokens.Take(Keyword.Order))
            return [];
        _tokens.Expect(Keyword.By);
        return OrderItems();
    }

    /// <summary>After ORDER BY.</summary>
    public SyntaxList<OrderItem> OrderItems()
    {
        List<OrderItem> items = [];
        do
        {
            Token first = _tokens.Current;
            Expression value = Parse();
            bool isDescending = _tokens.Take(Keyword.Desc);
            if (!isDescending)
                _tokens.Take(Keyword.Asc);
            NullOrder nulls = NullOrder.Unsaid;
            if (_tokens.Take(Keyword.Nulls))
            {
                nulls = _tokens.Take(Keyword.First) ? NullOrder.First : NullOrder.Last;
                if (nulls == NullOrder.Last)
                    _tokens.Expect(Keyword.Last);
            }

            items.Add(new OrderItem(value, isDescending, nulls) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. items];
    }

    /// <summary>How tight the operator at the present token binds; 0: there is none.</summary>
    private int PrecedenceHere()
    {
        Token token = _tokens.Current;
        return token.Kind switch
        {
            TokenKind.Operator => Precedence.Of(token.Text),
            TokenKind.Punctuation => token.Text == "::" ? Precedence.Cast : 0,
            TokenKind.Name => token.Word switch
            {
                Keyword.Or => Precedence.Or,
                Keyword.And => Precedence.And,
                Keyword.Is or Keyword.Isnull or Keyword.Notnull => Precedence.Is,
                Keyword.Between or Keyword.In or Keyword.Like or Keyword.Ilike or Keyword.Similar => Precedence.Membership,
                Keyword.Not => IsMembership(_tokens.Peek().Word) ? Precedence.Membership : 0,
                Keyword.Overlaps => Precedence.Other,
                Keyword.Collate => Precedence.Collate,
                Keyword.At => BeginsZone() ? Precedence.At : 0,
                _ => 0,
            },
            _ => 0,
        };
    }

    private static bool IsMembership(Keyword word) =>
        word is Keyword.Between or Keyword.In or Keyword.Like or Keyword.Ilike or Keyword.Similar;

    private bool BeginsZone() =>
        _tokens.Peek().Word == Keyword.Local || (_tokens.Peek().Word == Keyword.Time && _tokens.Peek(2).Word == Keyword.Zone);

    /// <summary>An operand, with the operators before it.</summary>
    private Expression Prefix()
    {
        Token first = _tokens.Current;
        if (first.Word == Keyword.Not)
        {
            _tokens.Advance();
            Expression operand = Parse(Precedence.Not);
            return new Negation(operand) { Span = _tokens.From(first) };
        }

        if (first.Kind != TokenKind.Operator)
            return grammar.Operands.Parse();
        int precedence = Precedence.Of(first.Text);
        if (precedence is Precedence.Comparison or Precedence.Product or Precedence.Power)
            throw _tokens.Unexpected("an expression");
        _tokens.Advance();
        Expression signed = Parse(precedence == Precedence.Sum ? Precedence.Sign : Precedence.Other + 1);
        return new UnaryOperation(first.Text, signed) { Span = _tokens.From(first) };
    }

    /// <summary>The operator at the present token, and what stands after it.</summary>
    private Expression After(Expression left, int precedence, Token first)
    {
        Token token = _tokens.Current;
        switch (precedence)
        {
            case Precedence.Or or Precedence.And:
                return Logical(left, token.Word, precedence, first);
            case Precedence.Is:
                return Is(left, first);
            case Precedence.Membership:
                return Membership(left, first);
            case Precedence.At:
                return Zone(left, first);
            case Precedence.Collate:
                _tokens.Advance();
                return new Collation(left, grammar.Names.Qualified("a collation")) { Span = _tokens.From(first) };
            case Precedence.Cast:
                _tokens.Advance();
                return new Cast(left, grammar.Types.Parse()) { Span = _tokens.From(first) };
        }

        _tokens.Advance();
        if (token.Word == Keyword.Overlaps)
            return Overlaps(left, Parse(precedence + 1), token, first);
        if (_tokens.Current.Word is Keyword.Any or Keyword.Some or Keyword.All && _tokens.Peek().IsMark("("))
            return Quantified(left, token.Text, first);
        Expression right = Parse(precedence + 1);
        return new BinaryOperation(token.Text, left, right) { Span = _tokens.From(first) };
    }

    /// <summary>However many conditions follow one another, the tree grows no higher.</summary>
    private LogicalOperation Logical(Expression left, Keyword word, int precedence, Token first)
    {
        List<Expression> operands = [left];
        while (_tokens.Take(word))
            operands.Add(Parse(precedence + 1));
        return new LogicalOperation(word == Keyword.And, [.. operands]) { Span = _tokens.From(first) };
    }

    private Expression Is(Expression left, Token first)
    {
        if (_tokens.Take(Keyword.Isnull))
            return new IsTest(left, IsWhat.Null, IsNegated: false) { Span = _tokens.From(first) };
        if (_tokens.Take(Keyword.Notnull))
            return new IsTest(left, IsWhat.Null, IsNegated: true) { Span = _tokens.From(first) };
        _tokens.Advance();
        bool isNegated = _tokens.Take(Keyword.Not);
        if (_tokens.Take(Keyword.Distinct))
        {
            _tokens.Expect(Keyword.From);
            Expression right = Parse(Precedence.Is + 1);
            return new DistinctTest(left, right, isNegated) { Span = _tokens.From(first) };
        }

        IsWhat what;
        if (_tokens.Take(Keyword.Null))
            what = IsWhat.Null;
        else if (_tokens.Take(Keyword.True))
            what = IsWhat.True;
        else if (_tokens.Take(Keyword.False))
            what = IsWhat.False;
        else if (_tokens.Take(Keyword.Unknown))
            what = IsWhat.Unknown;
        else
            throw _tokens.Unexpected();
        return new IsTest(left, what, isNegated) { Span = _tokens.From(first) };
    }

    /// <summary>BETWEEN, IN, LIKE and their like, which bind what stands after them in their own way.</summary>
    private Expression Membership(Expression left, Token first)
    {
        bool isNegated = _tokens.Take(Keyword.Not);
        if (_tokens.Take(Keyword.Between))
        {
            bool isSymmetric = _tokens.Take(Keyword.Symmetric);
            if (!isSymmetric)
                _tokens.Take(Keyword.Asymmetric);
            Expression low = Parse(Precedence.Membership + 1);
            _tokens.Expect(Keyword.And);
            Expression high = Parse(Precedence.Membership + 1);
            return new BetweenTest(left, low, high, isSymmetric, isNegated) { Span = _tokens.From(first) };
        }

        if (_tokens.Take(Keyword.In))
            return In(left, isNegated, first);
        LikeKind kind = _tokens.Current.Word switch
        {
            Keyword.Like => LikeKind.Like,
            Keyword.Ilike => LikeKind.Ilike,
            _ => LikeKind.Similar,
        };
        _tokens.Advance();
        if (kind == LikeKind.Similar)
            _tokens.Expect(Keyword.To);
        Expression pattern = Parse(Precedence.Membership + 1);
        Expression? escape = _tokens.Take(Keyword.Escape) ? Parse(Precedence.Membership + 1) : null;
        return new LikeTest(left, pattern, escape, kind, isNegated) { Span = _tokens.From(first) };
    }

    private Expression In(Expression left, bool isNegated, Token first)
    {
        _tokens.Expect("(");
        QueryExpression? query = grammar.Queries.BeginsHere() ? grammar.Queries.Parse() : null;
        SyntaxList<Expression> items = [];
        if (query is null)
        {
            Expression item = Parse();
            // ((SELECT …) UNION …) begins like a list, and so does ((SELECT …))
            if (item is ScalarSubquery inner && !_tokens.Is(","))
                query = grammar.Queries.Continue(inner.Query);
            else if (_tokens.Take(","))
                items = [item, .. List()];
            else
                items = [item];
        }

        _tokens.Expect(")");
        return query is not null
            ? new InQuery(left, query, isNegated) { Span = _tokens.From(first) }
            : new InList(left, items, isNegated) { Span = _tokens.From(first) };
    }

    private AtTimeZone Zone(Expression left, Token first)
    {
        _tokens.Advance();
        if (_tokens.Take(Keyword.Local))
            return new AtTimeZone(left, null) { Span = _tokens.From(first) };
        _tokens.Expect(Keyword.Time, Keyword.Zone);
        Expression zone = Parse(Precedence.At + 1);
        return new AtTimeZone(left, zone) { Span = _tokens.From(first) };
    }

    private FunctionCall Overlaps(Expression left, Expression right, Token token, Token first)
    {
        if (left is not RowConstructor { Items.Count: 2 } from || right is not RowConstructor { Items.Count: 2 } to)
            throw _tokens.Fault(token.Span, "OVERLAPS stands between two pairs: (start, end) OVERLAPS (start, end).");
        Argument[] arguments = [.. from.Items.Concat(to.Items).Select(value => new Argument(null, value) { Span = value.Span })];
        return new FunctionCall(new QualifiedName([new Identifier("overlaps") { Span = token.Span }]) { Span = token.Span }, [.. arguments])
        {
            Span = _tokens.From(first),
        };
    }

    private QuantifiedTest Quantified(Expression left, string mark, Token first)
    {
        bool isAll = _tokens.Current.Word == Keyword.All;
        _tokens.Advance();
        _tokens.Expect("(");
        QueryExpression? query = grammar.Queries.BeginsHere() ? grammar.Queries.Parse() : null;
        Expression? array = query is null ? Parse() : null;
        if (array is ScalarSubquery inner)
            (query, array) = (grammar.Queries.Continue(inner.Query), null);
        _tokens.Expect(")");
        return new QuantifiedTest(left, mark, isAll, query, array) { Span = _tokens.From(first) };
    }
}
