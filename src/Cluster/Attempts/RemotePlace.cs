using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Attempts;

/// <summary>At the coordinator, which runs no instance itself: what an instance is told goes to the node that runs it.</summary>
/// <param name="name">The instance's name.</param>
/// <param name="tell">Sends to its node.</param>
internal sealed class RemotePlace(string name, Action<object> tell) : StagePlace
{
    public override TaskScheduler Scheduler =>
        throw new InvalidOperationException($"Instance '{name}' runs on another node: nothing can be run in its place from here.");

    public override void Tell(object message) => tell(message);
}
