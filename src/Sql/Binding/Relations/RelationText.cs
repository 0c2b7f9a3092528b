using System.Text;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>A relation as a tree, for people and tests.</summary>
internal static class RelationText
{
    public static string Of(Relation relation)
    {
        var text = new StringBuilder();
        Add(text, relation, 0);
        return text.ToString();
    }

    private static void Add(StringBuilder text, Relation relation, int depth)
    {
        if (depth > 0)
            text.Append('\n').Append(' ', depth * 2);
        text.Append(relation.Describe());
        foreach (Relation input in relation.Inputs)
            Add(text, input, depth + 1);
    }
}
