using System.Text.Json;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Serving.Access;
using Akka.Actor;

namespace ActorStreams.Serving.Entities;

/// <summary>The event-sourced operators of a job, by name.</summary>
internal static class ServedEntities
{
    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> NamesOf(IJob job) => job.Source.Nodes.Where(IsServed).Select(static node => node.Name);

    /// <exception cref="NotThereException">The job has none of that name.</exception>
    public static IServedEntities Of(IJob job, string name, JsonSerializerOptions options)
    {
        StreamNode node = job.Source.Nodes.FirstOrDefault(node => node.Name == name && IsServed(node))
            ?? throw new NotThereException("event-sourced operator", name, NamesOf(job));
        Type[] types = node.GetType().GetGenericArguments();
        return (IServedEntities)Activator.CreateInstance(typeof(Served<,,,>).MakeGenericType(types), job, name, options)!;
    }

    private static bool IsServed(StreamNode node) =>
        node.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(EventSourcedNode<,,,>);

    private sealed class Served<TKey, TIn, TState, TEvent>(IJob job, string name, JsonSerializerOptions options) : IServedEntities
    {
        private EntityHandle<TKey, TState> Handle => new(name);

        public async Task WriteStateAsync(Utf8JsonWriter json, string key, long? asOf, CancellationToken cancellation)
        {
            TKey entity = KeyText.Read<TKey>("key", key, options);
            EntityRef<TKey, TState> asked = job.Entity(Handle, entity);
            TState? state = await (asOf is { } epoch ? asked.AsOfAsync(epoch, cancellation) : asked.AskAsync().WaitAsync(cancellation));
            json.WriteStartObject();
            json.WritePropertyName("key");
            JsonSerializer.Serialize(json, entity, options);
            if (asOf is not null)
                json.WriteNumber("epoch", asOf.Value);
            json.WritePropertyName("state");
            JsonSerializer.Serialize(json, state, options);
            json.WriteEndObject();
        }

        public async Task CommandAsync(Utf8JsonWriter json, string key, JsonElement command, CancellationToken cancellation)
        {
            TKey entity = KeyText.Read<TKey>("key", key, options);
            TIn row;
            try
            {
                row = command.Deserialize<TIn>(options) ?? throw new JsonException("null is no command.");
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                throw new WrongRequestException($"The command is no {typeof(TIn).Name}, so nothing was done: {error.Message}");
            }

            CommandCommitted<TEvent> answer = await job.Entities(Handle)
                .Ask<CommandCommitted<TEvent>>(new EntityEnvelope(entity!, row), Timeout.InfiniteTimeSpan, cancellation);
            json.WriteStartObject();
            json.WritePropertyName("key");
            JsonSerializer.Serialize(json, entity, options);
            json.WriteNumber("epoch", answer.Epoch);
            json.WriteStartArray("events");
            foreach (TEvent happened in answer.Events)
                JsonSerializer.Serialize(json, happened, options);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
