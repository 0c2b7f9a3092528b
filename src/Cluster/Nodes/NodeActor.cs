using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Figures;
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
    private long _claimed, _opening, _ended;
    private (long Attempt, CancellationTokenSource Ending)? _underWay;
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
            case MovingClaimed claimed:
                EndOpening(claimed.Attempt - 1);
                Then(() => EndBeforeAsync(claimed.Attempt));
                break;
            case OpenAttempt open:
                _opening = Math.Max(_opening, open.Attempt);
                EndOpening(open.Attempt - 1);
                Then(() => OpenAsync(open));
                break;
            case RunAttempt run:
                _attempt?.Count(run.Attempt);
                Then(() => RunAsync(run.Attempt));
                break;
            case ToInstance told when told.Attempt == _attempt?.Attempt:
                _attempt.Count(told.Attempt);
                _attempt.Tell(told.Number, told.Message);
                break;
            case AttemptTick tick:
                OnTick(tick);
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
                _attempt.Take(changed.News, Sender);
                break;
            case SharedTick tick when tick.Attempt == _attempt?.Attempt:
                _attempt.Check(tick, Sender);
                break;
            case ToInstance or EntityGiven or SharedChanged or SharedTick or ViewAsked:
                break;                                  // of an attempt that is over
            case EndAttempt end:
                IActorRef coordinator = Sender;
                _ended = Math.Max(_ended, end.Attempt);
                EndOpening(end.Attempt);
                Then(() => EndAsync(end.Attempt, coordinator));
                break;
            case MoveInstance when _open != 0:
                _coordinator.Tell(new InstanceMoving(_open), Self);
                break;
            case MoveInstance:
                break;                                  // the attempt is ending already
            case Terminated gone:
                OnGone(gone.ActorRef);
                break;
            case JobState state:
                _start.OnState(state, Sender);
                break;
            case FiguresTold or NoticeTold:
                _start.OnNews?.Invoke(message);
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
        {
            claim.Coordinator.Tell(Overtaken(claim.Attempt), Self);
            return;
        }

        if (claim.Attempt > _claimed)
        {
            _entities.Clear();
            _claimed = claim.Attempt;
            EndOpening(claim.Attempt - 1);
            Then(() => EndBeforeAsync(claim.Attempt));
        }

        _entities[claim.Number] = Context.Watch(claimed.Entity);
        claim.Coordinator.Tell(new InstanceClaimed(claim.Attempt, claim.Number, _start.Links.Port.Node, _start.Links.Port.Address.Host,
            _start.Links.Port.Address.Port, Self), Self);
    }

    /// <summary>An entity has stopped, to be elsewhere. What is opened from now on does not count on it.</summary>
    private void OnGone(IActorRef entity)
    {
        foreach ((int number, IActorRef claimed) in _entities)
        {
            if (claimed.Equals(entity))
            {
                _entities.Remove(number);
                break;
            }
        }

        _places?.OnGone(entity);
    }

    /// <summary>The coordinator asks whether all is well with an attempt.</summary>
    private void OnTick(AttemptTick tick)
    {
        if (tick.Attempt == _attempt?.Attempt)
            _attempt.Answer(tick);
        else if (tick.Attempt < Math.Max(_claimed, _opening))
            Sender.Tell(Overtaken(tick.Attempt), Self);
        else if (tick.Attempt == _opening)
            Sender.Tell(new AttemptTicked(tick.Attempt, _start.Links.Port.Node, IsOpen: false, Sent: 0), Self);
        else
            Sender.Tell(new AttemptFailed(tick.Attempt, _start.Links.Port.Node, FailureKind.Ordinary,
                $"node '{_start.Links.Port.Node}' takes no part in it: it has ended its part, or was never told"), Self);
    }

    private AttemptFailed Overtaken(long attempt) => new(attempt, _start.Links.Port.Node, FailureKind.Overtaken,
        $"node '{_start.Links.Port.Node}' takes part in attempt {Math.Max(_claimed, _opening)}, of another coordinator, " +
        "which has taken over");

    private async Task OpenAsync(OpenAttempt open)
    {
        if (open.Attempt < _claimed || open.Attempt <= _ended || open.Attempt == _attempt?.Attempt)
            return;
        await EndBeforeAsync(open.Attempt);
        _views?.End();
        _views = null;
        (_coordinator, _open) = (open.Coordinator, open.Attempt);
        _places = new PreparedPlaces(Turns, _start.Dispatcher, _start.Elsewhere);
        using var ending = new CancellationTokenSource();
        _underWay = (open.Attempt, ending);
        try
        {
            _attempt = await NodeAttempt.OpenAsync(_pipeline, open, _node!, _places, new Dictionary<int, IActorRef>(_entities),
                ending.Token);
            _views = new ViewParts(open.Attempt, _start.Links.Port.Node, _node!.Views, Self);
            _coordinator.Tell(new AttemptOpened(open.Attempt, _start.Links.Port.Node), Self);
        }
        catch (Exception error)
        {
            _open = 0;
            if (_opening == open.Attempt)
                _opening = 0;
            _coordinator.Tell(Failures.Of(open.Attempt, _start.Links.Port.Node, error), Self);
        }

        _underWay = null;
    }

    /// <summary>Attempts up to this one have ended: nothing is waited for any more of one that is being opened.</summary>
    private void EndOpening(long upTo)
    {
        if (_underWay is var (attempt, ending) && attempt <= upTo)
            Cancellation.Now(ending);
    }

    /// <summary>What runs here of an earlier attempt can commit nothing any more: another one was given a higher fencing number.</summary>
    private async Task EndBeforeAsync(long attempt)
    {
        if (_attempt is null || _attempt.Attempt >= attempt)
            return;
        _coordinator.Tell(Overtaken(_attempt.Attempt), Self);
        await EndAsync();
    }

    private Task RunAsync(long attempt)
    {
        if (_attempt?.Attempt == attempt)
            _attempt.Run();
        return Task.CompletedTask;
    }

    private async Task EndAsync(long attempt, IActorRef coordinator)
    {
        if (_attempt?.Attempt == attempt)
            _attempt.TellFigures();                     // the last of them: nobody asks any more
        if (_attempt?.Attempt <= attempt)
            await EndAsync();
        coordinator.Tell(new AttemptEnded(attempt, _start.Links.Port.Node), Self);
    }

    private async Task EndAsync()
    {
        if (_attempt is not { } ending)
            return;
        _open = 0;
        if (_opening == ending.Attempt)
            _opening = 0;
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
/// <param name="OnNews">Told <see cref="FiguresTold"/> and <see cref="NoticeTold"/>; null: nobody is.</param>
internal sealed record NodeStart(Store? Store, JobOptions Options, NodeLinks Links, string Dispatcher, Action<Action> Elsewhere,
    Action<JobState, IActorRef> OnState, Action<object>? OnNews = null) : INoSerializationVerificationNeeded;

/// <summary>To the node's actor: this node takes part no more.</summary>
internal sealed record LeaveJob(TaskCompletionSource Left) : INoSerializationVerificationNeeded;
