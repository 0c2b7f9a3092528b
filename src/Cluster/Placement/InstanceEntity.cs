using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Turns;
using Akka.Actor;

namespace ActorStreams.Cluster.Placement;

/// <summary>An instance as Akka.Cluster.Sharding places it. It says where it is when it is claimed, and holds the actor in which the
/// instance of the attempt runs.</summary>
/// <remarks>It never moves under an attempt: when Akka wants it elsewhere, the attempt is told, and the entity stops once it has
/// ended.</remarks>
/// <param name="node">Who runs the job's instances on this node.</param>
internal sealed class InstanceEntity(IActorRef node) : UntypedActor
{
    private IActorRef _instance = ActorRefs.Nobody;
    private InstancePlace? _place;
    private TaskCompletionSource? _closed;
    private bool _isMoving;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClaimInstance claim when !_isMoving:
                node.Tell(new EntityClaimed(claim, Self));
                break;
            case ClaimInstance claim:
                // It will be asked again, and answered by the node it has moved to; it moves once its attempt has ended.
                node.Tell(new MovingClaimed(claim.Attempt));
                break;
            case OpenInstance open:
                Open(open);
                break;
            case CloseInstance close:
                _closed = close.Closed;
                if (_place is null)
                    Close();
                else
                    Context.Stop(_instance);
                break;
            case MoveInstance:
                _isMoving = true;
                if (_place is null)
                    Context.Stop(Self);
                else
                    node.Tell(message);
                break;
            case Terminated gone when gone.ActorRef.Equals(_instance):
                Close();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PostStop() => Close();      // the child is gone before this is called

    private void Open(OpenInstance open)
    {
        if (_place is not null)
        {
            open.Opened.TrySetException(new JobException($"Instance '{Self.Path.Name}' still runs in an earlier attempt on this node."));
            return;
        }

        Props props = Props.Create<StageInstanceActor>(open.Turns, open.Place).WithDispatcher(open.Dispatcher);
        _instance = Context.Watch(Context.ActorOf(props));
        _place = open.Place;
        open.Place.Bind(_instance);
        open.Opened.TrySetResult();
    }

    private void Close()
    {
        InstancePlace? place = _place;
        (_place, _instance) = (null, ActorRefs.Nobody);
        if (_closed is { } closed)
            closed.TrySetResult();
        else
            place?.OnLost($"its actor was stopped, with the entity {Self.Path.Name} or by itself");
        _closed = null;
        if (_isMoving)
            Context.Stop(Self);
    }
}

/// <summary>To the node's actor: an entity of this node was claimed.</summary>
internal sealed record EntityClaimed(ClaimInstance Claim, IActorRef Entity) : INoSerializationVerificationNeeded;

/// <summary>To the node's actor: an entity was claimed that is about to be elsewhere.</summary>
internal sealed record MovingClaimed(long Attempt) : INoSerializationVerificationNeeded;

/// <summary>To an entity: makes the actor in which the instance runs.</summary>
internal sealed record OpenInstance(InstancePlace Place, TurnScheduler Turns, string Dispatcher, TaskCompletionSource Opened)
    : INoSerializationVerificationNeeded;

/// <summary>To an entity: ends that actor.</summary>
internal sealed record CloseInstance(TaskCompletionSource Closed) : INoSerializationVerificationNeeded;

/// <summary>To an entity, from Akka.Cluster.Sharding: it is to stop, because it will be elsewhere.</summary>
internal sealed class MoveInstance
{
    public static readonly MoveInstance Now = new();
}
