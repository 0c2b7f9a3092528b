using Akka.Configuration;

namespace ActorStreams.Cluster.Settings;

/// <summary>Which split-brain resolvers jobs can live with.</summary>
internal static class Resolvers
{
    private const string Provider = "akka.cluster.downing-provider-class", Section = "akka.cluster.split-brain-resolver";

    /// <summary>What is wrong in the settings, and what to do; null: nothing.</summary>
    public static string? WrongIn(Config config)
    {
        string? provider = config.GetString(Provider);
        if (string.IsNullOrEmpty(provider))
        {
            return $"has no split-brain resolver ({Provider} is empty): a node that is lost would be waited for until somebody downs it by " +
                "hand, and no job would go on. Create the system with ClusterConfig.Of(), or configure one.";
        }

        if (provider.Contains("AutoDowning", StringComparison.Ordinal))
        {
            return $"downs every node that it does not see ({Provider} is {provider}): two sides of a divided cluster would each go on as " +
                "the whole, and take the job from each other again and again. Create the system with ClusterConfig.Of().";
        }

        string strategy = config.GetString($"{Section}.active-strategy") ?? "";
        if (strategy == "static-quorum" && config.GetInt($"{Section}.static-quorum.quorum-size") < 2)
        {
            return $"lets a single node be a majority ({Section}.static-quorum.quorum-size is less than 2): every node that is cut off " +
                "would go on as the whole cluster. Set it to more than half of the nodes, or use keep-majority.";
        }

        return null;
    }
}
