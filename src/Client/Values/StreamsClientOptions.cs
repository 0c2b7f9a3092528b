using System.Text.Json;

namespace ActorStreams;

/// <summary>How a <see cref="StreamsClient"/> speaks with a server.</summary>
public sealed record StreamsClientOptions
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    /// <summary>How rows and keys are written as JSON and read from it, as the server does it. Default: names in camel case, fields
    /// included.</summary>
    public JsonSerializerOptions Json { get; init; } = s_json;

    /// <summary>How long is waited before the server is asked again, at first; each further time twice as long. Default: 100 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long is waited at most. Default: 10 seconds.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A line on which nothing comes for so long, not even a sign of life, is dead and is opened anew. Default: one minute, four
    /// times what a server lets pass by default.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The time by which it waits. Default: the system clock.</summary>
#pragma warning disable RS0030 // a client has no job whose clock it could take
    public TimeProvider Clock { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString()
    {
        var defaults = new StreamsClientOptions();
        (string Name, object Value, object Default)[] all =
        [
            (nameof(Json), Json, defaults.Json), (nameof(FirstDelay), FirstDelay, defaults.FirstDelay),
            (nameof(MaxDelay), MaxDelay, defaults.MaxDelay), (nameof(DeadAfter), DeadAfter, defaults.DeadAfter),
            (nameof(Clock), Clock, defaults.Clock),
        ];
        string changed = string.Join(", ", all.Where(static one => !one.Value.Equals(one.Default))
            .Select(static one => $"{one.Name} = {(one.Value is TimeSpan time ? time.ToString() : "another")}"));
        return $"{nameof(StreamsClientOptions)} {{ {(changed.Length == 0 ? "defaults" : changed)} }}";
    }

    /// <summary>How long the <paramref name="failures"/>th wait is.</summary>
    internal TimeSpan DelayAfter(int failures)
    {
        double delay = FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromMilliseconds(Math.Min(delay, MaxDelay.TotalMilliseconds));
    }
}
