using System.Globalization;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>The tokens of a text, the present one and one of foresight, and what is read of them alike everywhere.</summary>
internal sealed class PatternTokens
{
    /// <summary>Brackets in brackets: a text from outside must not exhaust the stack.</summary>
    private const int DeepestNesting = 100;

    private readonly PatternLexer _lexer;
    private Token? _next;
    private int _depth;

    public PatternTokens(string text)
    {
        _lexer = new PatternLexer(text);
        Current = _lexer.Next();
    }

    public Token Current { get; private set; }

    /// <summary>The token after the present one.</summary>
    public Token Next => _next ??= _lexer.Next();

    public Token Take()
    {
        Token taken = Current;
        (Current, _next) = (Next, null);
        return taken;
    }

    public bool TryTake(string word)
    {
        bool isWord = Current.Is(word);
        if (isWord)
            Take();
        return isWord;
    }

    public bool TryTake(char symbol)
    {
        bool isSymbol = Current.Is(symbol);
        if (isSymbol)
            Take();
        return isSymbol;
    }

    public void Require(string word)
    {
        if (!TryTake(word))
            throw Expected([word]);
    }

    /// <summary>A word that means nothing else, or anything in quotes.</summary>
    public Token Name(params ReadOnlySpan<string> what)
    {
        if (Current.Kind == TokenKind.Quoted || (Current.Kind == TokenKind.Word && !PatternWords.IsReserved(Current.Value)))
            return Take();
        if (Current.Kind == TokenKind.Word)
            throw ErrorAt(Current,
                $"{Wanted([.. what])}, but found '{Current.Value}', a word of the language. As a name it stands in quotes: '{Current.Value}'.");
        throw Expected([.. what]);
    }

    public int Number()
    {
        if (Current.Kind != TokenKind.Number)
            throw Expected(["a number"]);
        Token digits = Take();
        return int.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw ErrorAt(digits, $"{digits.Value} is too large: the largest number is {int.MaxValue}.");
    }

    /// <summary>A length of time in microseconds: <c>10 min</c>, <c>1 h 30 min</c>.</summary>
    public long Span()
    {
        Token first = Current;
        Int128 sum = 0;
        if (first.Kind != TokenKind.Number)
            throw Expected(["a length of time such as 10 min"]);
        while (Current.Kind == TokenKind.Number)
        {
            Token digits = Take();
            if (Current.Kind != TokenKind.Word || SpanText.MicrosOf(Current.Value) is not { } unit)
                throw ErrorAt(Current, $"expected a unit of time ({SpanText.Units}), but found {Current}.");
            Take();
            sum += long.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? (Int128)number * unit
                : long.MaxValue;
        }

        if (sum < 1 || sum > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond)
            throw ErrorAt(first, sum < 1 ? "a length of time must be positive."
                : $"the length of time is longer than {TimeSpan.MaxValue.Days} days.");
        return (long)sum;
    }

    /// <summary>What stands in brackets; the opening one is taken.</summary>
    public TInner Nested<TInner>(Token open, Func<TInner> inner, params string[] orElse)
    {
        if (++_depth > DeepestNesting)
            throw ErrorAt(open, $"more than {DeepestNesting} brackets in brackets.");
        TInner value = inner();
        _depth--;
        return TryTake(')') ? value : throw Expected([.. orElse, "')'"]);
    }

    /// <summary>Tells what the rules of patterns say with the place that broke them.</summary>
    public TResult At<TResult>(Token place, Func<TResult> rule)
    {
        try
        {
            return rule();
        }
        catch (PipelineException broken)
        {
            throw ErrorAt(place, broken.Message);
        }
    }

    public void At(Token place, Action rule) => At(place, () =>
    {
        rule();
        return true;
    });

    public PatternSyntaxException Expected(string[] what)
    {
        string? meant = Current.Kind == TokenKind.Word ? PatternWords.Nearest(Current.Value, what) : null;
        bool isQuantifier = Current.Kind == TokenKind.Symbol && "{+*?".Contains(Current.Value, StringComparison.Ordinal);
        string remedy = isQuantifier ? " A quantifier stands once, right after the stage's name or the group's bracket." : meant is null
            ? "" : $" Did you mean '{meant}'?";
        return ErrorAt(Current, $"{Wanted(what)}, but found {Current}.{remedy}");
    }

    public PatternSyntaxException ErrorAt(Token place, string what) => _lexer.ErrorAt(place.Start, what);

    private static string Wanted(string[] what) => what.Length == 1 ? $"expected {what[0]}"
        : $"expected {string.Join(", ", what[..^1])} or {what[^1]}";
}
