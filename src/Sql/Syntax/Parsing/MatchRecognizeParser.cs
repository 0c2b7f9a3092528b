using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>MATCH_RECOGNIZE: its clauses in the order of the standard.</summary>
internal sealed class MatchRecognizeParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;
    private readonly PatternParser _patterns = new(grammar);

    /// <summary>From the word itself.</summary>
    public MatchRecognize Parse(TableReference input, Token first)
    {
        _tokens.Expect(Keyword.MatchRecognize);
        _tokens.Expect("(");
        SyntaxList<Expression> partitions = grammar.Expressions.PartitionBy();
        SyntaxList<OrderItem> order = grammar.Expressions.OrderBy();
        SyntaxList<Measure> measures = _tokens.Take(Keyword.Measures) ? Measures() : [];
        RowsPerMatch rows = Rows();
        AfterMatchSkip? skip = _tokens.Is(Keyword.After, Keyword.Match) ? Skip() : null;
        _tokens.Expect(Keyword.Pattern);
        RowPattern pattern = _patterns.Bracketed();
        Expression? within = _tokens.Take(Keyword.Within) ? grammar.Expressions.Parse() : null;
        SyntaxList<PatternSubset> subsets = _tokens.Take(Keyword.Subset) ? Subsets() : [];
        SyntaxList<PatternDefinition> definitions = _tokens.Take(Keyword.Define) ? Definitions() : [];
        _tokens.Expect(")");
        TableAlias? alias = grammar.Names.TableAlias();
        return new MatchRecognize(input, pattern)
        {
            PartitionBy = partitions,
            OrderBy = order,
            Measures = measures,
            Rows = rows,
            Skip = skip,
            Within = within,
            Subsets = subsets,
            Definitions = definitions,
            Alias = alias,
            Span = _tokens.From(first),
        };
    }

    private SyntaxList<Measure> Measures()
    {
        List<Measure> measures = [];
        do
        {
            Token first = _tokens.Current;
            Expression value = grammar.Expressions.Parse();
            _tokens.Expect(Keyword.As);
            measures.Add(new Measure(value, grammar.Names.Label("the name of the measure")) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. measures];
    }

    private RowsPerMatch Rows()
    {
        if (_tokens.Take(Keyword.One))
        {
            _tokens.Expect(Keyword.Row);
            _tokens.Expect(Keyword.Per, Keyword.Match);
            return RowsPerMatch.One;
        }

        if (!_tokens.Take(Keyword.All))
            return RowsPerMatch.Unsaid;
        _tokens.Expect(Keyword.Rows);
        _tokens.Expect(Keyword.Per, Keyword.Match);
        RowsPerMatch rows = RowsPerMatch.All;
        if (_tokens.Take(Keyword.Show))
            rows = RowsPerMatch.AllShowEmpty;
        else if (_tokens.Take(Keyword.Omit))
            rows = RowsPerMatch.AllOmitEmpty;
        if (rows != RowsPerMatch.All)
        {
            _tokens.Expect(Keyword.Empty, Keyword.Matches);
            return rows;
        }

        if (!_tokens.Take(Keyword.With))
            return rows;
        _tokens.Expect(Keyword.Unmatched, Keyword.Rows);
        return RowsPerMatch.AllWithUnmatched;
    }

    private AfterMatchSkip Skip()
    {
        Token first = _tokens.Current;
        _tokens.Expect(Keyword.After, Keyword.Match);
        _tokens.Expect(Keyword.Skip);
        if (_tokens.Take(Keyword.Past))
        {
            _tokens.Expect(Keyword.Last, Keyword.Row);
            return new AfterMatchSkip(SkipTarget.PastLastRow, null) { Span = _tokens.From(first) };
        }

        _tokens.Expect(Keyword.To);
        if (_tokens.Take(Keyword.Next, Keyword.Row))
            return new AfterMatchSkip(SkipTarget.ToNextRow, null) { Span = _tokens.From(first) };
        SkipTarget kind = SkipTarget.To;
        if (_tokens.Current.Word is Keyword.First or Keyword.Last && NameParser.IsColumnName(_tokens.Peek())
            && !BeginsClause(_tokens.Peek()))
        {
            kind = _tokens.Current.Word == Keyword.First ? SkipTarget.ToFirst : SkipTarget.ToLast;
            _tokens.Advance();
        }

        Identifier variable = grammar.Names.Column("a variable of the pattern");
        return new AfterMatchSkip(kind, variable) { Span = _tokens.From(first) };
    }

    /// <summary><c>TO FIRST PATTERN (…)</c>: the variable is called first.</summary>
    private static bool BeginsClause(Token token) => token.Word == Keyword.Pattern;

    private SyntaxList<PatternSubset> Subsets()
    {
        List<PatternSubset> subsets = [];
        do
        {
            Token first = _tokens.Current;
            Identifier name = grammar.Names.Column("the name of a subset");
            _tokens.Expect("=");
            SyntaxList<Identifier> variables = grammar.Names.Columns();
            subsets.Add(new PatternSubset(name, variables) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. subsets];
    }

    private SyntaxList<PatternDefinition> Definitions()
    {
        List<PatternDefinition> definitions = [];
        do
        {
            Token first = _tokens.Current;
            Identifier variable = grammar.Names.Column("a variable of the pattern");
            _tokens.Expect(Keyword.As);
            Expression condition = grammar.Expressions.Parse();
            definitions.Add(new PatternDefinition(variable, condition) { Span = _tokens.From(first) });
        }
        while (_tokens.Take(","));
        return [.. definitions];
    }
}
