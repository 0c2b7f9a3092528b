using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorStreams.Hosting.Runtime;

/// <summary>Starts the jobs of <c>AddActorStreams</c> with the host and stops them with it, in the ActorSystem of the application if it has
/// one.</summary>
internal sealed class HostedService(IServiceProvider services, HostedSettings settings) : IHostedLifecycleService, IAsyncDisposable
{
    private readonly HostedJobs _jobs = new(services, settings);

    public Task StartAsync(CancellationToken cancellationToken) => _jobs.StartAsync(services.GetService<ActorSystem>(), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _jobs.StopAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _jobs.EndObservers();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _jobs.DisposeAsync();
}
