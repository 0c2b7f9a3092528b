namespace ActorStreams.Operators.Patterns.Text;

internal enum TokenKind
{
    Word,

    /// <summary>A name in quotes, which is never a word of the language.</summary>
    Quoted,
    Number,
    Symbol,
    End,
}

/// <summary>A piece of the text. <paramref name="Value"/> is without quotes.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, string Value)
{
    public bool Is(string word) => Kind == TokenKind.Word && string.Equals(Value, word, StringComparison.Ordinal);

    public bool Is(char symbol) => Kind == TokenKind.Symbol && Value[0] == symbol;

    public override string ToString() => Kind == TokenKind.End ? "the end" : $"'{Value}'";
}

/// <summary>Cuts the text into words, names in quotes, numbers and signs. White space and what follows a # in its line mean
/// nothing.</summary>
internal sealed class PatternLexer(string text)
{
    private const string Symbols = "(){},+*?=";
    private int _at;

    public Token Next()
    {
        SkipSpace();
        if (_at == text.Length)
            return new Token(TokenKind.End, _at, "");
        int start = _at;
        char first = text[start];
        if (first == '\'')
            return Quoted();
        if (char.IsAsciiDigit(first))
            return While(TokenKind.Number, char.IsAsciiDigit);
        if (PatternWords.StartsWord(first))
            return While(TokenKind.Word, PatternWords.ContinuesWord);
        if (!Symbols.Contains(first, StringComparison.Ordinal))
            throw ErrorAt(start,
                $"'{first}' means nothing here. Names with other signs than letters, digits, _ and - stand in single quotes; numbers are whole.");
        _at++;
        return new Token(TokenKind.Symbol, start, first.ToString());
    }

    /// <summary>Says where in the text something is wrong, and shows it.</summary>
    public PatternSyntaxException ErrorAt(int position, string what)
    {
        int lineStart = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        int lineEnd = text.IndexOf('\n', position);
        string shown = text[lineStart..(lineEnd < 0 ? text.Length : lineEnd)].TrimEnd('\r');
        int line = text.AsSpan(0, lineStart).Count('\n') + 1, column = position - lineStart + 1;
        string indent = string.Concat(text[lineStart..position].Select(letter => letter == '\t' ? '\t' : ' '));
        return new PatternSyntaxException($"Pattern, line {line}, column {column}: {what}\n  {shown}\n  {indent}^", line, column);
    }

    private void SkipSpace()
    {
        while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] == '#'))
        {
            if (text[_at] == '#')
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
            else
                _at++;
        }
    }

    private Token While(TokenKind kind, Func<char, bool> belongs)
    {
        int start = _at;
        while (_at < text.Length && belongs(text[_at]))
            _at++;
        return new Token(kind, start, text[start.._at]);
    }

    /// <summary>Up to the closing quote; two quotes are one in the name.</summary>
    private Token Quoted()
    {
        int start = _at;
        while (true)
        {
            int quote = text.IndexOf('\'', _at + 1);
            if (quote < 0)
                throw ErrorAt(start, "the quote that begins here has no end. Two quotes in a row stand for one in the name.");
            _at = quote + 1;
            if (_at == text.Length || text[_at] != '\'')
                return new Token(TokenKind.Quoted, start, text[(start + 1)..quote].Replace("''", "'", StringComparison.Ordinal));
        }
    }
}
