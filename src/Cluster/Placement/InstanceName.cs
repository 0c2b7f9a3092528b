using System.Globalization;

namespace ActorStreams.Cluster.Placement;

/// <summary>A stage instance as an entity of Akka.Cluster.Sharding: the id of the entity, and of the shard that holds nothing
/// else.</summary>
internal static class InstanceName
{
    /// <summary>Of the instance <c>stage/number</c> the id <c>stage-number</c>.</summary>
    public static string ToEntity(string instance) => instance.Replace('/', '-');

    /// <summary>The number of the instance within its stage, by which instances are put together.</summary>
    public static int NumberOf(string entity) =>
        int.TryParse(entity.AsSpan(entity.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : 0;
}
