using ActorStreams.Authoring;

namespace ActorStreams.Hosting.Runtime;

/// <summary>What <see cref="ActorStreamsBuilder"/> was told.</summary>
internal sealed class HostedSettings
{
    public Func<IServiceProvider, Store>? Store { get; set; }

    public JobOptions Options { get; set; } = new();

    public bool StopsHost { get; set; } = true;

    public List<(Func<IServiceProvider, Pipeline> Build, Func<JobOptions, JobOptions> Options)> Pipelines { get; } = [];
}
