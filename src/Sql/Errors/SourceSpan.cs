namespace ActorStreams.Sql.Errors;

/// <summary>A part of the text of a statement.</summary>
/// <param name="Start">The offset of its first character.</param>
/// <param name="Length">How many characters (UTF-16) it has.</param>
internal readonly record struct SourceSpan(int Start, int Length)
{
    /// <summary>The offset after its last character.</summary>
    public int End => Start + Length;

    /// <summary>From the start of one part to the end of another.</summary>
    public static SourceSpan Between(SourceSpan first, SourceSpan last) => new(first.Start, Math.Max(0, last.End - first.Start));
}
