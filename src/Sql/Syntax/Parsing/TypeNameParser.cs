using System.Globalization;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Types: <c>decimal(10, 2)</c>, <c>timestamp with time zone</c>, <c>interval day to second</c>, <c>int[]</c>.</summary>
internal sealed class TypeNameParser(Grammar grammar)
{
    private readonly TokenStream _tokens = grammar.Tokens;

    public TypeName Parse()
    {
        Token first = _tokens.Current;
        IntervalFields? fields = null;
        SyntaxList<int> modifiers = [];
        QualifiedName name;
        if (first.Word == Keyword.Interval)
        {
            name = Single(first);
            modifiers = Modifiers();
            fields = Fields();
        }
        else if (first.Word is Keyword.Timestamp or Keyword.Time)
        {
            (name, modifiers) = TimeType(first);
        }
        else
        {
            name = Words(first);
            modifiers = Modifiers();
        }

        int dimensions = Dimensions();
        return new TypeName(name, modifiers, fields, dimensions) { Span = _tokens.From(first) };
    }

    /// <summary><c>TIMESTAMP[(p)] [WITH | WITHOUT TIME ZONE]</c>.</summary>
    public (QualifiedName Name, SyntaxList<int> Modifiers) TimeType(Token first)
    {
        _tokens.Advance();
        SyntaxList<int> modifiers = Modifiers();
        bool hasZone = false;
        if (_tokens.Is(Keyword.With, Keyword.Time, Keyword.Zone) || _tokens.Is(Keyword.Without, Keyword.Time, Keyword.Zone))
        {
            hasZone = _tokens.Current.Word == Keyword.With;
            _tokens.Advance();
            _tokens.Advance();
            _tokens.Advance();
        }

        return (Named(hasZone ? $"{first.Text}tz" : first.Text, _tokens.From(first)), modifiers);
    }

    /// <summary><c>YEAR</c>, <c>DAY TO SECOND(3)</c>; null: no field is named.</summary>
    public IntervalFields? Fields()
    {
        if (Field() is not { } first)
            return null;
        int? precision = first == IntervalField.Second ? SecondPrecision() : null;
        if (!_tokens.Take(Keyword.To))
            return new IntervalFields(first, null, precision);
        Token token = _tokens.Current;
        IntervalField last = Field() ?? throw _tokens.Unexpected("MONTH, HOUR, MINUTE or SECOND");
        bool isRange = first == IntervalField.Year ? last == IntervalField.Month : first >= IntervalField.Day && last > first;
        if (!isRange)
            throw _tokens.Fault(token.Span,
                "An interval goes from a larger field to a smaller one: YEAR TO MONTH, or DAY, HOUR or MINUTE to a smaller one.");
        return new IntervalFields(first, last, last == IntervalField.Second ? SecondPrecision() : null);
    }

    /// <summary>A number that fits into an int.</summary>
    public int Integer(string wanted)
    {
        Token token = _tokens.Current;
        if (token.Kind != TokenKind.Integer)
            throw _tokens.Unexpected(wanted);
        if (!int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            throw _tokens.Fault(token.Span, $"The number is larger than {int.MaxValue}.");
        _tokens.Advance();
        return value;
    }

    /// <summary>Numbers in brackets, if there are any.</summary>
    private SyntaxList<int> Modifiers()
    {
        if (!_tokens.Take("("))
            return [];
        List<int> numbers = [Signed()];
        while (_tokens.Take(","))
            numbers.Add(Signed());
        _tokens.Expect(")");
        return [.. numbers];
    }

    /// <summary>A scale may be negative.</summary>
    private int Signed() => _tokens.Take("-") ? -Integer("a number") : Integer("a number");

    /// <summary>Names of several words are one name.</summary>
    private QualifiedName Words(Token first)
    {
        bool isName = first.Kind is TokenKind.QuotedName ||
            (first.Kind == TokenKind.Name && (Keywords.IsColumnName(first.Word) || Keywords.IsFunctionName(first.Word)));
        if (!isName)
            throw _tokens.Unexpected("a type");
        if (first.Kind == TokenKind.Name)
        {
            if (first.Word == Keyword.Double)
            {
                _tokens.Advance();
                _tokens.Take(Keyword.Precision);
                return Named("double", _tokens.From(first));
            }

            if (first.Text == "national" && _tokens.Peek().Text is "character" or "char")
            {
                _tokens.Advance();
                return Characters(first, _tokens.Current.Text);
            }

            if (first.Text is "character" or "char" or "nchar" or "bit")
                return Characters(first, first.Text);
        }

        return grammar.Names.Qualified("a type");
    }

    private QualifiedName Characters(Token first, string text)
    {
        _tokens.Advance();
        bool varies = _tokens.Take(Keyword.Varying);
        string name = (text, varies) switch
        {
            ("bit", true) => "varbit",
            ("bit", false) => "bit",
            (_, true) => "varchar",
            _ => "char",
        };
        return Named(name, _tokens.From(first));
    }

    private QualifiedName Single(Token token)
    {
        _tokens.Advance();
        return Named(token.Text, token.Span);
    }

    private static QualifiedName Named(string name, SourceSpan span) =>
        new([new Identifier(name) { Span = span }]) { Span = span };

    private IntervalField? Field()
    {
        IntervalField? field = _tokens.Current.Word switch
        {
            Keyword.Year => IntervalField.Year,
            Keyword.Month => IntervalField.Month,
            Keyword.Day => IntervalField.Day,
            Keyword.Hour => IntervalField.Hour,
            Keyword.Minute => IntervalField.Minute,
            Keyword.Second => IntervalField.Second,
            _ => null,
        };
        if (field is not null)
            _tokens.Advance();
        return field;
    }

    private int? SecondPrecision()
    {
        if (!_tokens.Take("("))
            return null;
        int precision = Integer("a number");
        _tokens.Expect(")");
        return precision;
    }

    /// <summary><c>[]</c>, <c>[3]</c>, <c>ARRAY</c>: sizes mean nothing, as in PostgreSQL.</summary>
    private int Dimensions()
    {
        int dimensions = 0;
        if (_tokens.Take(Keyword.Array))
        {
            dimensions = 1;
            if (_tokens.Take("["))
            {
                Integer("a number");
                _tokens.Expect("]");
            }

            return dimensions;
        }

        while (_tokens.Take("["))
        {
            if (!_tokens.Is("]"))
                Integer("a number or \"]\"");
            _tokens.Expect("]");
            if (++dimensions > 6)
                throw _tokens.Fault(_tokens.Previous.Span, "An array has at most 6 dimensions.");
        }

        return dimensions;
    }
}
