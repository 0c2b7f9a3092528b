namespace ActorStreams.Sql.Syntax;

/// <summary>What a text may ask of the parser, and so of all that walks its tree. A text beyond a limit is refused as such.</summary>
internal sealed record SqlLimits
{
    public static SqlLimits Default { get; } = new();

    /// <summary>The longest text, in characters (UTF-16).</summary>
    public int MaxLength { get; init; } = 4 << 20;

    /// <summary>The most words, literals and marks of one text.</summary>
    public int MaxTokens { get; init; } = 500_000;

    /// <summary>The height of the tree of a statement: how deep expressions, queries, joins and patterns stand in one another, and how many
    /// operators follow one another without brackets. Whatever walks the tree needs the stack for as many calls of itself.</summary>
    public int MaxDepth { get; init; } = 300;
}
