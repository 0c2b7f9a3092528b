using ActorStreams.Actors.Settings;
using Akka.Actor;
using Akka.Configuration.Hocon;

namespace ActorStreams.Cluster.Settings;

/// <summary>What the configuration of an ActorSystem says of jobs on many nodes: the section <c>actorstreams.cluster.job</c>.</summary>
internal sealed class ClusterSettings
{
    public const string Section = "actorstreams.cluster.job";

    /// <summary>A text that says that there is none.</summary>
    private const string Off = "off";

    /// <summary>The role of the nodes that host instances, and the coordinator; "off": all nodes do.</summary>
    public string Role { get; set; } = Off;

    /// <summary>The same; null: all nodes do.</summary>
    public string? RoleOrNull => Role == Off ? null : Role;

    /// <summary>How often the coordinator asks again for instances that nobody has answered for.</summary>
    public TimeSpan ClaimEvery { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an attempt that has ended waits for nodes that do not say that nothing of it runs there.</summary>
    public TimeSpan EndWithin { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked whether instances are spread evenly.</summary>
    public TimeSpan RebalanceEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an instance that is to move may take for the last epoch of its attempt.</summary>
    public TimeSpan MoveWithin { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often nodes ask the coordinator how the job stands.</summary>
    public TimeSpan AskEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="PipelineException">A value cannot be read, or is out of its range.</exception>
    public static ClusterSettings Of(ActorSystem system)
    {
        _ = new SystemSettings(system);                 // keys that there are not are refused, and the defaults are there
        HoconObject section = system.Settings.Config.GetValue(Section).GetObject();
        ClusterSettings settings = new OptionsReader(system.Name).Read(new ClusterSettings(), Section, section);
        foreach ((string key, TimeSpan value) in new[] { ("claim-every", settings.ClaimEvery), ("end-within", settings.EndWithin),
            ("rebalance-every", settings.RebalanceEvery), ("ask-every", settings.AskEvery), ("move-within", settings.MoveWithin) })
        {
            if (value <= TimeSpan.Zero)
            {
                throw new PipelineException(
                    $"ActorSystem '{system.Name}': the setting '{Section}.{key}' is {value}. It must be more than nothing.");
            }

        }

        return settings;
    }
}
