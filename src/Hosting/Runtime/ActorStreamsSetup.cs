using Akka.Actor;
using Akka.Actor.Setup;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStreams.Hosting.Runtime;

/// <summary>What <c>WithActorStreams</c> was told: a part of the ActorSystem, because services cannot be added any more when Akka.Hosting
/// asks.</summary>
internal sealed class ActorStreamsSetup(HostedSettings settings) : Setup
{
    public HostedSettings Settings => settings;

    /// <summary>The settings of an ActorSystem, if it was told any.</summary>
    public static HostedSettings? Of(ActorSystem? system) =>
        system?.Settings.Setup.Get<ActorStreamsSetup>() is { HasValue: true } setup ? setup.Value.Settings : null;

    /// <summary>The settings of a host, however it was told them.</summary>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public static HostedSettings Of(IServiceProvider services) =>
        services.GetService<HostedSettings>() ?? Of(services.GetService<ActorSystem>())
        ?? throw new InvalidOperationException("No pipelines run in this host: say which by services.AddActorStreams(…) or akka.WithActorStreams(…).");
}
