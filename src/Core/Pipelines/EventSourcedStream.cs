using ActorStreams.Core.Pipelines;

namespace ActorStreams;

/// <summary>The events of an event-sourced operator.</summary>
/// <typeparam name="TKey">The key of an entity.</typeparam>
/// <typeparam name="TState">The entity.</typeparam>
/// <typeparam name="TEvent">The event.</typeparam>
public sealed class EventSourcedStream<TKey, TState, TEvent> : Stream<TEvent>
{
    internal EventSourcedStream(Pipeline pipeline, StreamNode<TEvent> node)
        : base(pipeline, node)
    {
    }

    /// <summary>The entities: a handle for <c>job.Entity(handle, key)</c>.</summary>
    public EntityHandle<TKey, TState> Entities => new(Named.Name);
}
