using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>A part of a statement. Two are equal if they say the same, wherever they stand and however they are laid out.</summary>
internal abstract record SyntaxNode
{
    /// <summary>Where it stands in the text.</summary>
    public SourceSpan Span { get; init; }

    public virtual bool Equals(SyntaxNode? other) => other is not null && EqualityContract == other.EqualityContract;

    public override int GetHashCode() => EqualityContract.GetHashCode();
}
