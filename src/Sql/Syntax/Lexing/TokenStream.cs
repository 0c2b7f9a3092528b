using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>The tokens of a text, one by one with a look ahead; what was looked for in vain at the present token, for the error; and the
/// height of the tree that is built from them.</summary>
internal sealed class TokenStream
{
    private readonly Lexer _lexer;
    private readonly SqlLimits _limits;
    private readonly List<Token> _ahead = [];
    private readonly Expectations? _expectations;
    private bool _inPattern;
    private int _depth, _height;

    /// <param name="text">The text.</param>
    /// <param name="limits">What it may ask.</param>
    /// <param name="expectations">Takes what was looked for; null: nobody wants to know.</param>
    public TokenStream(string text, SqlLimits limits, Expectations? expectations)
    {
        (Text, _limits, _expectations) = (text, limits, expectations);
        _lexer = new Lexer(text, limits);
        Current = _lexer.Next(inPattern: false);
    }

    public string Text { get; }

    public Token Current { get; private set; }

    /// <summary>The token before the present one.</summary>
    public Token Previous { get; private set; }

    /// <summary>A token after the present one.</summary>
    public Token Peek(int distance = 1)
    {
        while (_ahead.Count < distance)
            _ahead.Add(_lexer.Next(_inPattern));
        return _ahead[distance - 1];
    }

    public void Advance()
    {
        Previous = Current;
        if (_ahead.Count > 0)
        {
            Current = _ahead[0];
            _ahead.RemoveAt(0);
        }
        else
        {
            Current = _lexer.Next(_inPattern);
        }

        _expectations?.Clear();
    }

    /// <summary>Whether the present token is this word.</summary>
    public bool Is(Keyword word)
    {
        if (Current.Word == word)
            return true;
        _expectations?.Add(word);
        return false;
    }

    /// <summary>Whether the present token is this mark or operator.</summary>
    public bool Is(string mark)
    {
        if (Current.IsMark(mark))
            return true;
        _expectations?.Add(mark);
        return false;
    }

    public bool Is(Keyword first, Keyword second) => Is(first) && Peek().Word == second;

    public bool Is(Keyword first, Keyword second, Keyword third) => Is(first, second) && Peek(2).Word == third;

    /// <summary>Takes the word if it comes next.</summary>
    public bool Take(Keyword word)
    {
        if (!Is(word))
            return false;
        Advance();
        return true;
    }

    public bool Take(string mark)
    {
        if (!Is(mark))
            return false;
        Advance();
        return true;
    }

    /// <summary>Takes two words if both come next.</summary>
    public bool Take(Keyword first, Keyword second)
    {
        if (!Is(first, second))
            return false;
        Advance();
        Advance();
        return true;
    }

    /// <summary>Takes the word that must come next.</summary>
    public void Expect(Keyword word)
    {
        if (!Take(word))
            throw Unexpected();
    }

    public void Expect(Keyword first, Keyword second)
    {
        Expect(first);
        Expect(second);
    }

    public void Expect(string mark)
    {
        if (!Take(mark))
            throw Unexpected();
    }

    /// <summary>From here the marks of a pattern are single characters. The present token is the bracket that opens it.</summary>
    public void EnterPattern() => SwitchTo(inPattern: true);

    /// <summary>From here the text is ordinary again. The present token is the bracket that closes the pattern.</summary>
    public void LeavePattern() => SwitchTo(inPattern: false);

    /// <summary>The part of the text from a token to the one before the present.</summary>
    public SourceSpan From(Token first) => SourceSpan.Between(first.Span, Previous.Span);

    public SourceSpan From(SourceSpan first) => SourceSpan.Between(first, Previous.Span);

    /// <summary>A production begins that may stand in itself. Gives what <see cref="Leave"/> wants.</summary>
    public int Enter()
    {
        if (++_depth > _limits.MaxDepth)
            throw TooDeep();
        (int outer, _height) = (_height, 0);
        return outer;
    }

    /// <summary>What was built so far is an operand of something: one operator more in a row.</summary>
    public void Raise()
    {
        if (++_height > _limits.MaxDepth)
            throw TooDeep();
    }

    /// <summary>The production ends: what stands around it is at least one higher.</summary>
    public void Leave(int outer)
    {
        Raise();
        _depth--;
        _height = Math.Max(outer, _height);
    }

    /// <summary>The present token may not stand here, and what may is said by a name: "an expression".</summary>
    public SqlException Unexpected(string wanted)
    {
        _expectations?.Clear();
        _expectations?.Add(wanted, isName: true);
        return Unexpected();
    }

    /// <summary>The present token may not stand here; what may was looked for before.</summary>
    public SqlException Unexpected()
    {
        string found = Current.Kind == TokenKind.End ? "the end of the text" : $"\"{Shown(Current.Span)}\"";
        string expected = _expectations is { IsEmpty: false } ? $"; expected {_expectations}" : "";
        return Fault(Current.Span, $"Unexpected {found}{expected}.", _expectations?.Hint(Current, Previous));
    }

    /// <summary>A mistake of the grammar.</summary>
    public SqlException Fault(SourceSpan span, string fault, string? hint = null) =>
        new SqlException(SqlErrorCategory.Syntax, SqlState.SyntaxError, fault, hint).At(Text, span);

    /// <summary>What other engines or PostgreSQL have, and we do not.</summary>
    public SqlException Unsupported(SourceSpan span, string fault, string? hint = null) =>
        new SqlException(SqlErrorCategory.Unsupported, SqlState.FeatureNotSupported, fault, hint).At(Text, span);

    private SqlException TooDeep() =>
        new SqlException(SqlErrorCategory.Limit, SqlState.StatementTooComplex,
            $"The statement is nested more than {_limits.MaxDepth} deep, or has as many operators in a row.",
                "Divide it by WITH or views; write long chains as IN lists, or with brackets that halve them.")
        .At(Text, Current.Span);

    private void SwitchTo(bool inPattern)
    {
        _inPattern = inPattern;
        _ahead.Clear();
        _lexer.Position = Current.Span.End;
    }

    private string Shown(SourceSpan span) => span.Length <= 40 ? Text.Substring(span.Start, span.Length)
        : $"{Text.AsSpan(span.Start, 39)}…";
}
