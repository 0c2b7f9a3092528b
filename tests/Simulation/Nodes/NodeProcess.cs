using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Access;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Links;
using ActorStreams.Cluster.Nodes;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Exchange;
using ActorStreams.TestKit;
using Akka.Actor;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>One process of the cluster, from its start to its death: the product's own actors on a dispatcher that ends with it.</summary>
internal sealed class NodeProcess
{
    private static readonly LinkLimits s_limits = new()
    {
        Handshake = TimeSpan.FromSeconds(2),
        BeatEvery = TimeSpan.FromMilliseconds(500),
        SilentAfter = TimeSpan.FromMilliseconds(2500),
        OpenWithin = TimeSpan.FromSeconds(5),
    };

    private readonly SimulationScheduler _scheduler;
    private readonly JobPlace _place;
    private readonly JobOptions _options;
    private readonly Pipeline _pipeline;
    private readonly NodeStore _store;
    private readonly JobHeard _heard;

    public NodeProcess(NodesCluster cluster, int machine, string name, SimulationScheduler scheduler)
    {
        (Machine, Name, _scheduler) = (machine, name, scheduler);
        Clock = new NodeClock(cluster.World.Clock);
        _place = scheduler.Place;
        _store = new NodeStore(cluster.Server, this);
        _options = cluster.Options(scheduler) with { Clock = Clock };
        _pipeline = cluster.BuildPipeline();
        var host = new LinkHost(this);
        ILinkNetwork network = cluster.Lines.Of(this);
        var port = new LinkPort(name, network, host, s_limits, Clock);
        port.Listen(new LinkAddress("machine", machine));
        var heard = new JobHeard(_pipeline.Name, _options, name);
        _heard = heard;
        var start = new NodeStart(_store, _options, new NodeLinks(port, network, host, s_limits), Dispatcher, Elsewhere,
            (state, _) => State = state.Phase == JobPhase.Failed && IsDead ? State : state, heard.Take);
        Actor = System.ActorOf(Props.Create<NodeActor>(_pipeline, start, new TurnScheduler(Elsewhere)).WithDispatcher(Dispatcher));
        Members = new Membership(this);
        Region = new NodeRegion(cluster, this);
        Context = new ClusterContext(Members, Region, cluster.Settings, Clock, _place);
    }

    public int Machine { get; }

    public string Name { get; }

    public NodeClock Clock { get; }

    public ActorSystem System => _place.System;

    /// <summary>The actor that runs the job's instances here.</summary>
    public IActorRef Actor { get; }

    public IActorRef Region { get; }

    public Membership Members { get; }

    public ClusterContext Context { get; }

    /// <summary>The coordinator, where it is here; or was.</summary>
    public IActorRef? Coordinator { get; private set; }

    /// <summary>Until when it may coordinate although another node does.</summary>
    public TimeSpan MayCoordinateUntil { get; set; }

    /// <summary>The entities of instances that were asked for here.</summary>
    public Dictionary<string, IActorRef> Entities { get; } = new(StringComparer.Ordinal);

    /// <summary>What was heard last of how the job stands.</summary>
    public JobState? State { get; private set; }

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>The others believe it gone.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>It is leaving in order.</summary>
    public bool IsLeaving { get; set; }

    public string Dispatcher => _place.Dispatcher!;

    public Action<Action> Elsewhere => _place.Elsewhere!;

    public bool Coordinates => Coordinator is { } actor && !HasStopped(actor);

    /// <summary>Asks how the job stands, and for what it has not heard yet.</summary>
    public JobAsked Ask() => _heard.Ask(Actor);

    public void StartCoordinator() => Coordinator = System.ActorOf(
        Props.Create<CoordinatorActor>(_pipeline, _store, _options, Context, new TurnScheduler(Elsewhere)).WithDispatcher(Dispatcher));

    public void StopCoordinator() => Coordinator?.Tell(HandOver.Now, ActorRefs.NoSender);

    public void Pause()
    {
        IsPaused = true;
        Clock.Pause();
        _scheduler.Pause();
    }

    public void Resume()
    {
        IsPaused = false;
        _scheduler.Resume();
        Clock.Resume();
    }

    public void Kill()
    {
        IsDead = true;
        Clock.Kill();
        _scheduler.Kill();
    }

#pragma warning disable CS0618                          // who asks is no actor, and cannot watch
    public static bool HasStopped(IActorRef actor) => actor is IInternalActorRef { IsTerminated: true };
#pragma warning restore CS0618

    public override string ToString() => Name;

    /// <summary>What this node is told of the others.</summary>
    internal sealed class Membership(NodeProcess node) : IMembership
    {
        private readonly HashSet<IActorRef> _told = [];

        public string Self => node.Name;

        public void Subscribe(IActorRef told) => _told.Add(told);

        public void Unsubscribe(IActorRef told) => _told.Remove(told);

        public string? GoneIn(object message) => (message as Gone)?.Node;

        public void Tell(string gone)
        {
            foreach (IActorRef one in _told)
                one.Tell(new Gone(gone), ActorRefs.NoSender);
        }

        private sealed record Gone(string Node);
    }

    /// <summary>Gives each end of a link an actor of this process.</summary>
    private sealed class LinkHost(NodeProcess node) : ILinkHost
    {
        public StagePlace Open(string name, Action<object> receive)
        {
            var turns = new TurnScheduler(node.Elsewhere);
            var place = new InstancePlace(turns, receive, static _ => { });
            place.Bind(node.System.ActorOf(Props.Create<StageInstanceActor>(turns, place).WithDispatcher(node.Dispatcher)));
            return place;
        }

        public void Close(StagePlace place) => node.System.Stop(((InstancePlace)place).Actor);
    }
}
