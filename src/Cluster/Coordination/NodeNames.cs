namespace ActorStreams.Cluster.Coordination;

/// <summary>The names of a job's actors, by which nodes find those of each other.</summary>
internal static class NodeNames
{
    /// <summary>Of a node's actor.</summary>
    /// <param name="pipeline">The pipeline's name, as an element of a path.</param>
    public static string NodeOf(string pipeline) => $"actorstreams-node-{pipeline}";

    /// <summary>Of the actor that keeps the coordinator on one node.</summary>
    /// <param name="pipeline">The pipeline's name, as an element of a path.</param>
    public static string CoordinatorOf(string pipeline) => $"actorstreams-coordinator-{pipeline}";
}
