using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>The place of an instance whose turns are taken by the test itself, at once.</summary>
internal sealed class TestPlace(Action<object> receive) : StagePlace
{
    public override TaskScheduler Scheduler => TaskScheduler.Default;

    public override void Tell(object message) => receive(message);
}
