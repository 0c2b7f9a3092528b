using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Places whose turns are taken on the thread pool, one at a time, for specs with real sockets.</summary>
internal sealed class PooledHost : ILinkHost
{
    public StagePlace Open(string name, Action<object> receive) => new Place(receive);

    public void Close(StagePlace place)
    {
    }

    private sealed class Place(Action<object> receive) : StagePlace
    {
        public override TaskScheduler Scheduler { get; } = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

        public override void Tell(object message) => Scheduler.RunAsync(() => receive(message));
    }
}
