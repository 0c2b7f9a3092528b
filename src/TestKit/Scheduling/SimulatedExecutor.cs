using Akka.Configuration;
using Akka.Dispatch;

namespace ActorStreams.TestKit;

/// <summary>Runs the mailboxes of a dispatcher on the thread of a simulation.</summary>
internal sealed class SimulatedExecutor(string id, SimulationScheduler process) : ExecutorService(id)
{
    public override void Execute(IRunnable run) => process.Add(run);

    public override void Shutdown()
    {
    }
}

/// <summary>Makes the executor of the actors that a simulated ActorSystem has for itself.</summary>
internal sealed class SimulatedExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) =>
        new SimulatedExecutor(id, SimulatedSystem.LoopOf(Prerequisites.Settings.Config).SystemProcess);
}

/// <summary>Makes the executor of one process's actors.</summary>
internal sealed class ProcessExecutorFactory(SimulationScheduler process) : ExecutorServiceFactory
{
    public override ExecutorService Produce(string id) => new SimulatedExecutor(id, process);
}
