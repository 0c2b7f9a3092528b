namespace ActorStreams.Core.Pipelines;

/// <summary>Whether a sink can take what a stream carries.</summary>
internal static class SinkCheck
{
    public static PipelineException Refused(string pipeline, string sink, StreamNode from, string description, ChangelogMode takes)
    {
        StreamNode origin = from.ChangelogOrigin;
        string gives = from.Changelog == ChangelogMode.Retract ? "takes rows back" : "replaces and deletes rows";
        string able = takes == ChangelogMode.Upsert ? "replaces and deletes rows by key, and does not know by which"
            : "only takes new rows";
        string remedy = from.Changelog == ChangelogMode.Retract
            ? takes == ChangelogMode.Upsert
                ? "Say what the key is: .ToUpsert(name, key)."
                : "Fold it by key (.ToUpsert(name, key)) into a sink of upserts, such as Sinks.UpsertTable; use a sink that takes rows back, such as a topic; " +
                    "or write what happened as rows of a log: .AsLog()."
            : "Use a sink of upserts, such as Sinks.UpsertTable, or write what happened as rows of your own: .Map(…).";
        return new PipelineException(
            $"Pipeline '{pipeline}', operator '{origin.Name}' [{origin.Kind}] {gives}, but sink '{sink}' ({description}) {able}. {remedy} " +
            "A sink of your own that can do more says so by overriding Sink.Changelog.");
    }
}
