using System.Text.Json;
using ActorStreams.Authoring;

namespace ActorStreams.Conformance.Tests.Triggers;

/// <summary>The operator that a case describes, in our words.</summary>
public static class CaseSpec
{
    public static WindowAssigner WindowsOf(JsonElement window)
    {
        WindowAssigner kind = window.GetProperty("type").GetString() switch
        {
            "fixed" => Window.Tumbling(Span(window, "size"), Span(window, "offset")),
            "sliding" => Window.Hopping(Span(window, "size"), Span(window, "slide"), Span(window, "offset")),
            "session" => Session(window),
            "global" => Window.Global(),
            string type => throw new NotSupportedException($"window '{type}'"),
            null => throw new FormatException("a window without a type"),
        };
        return Text(window, "domain") == "processingTime" ? kind.InProcessingTime() : kind;
    }

    public static Trigger TriggerOf(JsonElement trigger) => trigger.GetProperty("type").GetString() switch
    {
        "default" => Trigger.Default,
        "afterWatermark" => Trigger.AfterWatermark(Part(trigger, "early"), Part(trigger, "late")),
        "afterCount" => Trigger.AfterCount(trigger.GetProperty("n").GetInt32()),
        "afterProcessingTime" => Trigger.AfterProcessingTime(Span(trigger, "delay")),
        "repeatedly" => TriggerOf(trigger.GetProperty("of")).Repeatedly(),
        "afterEach" => Trigger.AfterEach(Parts(trigger)),
        "afterFirst" => Trigger.AfterFirst(Parts(trigger)),
        "afterAll" => Trigger.AfterAll(Parts(trigger)),
        "orFinally" => TriggerOf(trigger.GetProperty("of")).OrFinally(TriggerOf(trigger.GetProperty("until"))),
        "continuousEventTime" => Trigger.ContinuousEventTime(Span(trigger, "interval")),
        "afterWindowProcessingTime" => Trigger.AfterWindowProcessingTime,
        "atExpiry" => Trigger.AtExpiry,
        string type => throw new NotSupportedException($"trigger '{type}'"),
        null => throw new FormatException("a trigger without a type"),
    };

    public static WindowedStream<string, Item> Configure(WindowedStream<string, Item> windows, JsonElement spec)
    {
        windows = windows.Trigger(TriggerOf(spec.GetProperty("trigger"))).AllowedLateness(Span(spec, "allowedLateness"));
        windows = Text(spec, "mode") switch
        {
            "accumulating" or null => windows.Accumulating(),
            "discarding" => windows.Discarding(),
            string mode => throw new NotSupportedException($"mode '{mode}'"),
        };
        windows = windows.ResultsAt(Text(spec, "timestampCombiner") switch
        {
            "endOfWindow" or null => ResultTime.EndOfWindow,
            "earliest" => ResultTime.Earliest,
            "latest" => ResultTime.Latest,
            string combiner => throw new NotSupportedException($"timestamp combiner '{combiner}'"),
        });
        return windows
            .OnTime(Text(spec, "onTime") == "fireIfNonEmpty" ? FiringBehaviour.FireIfNonEmpty : FiringBehaviour.FireAlways)
            .Closing(Text(spec, "closing") == "fireAlways" ? FiringBehaviour.FireAlways : FiringBehaviour.FireIfNonEmpty);
    }

    public static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString()
        : null;

    private static SessionWindows Session(JsonElement window)
    {
        SessionWindows sessions = Window.Session(Span(window, "gap"));
        return Text(window, "touching") == "merge" ? sessions.MergeTouching() : sessions;
    }

    private static Trigger? Part(JsonElement trigger, string name) => trigger.TryGetProperty(name, out JsonElement part)
        && part.ValueKind == JsonValueKind.Object ? TriggerOf(part) : null;

    private static Trigger[] Parts(JsonElement trigger) => [.. trigger.GetProperty("of").EnumerateArray().Select(TriggerOf)];

    private static TimeSpan Span(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? TimeSpan.FromMilliseconds(value.GetInt64()) : TimeSpan.Zero;
}
