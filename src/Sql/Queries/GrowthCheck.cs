using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Planning.Changelogs;

namespace ActorStreams.Sql.Queries;

/// <summary>Whether a statement may keep more and more.</summary>
internal static class GrowthCheck
{
    /// <returns>Warnings.</returns>
    /// <exception cref="PipelineException">It does, and is refused.</exception>
    public static IReadOnlyList<string> Of(TraitInference inference, Relation relation, GrowingState policy, string where)
    {
        if (policy == GrowingState.Allow)
            return [];
        string[] growing = [.. inference.Growing(relation).Select(step => $"{where}: its state grows for ever: {step}.")];
        if (growing.Length == 0 || policy == GrowingState.Warn)
            return growing;
        throw new PipelineException($"{growing[0]} Bound it, by a window with EMIT ON WINDOW CLOSE, say; or allow it: " +
            $"{nameof(SqlOptions)}.{nameof(SqlOptions.GrowingState)}.");
    }
}
