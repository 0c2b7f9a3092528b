using System.Text.Json;
using ActorStreams.Core;

namespace ActorStreams;

/// <summary>How <see cref="ActorStreamsEndpoints.MapActorStreams"/> serves.</summary>
public sealed record ServingOptions
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    /// <summary>Answers anybody from anywhere. Default: false, where the endpoints demand no authorization, only requests from the machine
    /// itself are answered.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>How rows and keys are written as JSON and read from it. Default: names in camel case, fields included (those of tuples, by
    /// their names <c>item1</c> and so on).</summary>
    public JsonSerializerOptions Json { get; init; } = s_json;

    /// <summary>How many rows one answer has at most; more are read page by page. Default: 10,000.</summary>
    public int MaxRows { get; init; } = 10_000;

    /// <summary>How many rows one request may tell. Default: 10,000.</summary>
    public int MaxRowsTold { get; init; } = 10_000;

    /// <summary>How many clients may follow changes at the same time; a further one is refused (503). Default: 10,000.</summary>
    public int MaxSubscribers { get; init; } = 10_000;

    /// <summary>How many bytes of further epochs may wait for a client that takes nothing; with more it is disconnected at once. Default: 4
    /// MiB.</summary>
    public long ClientBudgetBytes { get; init; } = 4 << 20;

    /// <summary>How many bytes one message of a client may have: the body of a request, or a message by WebSocket or gRPC. Default: 4
    /// MiB.</summary>
    public int MaxMessageBytes { get; init; } = 4 << 20;

    /// <summary>How many subscriptions and unanswered requests one connection may have at the same time. Default: 100.</summary>
    public int MaxPerConnection { get; init; } = 100;

    /// <summary>The policy of authorization for reading jobs, views and their changes. Default: null, what the endpoints demand
    /// besides.</summary>
    public string? ViewPolicy { get; init; }

    /// <summary>The policy of authorization for telling rows and giving commands to entities. Default: null, what the endpoints demand
    /// besides.</summary>
    public string? OperatePolicy { get; init; }

    /// <summary>The policy of authorization for reading the state of entities, which holds what views may not show. Default: null, what the
    /// endpoints demand besides.</summary>
    public string? AdminPolicy { get; init; }

    /// <summary>A client that takes nothing for so long is disconnected; it goes on after the last epoch that it has seen. Default: 30
    /// seconds.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a client to whom nothing is told hears that the line lives. Default: 15 seconds.</summary>
    public TimeSpan BeatEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new ServingOptions());

    /// <exception cref="PipelineException">A value is out of its range.</exception>
    internal void Check()
    {
        Positive(nameof(MaxRows), MaxRows);
        Positive(nameof(MaxRowsTold), MaxRowsTold);
        Positive(nameof(MaxSubscribers), MaxSubscribers);
        Positive(nameof(ClientBudgetBytes), ClientBudgetBytes);
        Positive(nameof(MaxMessageBytes), MaxMessageBytes);
        Positive(nameof(MaxPerConnection), MaxPerConnection);
        Positive(nameof(SlowAfter), SlowAfter.Ticks);
        Positive(nameof(BeatEvery), BeatEvery.Ticks);

        static void Positive(string name, long value)
        {
            if (value <= 0)
                throw new PipelineException($"{nameof(ServingOptions)}.{name} must be more than nothing.");
        }
    }
}
