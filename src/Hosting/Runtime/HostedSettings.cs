using Akka.Actor;

namespace ActorStreams.Hosting.Runtime;

/// <summary>What <see cref="ActorStreamsBuilder"/> was told, and the jobs that run by it.</summary>
internal sealed class HostedSettings
{
    /// <summary>Makes the store of all jobs, where they run in an ActorSystem of the application's by its settings; null: a file of the
    /// host's.</summary>
    public Func<IServiceProvider, ActorStreamsExtension?, Store>? Store { get; set; }

    /// <summary>Where the state of operators is, in an ActorSystem of the application's: given that and the store. Default: in the system's
    /// journal plugin if it names one that outlives it, else in the store.</summary>
    public Func<ActorSystem, Store, Store> State { get; set; } = AkkaPersistenceStores.WithJournalOf;

    /// <summary>Whether it was said that state is kept in the ActorSystem's journal plugin.</summary>
    public bool IsStateInSystem { get; set; }

    /// <summary>Runs pipelines on a cluster where the ActorSystem is a node of one; null: they run in this process anyway.</summary>
    public IHostedCluster? Cluster { get; set; }

    public JobOptions Options { get; set; } = new();

    public bool StopsHost { get; set; } = true;

    public List<HostedPipeline> Pipelines { get; } = [];

    public RunningJobs Jobs { get; } = new();
}

/// <summary>A pipeline of a host.</summary>
/// <param name="Definition">Under which type its job's actor is found; null: under none.</param>
/// <param name="Build">Builds it.</param>
/// <param name="Options">Changes how it runs.</param>
internal sealed record HostedPipeline(Type? Definition, Func<IServiceProvider, Pipeline> Build, Func<JobOptions, JobOptions> Options);
