using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Ingresses;
using ActorStreams.Cluster.Placement;
using ActorStreams.Cluster.Views;
using ActorStreams.Core.Exchange;
using Akka.Actor;

namespace ActorStreams.Cluster.Nodes;

/// <summary>Runs the instances of a job that Akka.Cluster.Sharding has placed on this node, attempt after attempt, as the coordinator
/// says.</summary>
internal sealed class NodeActor : TurnActor
{
    private readonly Pipeline _pipeline;
    private readonly NodeStart _start;
    private readonly Dictionary<int, IActorRef> _entities = [];
    private NodeContext? _node;
    private long _claimed;
    private NodeAttempt? _attempt;
    private ViewParts? _views;
    private IngressTaker? _ingresses;
    private PreparedPlaces? _places;
    private long _open;
    private IActorRef _coordinator = ActorRefs.Nobody;
    private Task _changing = Task.CompletedTask;
    private bool _hasLeft;

    public NodeActor(Pipeline pipeline, NodeStart start, TurnScheduler turns)
        : base(turns) => (_pipeline, _start) = (pipeline, start);

    protected override void PreStart()
    {
        Turns.Bind(Self);
        _ingresses = new IngressTaker(_pipeline, Self);
        _node = new NodeContext(_start.Store, _start.Options, new Core.Pipelines.JobViews(), _start.Links, Turns, Self, _start.Dispatcher,
            _start.Elsewhere, FrameLimit.Of(Context.System));
    }

    protected override void PostStop()
    {
        if (!_hasLeft)
        {
            _start.OnState(new JobState(JobPhase.Failed, 0, 0, 0, $"Pipeline '{_pipeline.Name}': the actor of this node, {Self.Path}, has " +
                "stopped, with its ActorSystem or by itself. The job goes on on the other nodes; start this process again to take part.", "", []), Self);
        }

        base.PostStop();
    }

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case EntityClaimed claimed:
                OnClaimed(claimed);
                break;
            case OpenAttempt open:
                Then(() => OpenAsync(open));
                break;
            case RunAttempt run:
                Then(() => RunAsync(run.Attempt));
                break;
            case ToInstance told when told.Attempt == _attempt?.Attempt:
                _attempt.Tell(told.Number, told.Message);
                break;
            case ViewAsked asked when asked.Attempt == _views?.Attempt:
                IActorRef asker = Sender;
                _ = Turns.RunAsync(() => _views.AnswerAsync(asked, asker));
                break;
            case IngressHello hello:
                _ingresses!.Answer(hello, Sender);
                break;
            case IngressGiven given:
                IActorRef giver = Sender;
                _ = Turns.RunAsync(() => _ingresses!.TakeAsync(given, giver));
                break;
            case IngressWaiting waiting:
                _ingresses!.Answer(waiting, Sender);
                break;
            case EntityGiven given when given.Attempt == _attempt?.Attempt:
                _attempt.Tell(given);
                break;
            case SharedChanged changed when changed.Attempt == _attempt?.Attempt:
                _attempt.Take(changed.News);
                break;
            case ToInstance or EntityGiven or SharedChanged or ViewAsked:
                break;                                  // of an attempt that is over
            case EndAttempt end:
                IActorRef coordinator = Sender;
                Then(() => EndAsync(end.Attempt, coordinator));
                break;
            case MoveInstance when _open != 0:
                _coordinator.Tell(new InstanceMoving(_open), Self);
                break;
            case MoveInstance:
                break;                                  // the attempt is ending already
            case Terminated gone:
                _places?.OnGone(gone.ActorRef);
                break;
            case JobState state:
                _start.OnState(state, Sender);
                break;
            case LeaveJob leave:
                Then(() => LeaveAsync(leave));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnClaimed(EntityClaimed claimed)
    {
        ClaimInstance claim = claimed.Claim;
        if (claim.Attempt < _claimed)
            return;
        if (claim.Attempt > _claimed)
        {
            _entities.Clear();
            _claimed = claim.Attempt;
        }

        _entities[claim.Number] = Context.Watch(claimed.Entity);
        claim.Coordinator.Tell(new InstanceClaimed(claim.Attempt, claim.Number, _start.Links.Port.Node, _start.Links.Port.Address.Host,
            _start.Links.Port.Address.Port, Self), Self);
    }

    private async Task OpenAsync(OpenAttempt open)
    {
        if (open.Attempt < _claimed || open.Attempt == _attempt?.Attempt)
            return;
        await EndAsync();
        _views?.End();
        _views = null;
        (_coordinator, _open) = (open.Coordinator, open.Attempt);
        _places = new PreparedPlaces(Turns, _start.Dispatcher, _start.Elsewhere);
        try
        {
            _attempt = await NodeAttempt.OpenAsync(_pipeline, open, _node!, _places, new Dictionary<int, IActorRef>(_entities));
            _views = new ViewParts(open.Attempt, _start.Links.Port.Node, _node!.Views, Self);
            _coordinator.Tell(new AttemptOpened(open.Attempt, _start.Links.Port.Node), Self);
        }
        catch (Exception error)
        {
            _open = 0;
            _coordinator.Tell(Failures.Of(open.Attempt, _start.Links.Port.Node, error), Self);
        }
    }

    private Task RunAsync(long attempt)
    {
        if (_attempt?.Attempt == attempt)
            _attempt.Run();
        return Task.CompletedTask;
    }

    private async Task EndAsync(long attempt, IActorRef coordinator)
    {
        if (_attempt?.Attempt <= attempt)
            await EndAsync();
        coordinator.Tell(new AttemptEnded(attempt, _start.Links.Port.Node), Self);
    }

    private async Task EndAsync()
    {
        if (_attempt is not { } ending)
            return;
        _open = 0;
        await ending.EndAsync();
        _attempt = null;
    }

    private async Task LeaveAsync(LeaveJob leave)
    {
        _hasLeft = true;
        _views?.End();
        await EndAsync();
        leave.Left.TrySetResult();
    }

    /// <summary>One after the other.</summary>
    private void Then(Func<Task> work)
    {
        Task before = _changing;
        _changing = Turns.RunAsync(async () =>
        {
            await before;
            await work();
        });
    }
}

/// <summary>What a node needs to take part in a job.</summary>
/// <param name="Store">Where the truth is kept; null: nowhere.</param>
/// <param name="Options">How to run.</param>
/// <param name="Links">How rows come and go.</param>
/// <param name="Dispatcher">The dispatcher of instances.</param>
/// <param name="Elsewhere">Takes the turns of actors that have stopped.</param>
/// <param name="OnState">Told how the job stands, and who has told it.</param>
internal sealed record NodeStart(Store? Store, JobOptions Options, NodeLinks Links, string Dispatcher, Action<Action> Elsewhere,
    Action<JobState, IActorRef> OnState) : INoSerializationVerificationNeeded;

/// <summary>To the node's actor: this node takes part no more.</summary>
internal sealed record LeaveJob(TaskCompletionSource Left) : INoSerializationVerificationNeeded;
