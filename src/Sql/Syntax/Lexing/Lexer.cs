using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>Reads one token after the other from a text, by PostgreSQL's rules. In the pattern of MATCH_RECOGNIZE marks are single
/// characters, because <c>+?</c> is there two of them.</summary>
internal sealed class Lexer
{
    private const int LongestOperator = 63;

    private readonly string _text;
    private readonly SqlLimits _limits;
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private int _tokens;

    public Lexer(string text, SqlLimits limits)
    {
        (_text, _limits) = (text, limits);
        _names = new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        if (text.Length > limits.MaxLength)
        {
            throw new SqlException(SqlErrorCategory.Limit, SqlState.ProgramLimitExceeded,
                $"The text has {text.Length} characters; at most {limits.MaxLength} are read.", "Divide the script.");
        }

        if (text.IndexOf('\0', StringComparison.Ordinal) is var zero and >= 0)
            throw Fault(new SourceSpan(zero, 1), "A statement holds no character with the code 0.");
    }

    /// <summary>Where the next token is looked for.</summary>
    public int Position { get; set; }

    /// <summary>The next token; at the end of the text always the same.</summary>
    public Token Next(bool inPattern)
    {
        SkipSpaceAndComments();
        int start = Position;
        if (start >= _text.Length)
            return new Token(TokenKind.End, new SourceSpan(start, 0), Keyword.None, "");
        if (++_tokens > _limits.MaxTokens)
        {
            throw new SqlException(SqlErrorCategory.Limit, SqlState.ProgramLimitExceeded,
                $"The text has more than {_limits.MaxTokens} words and marks.", "Divide the statement or the script.")
                .At(_text, new SourceSpan(start, 1));
        }

        char first = _text[start], second = At(start + 1);
        switch (first)
        {
            case '\'':
                return StringToken(start, StringLiterals.ReadPlain(_text, start, Fault));
            case 'e' or 'E' when second == '\'':
                return StringToken(start, StringLiterals.ReadEscaped(_text, start + 1, Fault));
            case 'n' or 'N' when second == '\'':
                return StringToken(start, StringLiterals.ReadPlain(_text, start + 1, Fault));
            case 'b' or 'B' or 'x' or 'X' when second == '\'':
                return BitString(start, char.ToLowerInvariant(first));
            case 'u' or 'U' when second == '&' && At(start + 2) is '\'' or '"':
                return UnicodeToken(start);
            case '"':
                return Made(TokenKind.QuotedName, start, StringLiterals.ReadQuotedName(_text, start, Fault));
            case '$' when !inPattern:
                return Dollar(start);
            case '.' when char.IsAsciiDigit(second) && !inPattern:
                return Number(start);
        }

        if (char.IsAsciiDigit(first))
            return inPattern ? PatternNumber(start) : Number(start);
        if (CharacterClass.IsNameStart(first))
            return Name(start, inPattern);
        if (inPattern)
            return Mark(start, 1);
        return CharacterClass.IsOperator(first) && !(first == '=' && second == '>') ? Operator(start) : Punctuation(start);
    }

    private char At(int position) => position < _text.Length ? _text[position] : '\0';

    private SqlException Fault(SourceSpan span, string fault) =>
        new SqlException(SqlErrorCategory.Syntax, SqlState.SyntaxError, fault).At(_text, span);

    private Token Made(TokenKind kind, int start, (string Text, int End) read)
    {
        Position = read.End;
        return new Token(kind, new SourceSpan(start, read.End - start), Keyword.None, read.Text);
    }

    private void SkipSpaceAndComments()
    {
        while (Position < _text.Length)
        {
            char next = _text[Position];
            if (CharacterClass.IsSpace(next))
                Position++;
            else if (next == '-' && At(Position + 1) == '-')
                Position = _text.IndexOf('\n', Position) is var end and >= 0 ? end + 1 : _text.Length;
            else if (next == '/' && At(Position + 1) == '*')
                SkipComment();
            else
                break;
        }
    }

    /// <summary>Comments stand in comments.</summary>
    private void SkipComment()
    {
        int start = Position, depth = 0;
        do
        {
            int mark = _text.AsSpan(Position).IndexOfAny('*', '/');
            if (mark < 0 || Position + mark + 1 >= _text.Length)
                throw Fault(new SourceSpan(start, 2), "The comment does not end: */ is missing.");
            Position += mark;
            (int change, int length) = (_text[Position], _text[Position + 1]) switch
            {
                ('/', '*') => (1, 2),
                ('*', '/') => (-1, 2),
                _ => (0, 1),
            };
            depth += change;
            Position += length;
        }
        while (depth > 0);
    }

    /// <summary>Literals that only line breaks divide are one, as the standard has it.</summary>
    private Token StringToken(int start, (string Text, int End) read)
    {
        List<string>? parts = null;
        while (StringLiterals.Continuation(_text, read.End) is var next and >= 0)
        {
            parts ??= [read.Text];
            read = _text[start] is 'e' or 'E' ? StringLiterals.ReadEscaped(_text, next, Fault)
                : StringLiterals.ReadPlain(_text, next, Fault);
            parts.Add(read.Text);
        }

        return Made(TokenKind.String, start, parts is null ? read : (string.Concat(parts), read.End));
    }

    private Token UnicodeToken(int start)
    {
        bool isName = _text[start + 2] == '"';
        (string raw, int end) = isName
            ? StringLiterals.ReadQuotedName(_text, start + 2, Fault)
            : StringLiterals.ReadPlain(_text, start + 2, Fault);
        (char escape, end) = StringLiterals.ReadUnicodeEscape(_text, end, Fault);
        string text = StringLiterals.Unescape(raw, escape, new SourceSpan(start, end - start), Fault);
        return Made(isName ? TokenKind.QuotedName : TokenKind.String, start, (text, end));
    }

