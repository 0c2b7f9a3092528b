using System.Text;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Planning.Changelogs;

/// <summary>A query as EXPLAIN shows it: one step a line, what it reads below it, with what its rows say of earlier ones, their key, and
/// what the step keeps.</summary>
internal static class PlanExplanation
{
    public static IReadOnlyList<string> Of(Relation relation, EmitMode emit)
    {
        var lines = new List<string>();
        Add(relation, TraitInference.Of(emit), emit == EmitMode.OnWindowClose, 0, lines, []);
        return lines;
    }

    public static string ModeText(RelationTraits traits, IReadOnlyList<RelationColumn> columns) => traits.Mode switch
    {
        ChangelogMode.InsertOnly => "insert-only",
        ChangelogMode.Upsert => $"upsert by ({string.Join(", ", traits.Key!.Select(at => columns[at].Name))})",
        _ => "retract",
    };

    private static void Add(
        Relation relation, TraitInference inference, bool whenClosed, int depth, List<string> lines, HashSet<Relation> seen)
    {
        RelationTraits traits = inference.Of(relation);
        var line = new StringBuilder().Append(' ', depth * 2).Append(relation.Describe());
        line.Append("  [").Append(ModeText(traits, relation.Columns));
        if (traits is { Mode: ChangelogMode.InsertOnly, Key: { Count: > 0 } key })
            line.Append(", key (").AppendJoin(", ", key.Select(at => relation.Columns[at].Name)).Append(')');
        if (traits.State.Growth != StateGrowth.None)
            line.Append("; state ").Append(traits.State);
        line.Append(']');
        if (relation is AggregateRelation aggregate && SlicedWindow.Of(aggregate, whenClosed) is not null)
            line.Append("  by slices of its windows");
        bool isKnown = relation is SharedRelation && !seen.Add(relation);
        lines.Add(isKnown ? line.Append(" (as above)").ToString() : line.ToString());
        foreach (Relation input in isKnown ? [] : relation.Inputs)
            Add(input, inference, whenClosed, depth + 1, lines, seen);
    }
}
