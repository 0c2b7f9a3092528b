using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>What a token is.</summary>
internal enum TokenKind : byte
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A name or a word of the language.</summary>
    Name,

    /// <summary>A name in quotes: never a word of the language.</summary>
    QuotedName,

    /// <summary>Digits only; <see cref="Token.Text"/> has them in the decimal system, without underscores.</summary>
    Integer,

    /// <summary>A number with a decimal point or an exponent.</summary>
    Decimal,

    /// <summary>A text in any of its forms; <see cref="Token.Text"/> is what it means.</summary>
    String,

    /// <summary>A string of bits: <c>B'101'</c>; <see cref="Token.Text"/> is <c>b</c> or <c>x</c> and the digits.</summary>
    BitString,

    /// <summary><c>$1</c>; <see cref="Token.Text"/> is the number.</summary>
    Parameter,

    /// <summary>One or more of the characters that operators are made of.</summary>
    Operator,

    /// <summary>( ) [ ] { } , ; . : :: := and, in patterns, single characters of quantifiers.</summary>
    Punctuation,
}

/// <summary>A piece of the text that has a meaning of its own.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Span">Where it is.</param>
/// <param name="Word">The word of the language that a name is.</param>
/// <param name="Text">A name folded to lower case or unquoted, what a text means, an operator, a punctuation mark.</param>
internal readonly record struct Token(TokenKind Kind, SourceSpan Span, Keyword Word, string Text)
{
    public bool Is(Keyword word) => Word == word && word != Keyword.None;

    /// <summary>Whether it is this operator or mark.</summary>
    public bool IsMark(string mark) => Kind is TokenKind.Operator or TokenKind.Punctuation && Text == mark;
}
