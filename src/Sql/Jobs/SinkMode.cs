using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Planning.Changelogs;

namespace ActorStreams.Sql.Jobs;

/// <summary>Whether a sink can take what a query gives.</summary>
internal static class SinkMode
{
    /// <exception cref="SqlException">It cannot.</exception>
    public static void Check(string sink, ChangelogMode takes, RelationTraits gives, Relation query)
    {
        if (gives.Mode <= takes)
            return;
        string able = takes == ChangelogMode.InsertOnly ? "only takes new rows"
            : "replaces and deletes rows by a key, and the result has none";
        throw new SqlException(SqlErrorCategory.Unsupported, SqlState.FeatureNotSupported,
            $"The sink \"{sink}\" {able}, and the query takes rows back ({PlanExplanation.ModeText(gives, query.Columns)}).",
            "Use a sink that takes them back (connector 'table' or 'postgresql' for results with a key, 'topic' with changes, 'console'); " +
            "or give final rows only: EMIT ON WINDOW CLOSE over windows of event time.");
    }
}
