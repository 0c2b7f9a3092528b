using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>What stands in a pattern.</summary>
internal static class PatternNames
{
    /// <summary>Its variables, in the order of the text.</summary>
    public static IEnumerable<Identifier> Of(RowPattern pattern) => All(pattern).OfType<VariablePattern>().Select(part => part.Variable);

    public static IEnumerable<RowPattern> All(RowPattern pattern) => (pattern switch
    {
        SequencePattern sequence => sequence.Parts.SelectMany(All),
        AlternationPattern alternation => alternation.Parts.SelectMany(All),
        PermutePattern permute => permute.Parts.SelectMany(All),
        QuantifiedPattern quantified => All(quantified.Part),
        ExclusionPattern exclusion => All(exclusion.Part),
        _ => [],
    }).Prepend(pattern);
}
