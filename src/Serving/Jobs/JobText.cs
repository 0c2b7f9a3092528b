using System.Text.Json;
using ActorStreams.Serving.Entities;
using ActorStreams.Serving.Rows;
using ActorStreams.Serving.Views;

namespace ActorStreams.Serving.Jobs;

/// <summary>What there is to say of a job, as JSON.</summary>
internal static class JobText
{
    /// <summary>In one line of a list.</summary>
    public static void WriteSummary(Utf8JsonWriter json, string name, IJob job)
    {
        json.WriteStartObject();
        WriteHead(json, name, job);
        json.WriteEndObject();
    }

    /// <summary>All of it.</summary>
    public static void Write(Utf8JsonWriter json, string name, IJob job)
    {
        json.WriteStartObject();
        WriteHead(json, name, job);
        json.WriteString("description", job.Describe());
        WriteNames(json, "views", ServedViews.NamesOf(job));
        WriteNames(json, "ingresses", ServedIngresses.NamesOf(job));
        WriteNames(json, "entities", ServedEntities.NamesOf(job));
        WriteMetrics(json, job.Metrics);
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, string name, IJob job)
    {
        Task completion = job.Completion;
        json.WriteString("name", name);
        json.WriteString("state", !completion.IsCompleted ? "running" : completion.IsFaulted ? "failed" : "completed");
        if (completion.IsFaulted)
            json.WriteString("error", completion.Exception!.InnerException!.Message);
        json.WriteNumber("epoch", job.Epoch);
        JobMetrics metrics = job.Metrics;
        json.WriteNumber("restarts", metrics.Restarts);
        json.WriteNumber("rows", metrics.Sources.Values.Sum(static source => source.Rows));
        json.WriteNumber("deadLetters", metrics.DeadLetters);
        json.WriteStartArray("conditions");
        foreach (JobCondition condition in job.Conditions)
        {
            json.WriteStartObject();
            json.WriteString("kind", condition.Kind.ToString());
            json.WriteString("operator", condition.Operator);
            json.WriteString("since", condition.Since);
            json.WriteString("message", condition.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string what, IEnumerable<string> names)
    {
        json.WriteStartArray(what);
        foreach (string name in names.Order(StringComparer.Ordinal))
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteMetrics(Utf8JsonWriter json, JobMetrics metrics)
    {
        json.WriteStartArray("sources");
        foreach ((string name, SourceMetrics source) in metrics.Sources)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("rows", source.Rows);
            json.WriteNumber("late", source.Late);
            json.WriteNumber("rejected", source.Rejected);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("partitions");
        foreach ((string name, PartitionMetrics partition) in metrics.Partitions)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("rows", partition.Rows);
            json.WriteNumber("late", partition.Late);
            if (partition.Watermark is { } watermark)
                json.WriteString("watermark", watermark);
            json.WriteBoolean("isIdle", partition.IsIdle);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("operators");
        foreach ((string name, IReadOnlyDictionary<string, long> counters) in metrics.Operators)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartObject("counters");
            foreach ((string counter, long value) in counters)
                json.WriteNumber(counter, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
