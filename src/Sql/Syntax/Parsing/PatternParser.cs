using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Row patterns: variables, sequences, alternatives, quantifiers, exclusions, anchors, permutations.</summary>
internal sealed class PatternParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    /// <summary>A pattern in its brackets, between which marks are read one by one.</summary>
    public RowPattern Bracketed()
    {
        if (!_tokens.Is("("))
            throw _tokens.Unexpected();
        _tokens.EnterPattern();
        _tokens.Advance();
        RowPattern pattern = Alternation();
        if (!_tokens.Is(")"))
            throw _tokens.Unexpected("a variable of the pattern, a quantifier or \")\"");
        _tokens.LeavePattern();
        _tokens.Advance();
        return pattern;
    }

    private RowPattern Alternation()
    {
        int outer = _tokens.Enter();
        Token first = _tokens.Current;
        List<RowPattern> parts = [Sequence()];
        while (_tokens.Take("|"))
            parts.Add(Sequence());
        _tokens.Leave(outer);
        return parts.Count == 1 ? parts[0] : new AlternationPattern([.. parts]) { Span = _tokens.From(first) };
    }

    private RowPattern Sequence()
    {
        Token first = _tokens.Current;
        List<RowPattern> parts = [];
        while (Part() is { } part)
            parts.Add(part);
        return parts.Count switch
        {
            0 => new EmptyPattern { Span = new Errors.SourceSpan(first.Span.Start, 0) },
            1 => parts[0],
            _ => new SequencePattern([.. parts]) { Span = _tokens.From(first) },
        };
    }

    /// <summary>A part with its quantifier; null: there is none more.</summary>
    private RowPattern? Part()
    {
        Token first = _tokens.Current;
        if (Single(first) is not { } part)
            return null;
        if (Quantifier() is not { } times)
            return part;
        if (times.Max is 0 || times.Max < times.Min)
        {
            throw _tokens.Fault(_tokens.From(first), times.Max is 0
                ? "A part of a pattern that never occurs: the upper bound is 0."
                : $"The upper bound {times.Max} is below the lower bound {times.Min}.");
        }

        bool isReluctant = _tokens.Take("?");
        return new QuantifiedPattern(part, times.Min, times.Max, isReluctant) { Span = _tokens.From(first) };
    }

    private RowPattern? Single(Token first)
    {
        if (first.Word == Keyword.Permute && _tokens.Peek().IsMark("("))
            return Permutation(first);
        if (NameParser.IsColumnName(first))
        {
            Identifier variable = grammar.Names.Take();
            return new VariablePattern(variable) { Span = first.Span };
        }

        if (_tokens.Take("^"))
            return new AnchorPattern(IsStart: true) { Span = first.Span };
        if (_tokens.Take("$"))
            return new AnchorPattern(IsStart: false) { Span = first.Span };
        if (_tokens.Take("("))
        {
            RowPattern inside = Alternation();
            _tokens.Expect(")");
            return inside with { Span = _tokens.From(first) };
        }

        return _tokens.Is("{") ? Exclusion(first) : null;
    }

    private PermutePattern Permutation(Token first)
    {
        _tokens.Advance();
        _tokens.Expect("(");
        List<RowPattern> parts = [Alternation()];
        while (_tokens.Take(","))
            parts.Add(Alternation());
        _tokens.Expect(")");
        return new PermutePattern([.. parts]) { Span = _tokens.From(first) };
    }

    private ExclusionPattern Exclusion(Token first)
    {
        _tokens.Expect("{");
        _tokens.Expect("-");
        RowPattern inside = Alternation();
        _tokens.Expect("-");
        _tokens.Expect("}");
        return new ExclusionPattern(inside) { Span = _tokens.From(first) };
    }

    /// <summary>How often; null: once.</summary>
    private (int Min, int? Max)? Quantifier()
    {
        if (_tokens.Take("*"))
            return (0, null);
        if (_tokens.Take("+"))
            return (1, null);
        if (_tokens.Take("?"))
            return (0, 1);
        if (!_tokens.Is("{") || _tokens.Peek().IsMark("-"))
            return null;
        _tokens.Advance();
        int? min = _tokens.Is(",") ? null : grammar.Types.Integer("a number or \",\"");
        if (!_tokens.Take(","))
        {
            _tokens.Expect("}");
            return (min!.Value, min);
        }

        int? max = _tokens.Is("}") && min is not null ? null : grammar.Types.Integer("a number");
        _tokens.Expect("}");
        return (min ?? 0, max);
    }
}
