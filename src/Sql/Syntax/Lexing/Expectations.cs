using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>What the parser looked for at the present token, in the order in which it looked.</summary>
internal sealed class Expectations
{
    /// <summary>A longer list says less.</summary>
    private const int MostShown = 8;

    private readonly List<string> _names = [];
    private readonly List<Keyword> _words = [];

    public bool IsEmpty => _names.Count == 0;

    public void Clear()
    {
        _names.Clear();
        _words.Clear();
    }

    public void Add(Keyword word)
    {
        if (_words.Contains(word))
            return;
        _words.Add(word);
        Add(Keywords.TextOf(word), isName: true);
    }

    public void Add(string mark, bool isName = false)
    {
        string name = isName ? mark : $"\"{mark}\"";
        if (!_names.Contains(name, StringComparer.Ordinal))
            _names.Add(name);
    }

    /// <summary>The word that was meant, where a name stands that is one letter away; a name before it may have been taken for an
    /// alias.</summary>
    public string? Hint(Token found, Token before) => HintFor(found) ?? HintFor(before);

    public override string ToString() => _names.Count switch
    {
        0 => "",
        1 => _names[0],
        <= MostShown => $"{string.Join(", ", _names[..^1])} or {_names[^1]}",
        _ => $"{string.Join(", ", _names[..MostShown])} or something else",
    };

    private string? HintFor(Token token) =>
        token is { Kind: TokenKind.Name, Word: Keyword.None, Text.Length: > 2 }
        && NearestName.Of(token.Text, _words.Select(Keywords.NameOf)) is { } word
            ? $"Perhaps {word.ToUpperInvariant()} is meant in place of \"{token.Text}\"."
            : null;
}
