namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>A name: in lower case, or as it was written in quotes.</summary>
internal sealed record Identifier(string Name) : SyntaxNode
{
    public override string ToString() => Name;
}

/// <summary>The name of a table, view, type or function, with its schema if that was said.</summary>
internal sealed record QualifiedName(SyntaxList<Identifier> Parts) : SyntaxNode
{
    public Identifier Last => Parts[^1];

    public override string ToString() => string.Join('.', Parts.Select(part => part.Name));
}

/// <summary>A type as it is written: several words are one name (<c>timestamptz</c>, <c>varchar</c>).</summary>
/// <param name="Name">The name; binding knows which type has it.</param>
/// <param name="Modifiers">The numbers in brackets: precision and scale, or length.</param>
/// <param name="Fields">Of an interval: the fields it is limited to.</param>
/// <param name="ArrayDimensions">How many pairs of square brackets follow.</param>
internal sealed record TypeName(QualifiedName Name, SyntaxList<int> Modifiers, IntervalFields? Fields, int ArrayDimensions) : SyntaxNode;

/// <summary>The fields of an interval, from the largest.</summary>
internal enum IntervalField : byte
{
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// <summary>The fields that an interval is limited to: one, or from one to a smaller one.</summary>
/// <param name="First">The largest.</param>
/// <param name="Last">The smallest; null: there is one only.</param>
/// <param name="SecondPrecision">Digits of a fraction of seconds; null: six.</param>
internal sealed record IntervalFields(IntervalField First, IntervalField? Last, int? SecondPrecision);

/// <summary>The name that a table has in a query, and those of its columns.</summary>
internal sealed record TableAlias(Identifier Name, SyntaxList<Identifier> Columns) : SyntaxNode;
