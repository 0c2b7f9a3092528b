using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Windows of OVER and their frames.</summary>
internal sealed class WindowParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>After OVER.</summary>
    public OverClause Over()
    {
        if (_tokens.Is("("))
            return Specification();
        Identifier name = grammar.Names.Column("\"(\" or the name of a window");
        return new NamedWindow(name) { Span = name.Span };
    }

    /// <summary>In brackets.</summary>
    public WindowSpecification Specification()
    {
        Token first = _tokens.Current;
        _tokens.Expect("(");
        bool isBase = NameParser.IsColumnName(_tokens.Current)
            && _tokens.Current.Word is not (Keyword.Partition or Keyword.Range or Keyword.Rows or Keyword.Groups);
        Identifier? from = isBase ? grammar.Names.Take() : null;
        SyntaxList<Expression> partitions = grammar.Expressions.PartitionBy();
        SyntaxList<OrderItem> order = grammar.Expressions.OrderBy();
        WindowFrame? frame = Frame();
        _tokens.Expect(")");
        return new WindowSpecification(from, partitions, order, frame) { Span = _tokens.From(first) };
    }

    private WindowFrame? Frame()
    {
        Token first = _tokens.Current;
        FrameUnit unit;
        if (_tokens.Take(Keyword.Rows))
            unit = FrameUnit.Rows;
        else if (_tokens.Take(Keyword.Range))
            unit = FrameUnit.Range;
        else if (_tokens.Take(Keyword.Groups))
            unit = FrameUnit.Groups;
        else
            return null;
        FrameBound start;
        FrameBound? end = null;
        if (_tokens.Take(Keyword.Between))
        {
            start = Bound();
            _tokens.Expect(Keyword.And);
            end = Bound();
        }
        else
        {
            start = Bound();
        }

        return new WindowFrame(unit, start, end, Exclusion()) { Span = _tokens.From(first) };
    }

    private FrameBound Bound()
    {
        Token first = _tokens.Current;
        if (_tokens.Take(Keyword.Current))
        {
            _tokens.Expect(Keyword.Row);
            return new FrameBound(FrameBoundKind.CurrentRow, null) { Span = _tokens.From(first) };
        }

        bool isUnbounded = _tokens.Take(Keyword.Unbounded);
        Expression? offset = isUnbounded ? null : grammar.Expressions.Parse();
        bool isBefore = _tokens.Take(Keyword.Preceding);
        if (!isBefore)
            _tokens.Expect(Keyword.Following);
        FrameBoundKind kind = (isUnbounded, isBefore) switch
        {
            (true, true) => FrameBoundKind.UnboundedPreceding,
            (true, false) => FrameBoundKind.UnboundedFollowing,
            (false, true) => FrameBoundKind.Preceding,
            _ => FrameBoundKind.Following,
        };
        return new FrameBound(kind, offset) { Span = _tokens.From(first) };
    }

    private FrameExclusion Exclusion()
    {
        if (!_tokens.Take(Keyword.Exclude))
            return FrameExclusion.Unsaid;
        if (_tokens.Take(Keyword.Current))
        {
            _tokens.Expect(Keyword.Row);
            return FrameExclusion.CurrentRow;
        }

        if (_tokens.Take(Keyword.Group))
            return FrameExclusion.Group;
        if (_tokens.Take(Keyword.Ties))
            return FrameExclusion.Ties;
        _tokens.Expect(Keyword.No, Keyword.Others);
        return FrameExclusion.NoOthers;
    }
}
