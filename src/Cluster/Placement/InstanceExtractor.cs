using Akka.Cluster.Sharding;

namespace ActorStreams.Cluster.Placement;

/// <summary>Tells Akka.Cluster.Sharding which instance a message is for: one entity in each shard, so that each instance is placed by
/// itself.</summary>
internal sealed class InstanceExtractor : IMessageExtractor
{
    public string? EntityId(object message) => message is ClaimInstance claim ? InstanceName.ToEntity(claim.Name) : null;

    public object? EntityMessage(object message) => message;

    [Obsolete("The interface still has it.")]
    public string? ShardId(object message) => EntityId(message);

    public string ShardId(string entityId, object? messageHint = null) => entityId;
}
