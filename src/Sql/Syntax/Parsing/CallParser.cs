using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Calls, with all that may stand in and after their brackets, and the functions that have a grammar of their own.</summary>
internal sealed class CallParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>From the opening bracket.</summary>
    public FunctionCall Parse(QualifiedName name, Token first)
    {
        _tokens.Expect("(");
        FunctionCall call = Inside(new FunctionCall(name, []));
        _tokens.Expect(")");
        call = After(call);
        return call with { Span = _tokens.From(first) };
    }

    /// <summary><c>extract(hour FROM x)</c> and its like; all of them may be called in the ordinary way, too.</summary>
    public FunctionCall Special(Token first)
    {
        if (first.Word == Keyword.Extract && !(_tokens.Peek(2).Kind is TokenKind.Name or TokenKind.QuotedName or TokenKind.String
            && _tokens.Peek(3).Word == Keyword.From))
            return Ordinary(first);
        _tokens.Advance();
        _tokens.Expect("(");
        FunctionCall call = first.Word switch
        {
            Keyword.Extract => Extract(first.Span),
            Keyword.Substring => Substring(first.Span),
            Keyword.Position => Position(first.Span),
            Keyword.Overlay => Overlay(first.Span),
            _ => Trim(first.Span),
        };
        _tokens.Expect(")");
        return call with { Span = _tokens.From(first) };
    }

    private FunctionCall Ordinary(Token first) => Parse(new QualifiedName([grammar.Names.Take()]) { Span = first.Span }, first);

    private FunctionCall Inside(FunctionCall call)
    {
        if (_tokens.Is(")"))
            return call;
        if (_tokens.Take("*"))
            return call with { HasStar = true };
        if (NameParser.IsColumnName(_tokens.Current) && _tokens.Peek().IsMark(".") && _tokens.Peek(2).IsMark("*"))
        {
            Identifier variable = grammar.Names.Take();
            _tokens.Advance();
            _tokens.Advance();
            return call with { HasStar = true, StarOf = variable };
        }

        if (_tokens.Take(Keyword.Distinct))
            call = call with { IsDistinct = true };
        else
            _tokens.Take(Keyword.All);
        List<Argument> arguments = [];
        bool isVariadic;
        do
        {
            isVariadic = _tokens.Take(Keyword.Variadic);
            arguments.Add(Argument());
        }
        while (!isVariadic && _tokens.Take(","));
        call = call with { Arguments = [.. arguments], IsVariadic = isVariadic, OrderBy = grammar.Expressions.OrderBy() };
        return call with { Nulls = Nulls(NullTreatment.Unsaid) };
    }

    private Argument Argument()
    {
        Token first = _tokens.Current;
        Identifier? name = null;
        if (first.Kind is TokenKind.Name or TokenKind.QuotedName && (_tokens.Peek().IsMark("=>") || _tokens.Peek().IsMark(":=")))
        {
            name = grammar.Names.Take();
            _tokens.Advance();
        }

        Expression value = grammar.Expressions.Parse();
        return new Argument(name, value) { Span = _tokens.From(first) };
    }

    private FunctionCall After(FunctionCall call)
    {
        if (_tokens.Is(Keyword.Within, Keyword.Group))
        {
            _tokens.Take(Keyword.Within, Keyword.Group);
            _tokens.Expect("(");
            _tokens.Expect(Keyword.Order, Keyword.By);
            call = call with { WithinGroup = grammar.Expressions.OrderItems() };
            _tokens.Expect(")");
        }

        if (_tokens.Is(Keyword.Filter) && _tokens.Peek().IsMark("("))
        {
            _tokens.Take(Keyword.Filter);
            _tokens.Expect("(");
            _tokens.Expect(Keyword.Where);
            call = call with { Filter = grammar.Expressions.Parse() };
            _tokens.Expect(")");
        }

        call = call with { Nulls = Nulls(call.Nulls) };
        return _tokens.Take(Keyword.Over) ? call with { Over = grammar.Windows.Over() } : call;
    }

    private NullTreatment Nulls(NullTreatment before)
    {
        if (_tokens.Take(Keyword.Ignore, Keyword.Nulls))
            return NullTreatment.Ignore;
        return _tokens.Take(Keyword.Respect, Keyword.Nulls) ? NullTreatment.Respect : before;
    }

    private FunctionCall Extract(SourceSpan span)
    {
        Token field = _tokens.Current;
        _tokens.Advance();
        _tokens.Expect(Keyword.From);
        return Call("extract", span, new StringLiteral(field.Text) { Span = field.Span }, grammar.Expressions.Parse());
    }

    private FunctionCall Substring(SourceSpan span)
    {
        Expression text = grammar.Expressions.Parse();
        if (_tokens.Take(Keyword.Similar))
        {
            Expression pattern = grammar.Expressions.Parse();
            _tokens.Expect(Keyword.Escape);
            return Call("substring", span, text, pattern, grammar.Expressions.Parse());
        }

        if (_tokens.Take(","))
            return Call("substring", span, [text, .. grammar.Expressions.List()]);
        Expression? from = null, length = null;
        while (true)
        {
            if (from is null && _tokens.Take(Keyword.From))
                from = grammar.Expressions.Parse();
            else if (length is null && _tokens.Take(Keyword.For))
                length = grammar.Expressions.Parse();
            else
                break;
        }

        if (from is null && length is null)
            throw _tokens.Unexpected();
        from ??= new NumberLiteral("1", IsInteger: true) { Span = length!.Span };
        return length is null ? Call("substring", span, text, from) : Call("substring", span, text, from, length);
    }

    /// <summary><c>position(part IN text)</c> is <c>strpos(text, part)</c>.</summary>
    private FunctionCall Position(SourceSpan span)
    {
        Expression part = grammar.Expressions.Parse(Precedence.Membership + 1);
        _tokens.Expect(Keyword.In);
        return Call("strpos", span, grammar.Expressions.Parse(Precedence.Membership + 1), part);
    }

    private FunctionCall Overlay(SourceSpan span)
    {
        Expression text = grammar.Expressions.Parse();
        if (_tokens.Take(","))
            return Call("overlay", span, [text, .. grammar.Expressions.List()]);
        _tokens.Expect(Keyword.Placing);
        Expression other = grammar.Expressions.Parse();
        _tokens.Expect(Keyword.From);
        Expression from = grammar.Expressions.Parse();
        return _tokens.Take(Keyword.For)
            ? Call("overlay", span, text, other, from, grammar.Expressions.Parse())
            : Call("overlay", span, text, other, from);
    }

    /// <summary><c>trim([BOTH | LEADING | TRAILING] [characters] [FROM] text)</c> is btrim, ltrim or rtrim.</summary>
    private FunctionCall Trim(SourceSpan span)
    {
        string name = "btrim";
        if (_tokens.Take(Keyword.Leading))
            name = "ltrim";
        else if (_tokens.Take(Keyword.Trailing))
            name = "rtrim";
        else
            _tokens.Take(Keyword.Both);
        if (_tokens.Take(Keyword.From))
            return Call(name, span, [.. grammar.Expressions.List()]);
        Expression first = grammar.Expressions.Parse();
        if (_tokens.Take(Keyword.From))
            return Call(name, span, grammar.Expressions.Parse(), first);
        return _tokens.Take(",") ? Call(name, span, [first, .. grammar.Expressions.List()]) : Call(name, span, first);
    }

    private static FunctionCall Call(string name, SourceSpan span, params ReadOnlySpan<Expression> arguments)
    {
        var list = new Argument[arguments.Length];
        for (int at = 0; at < list.Length; at++)
            list[at] = new Argument(null, arguments[at]) { Span = arguments[at].Span };
        return new FunctionCall(new QualifiedName([new Identifier(name) { Span = span }]) { Span = span }, [.. list]);
    }
}