    private Token BitString(int start, char kind)
    {
        (string digits, int end) = StringLiterals.ReadPlain(_text, start + 1, Fault);
        if (!digits.All(kind == 'b' ? digit => digit is '0' or '1' : char.IsAsciiHexDigit))
            throw Fault(new SourceSpan(start, end - start), kind == 'b' ? "A string of bits has digits 0 and 1 only."
                : "A hexadecimal string has digits 0 to 9 and a to f only.");
        return Made(TokenKind.BitString, start, (kind + digits.ToLowerInvariant(), end));
    }

    /// <summary><c>$1</c> is a parameter, <c>$tag$ … $tag$</c> a text as it stands.</summary>
    private Token Dollar(int start)
    {
        int end = start + 1;
        if (char.IsAsciiDigit(At(end)))
        {
            while (char.IsAsciiDigit(At(end)))
                end++;
            if (CharacterClass.IsNameStart(At(end)))
                throw Fault(new SourceSpan(start, end + 1 - start), "A letter follows the number of a parameter.");
            return Made(TokenKind.Parameter, start, (_text[(start + 1)..end], end));
        }

        return StringLiterals.ReadDollars(_text, start, Fault) is { } read
            ? Made(TokenKind.String, start, read)
            : throw Fault(new SourceSpan(start, 1), "$ begins no parameter ($1) and no text ($$ … $$).");
    }

    private Token Number(int start)
    {
        NumberText read = NumberText.Read(_text, start, Fault);
        return Made(read.IsInteger ? TokenKind.Integer : TokenKind.Decimal, start, (read.Text, read.End));
    }

    /// <summary>In <c>{1,3}</c>.</summary>
    private Token PatternNumber(int start)
    {
        int end = start;
        while (char.IsAsciiDigit(At(end)))
            end++;
        return Made(TokenKind.Integer, start, (_text[start..end], end));
    }

    private Token Name(int start, bool inPattern)
    {
        int end = start + 1;
        while (end < _text.Length && CharacterClass.IsNamePart(_text[end]) && !(inPattern && _text[end] == '$'))
            end++;
        Position = end;
        var span = new SourceSpan(start, end - start);
        ReadOnlySpan<char> written = _text.AsSpan(start, end - start);
        if (written.Length > 256)
            return new Token(TokenKind.Name, span, Keyword.None, Folded(written));
        Span<char> folded = stackalloc char[256];
        folded = folded[..written.Length];
        for (int at = 0; at < written.Length; at++)
            folded[at] = char.IsAsciiLetterUpper(written[at]) ? (char)(written[at] | 0x20) : written[at];
        Keyword word = Keywords.Find(folded);
        if (word != Keyword.None)
            return new Token(TokenKind.Name, span, word, Keywords.NameOf(word));
        if (!_names.TryGetValue(folded, out string? name))
            _names.TryAdd(folded, name = folded.ToString());
        return new Token(TokenKind.Name, span, Keyword.None, name);
    }

    /// <summary>As PostgreSQL does in a database of UTF-8: letters of ASCII only.</summary>
    private static string Folded(ReadOnlySpan<char> written) => string.Create(written.Length, written, (folded, from) =>
    {
        for (int at = 0; at < from.Length; at++)
            folded[at] = char.IsAsciiLetterUpper(from[at]) ? (char)(from[at] | 0x20) : from[at];
    });

    private Token Operator(int start)
    {
        int end = start;
        bool isLoose = false;
        while (end < _text.Length && CharacterClass.IsOperator(_text[end]) && !BeginsComment(end))
        {
            isLoose |= CharacterClass.IsLoose(_text[end++]);
            // without an end a long row of signs would be read again for each of them
            if (end - start > LongestOperator)
                throw Fault(new SourceSpan(start, end - start), $"An operator has at most {LongestOperator} characters.");
        }

        while (!isLoose && end > start + 1 && _text[end - 1] is '+' or '-')
            end--;
        return new Token(TokenKind.Operator, Taken(start, end - start), Keyword.None, Interned(start, end - start));
    }

    private bool BeginsComment(int at) => (_text[at], At(at + 1)) is ('-', '-') or ('/', '*');

    private Token Punctuation(int start)
    {
        int length = (_text[start], At(start + 1)) is (':', ':') or (':', '=') or ('=', '>') ? 2 : 1;
        if (length == 1 && !"()[]{},;.:$\\".Contains(_text[start], StringComparison.Ordinal))
            throw Fault(new SourceSpan(start, 1), $"The character {Shown(_text[start])} means nothing here.");
        return Mark(start, length);
    }

    private Token Mark(int start, int length) =>
        new(TokenKind.Punctuation, Taken(start, length), Keyword.None, Interned(start, length));

    private SourceSpan Taken(int start, int length)
    {
        Position = start + length;
        return new SourceSpan(start, length);
    }

    /// <summary>One object for all marks that are written the same; <c>!=</c> is another way to write <c>&lt;&gt;</c>.</summary>
    private string Interned(int start, int length)
    {
        ReadOnlySpan<char> written = _text.AsSpan(start, length);
        if (written is "!=")
            return "<>";
        if (!_names.TryGetValue(written, out string? mark))
            _names.TryAdd(written, mark = written.ToString());
        return mark;
    }

    private static string Shown(char character) =>
        char.IsControl(character) || char.IsSurrogate(character) ? $"U+{(int)character:X4}" : $"\"{character}\"";
}
