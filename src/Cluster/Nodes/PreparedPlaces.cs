using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Placement;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using Akka.Actor;

namespace ActorStreams.Cluster.Nodes;

/// <summary>The places of a node's instances: each is an actor under the entity that Akka.Cluster.Sharding has put here.</summary>
/// <remarks>Made before the instances are opened, because an entity makes its actor in a turn of its own.</remarks>
internal sealed class PreparedPlaces(TurnScheduler turns, string dispatcher, Action<Action> elsewhere) : JobHost
{
    private readonly Dictionary<string, Prepared> _places = new(StringComparer.Ordinal);
    private readonly HashSet<IActorRef> _gone = [];
    private (IActorRef Entity, TaskCompletionSource Opened)? _opening;

    public override TaskScheduler Scheduler => turns;

    /// <summary>Makes a place for an instance under its entity.</summary>
    public async Task PrepareAsync(string instance, IActorRef entity)
    {
        var instanceTurns = new TurnScheduler(elsewhere);
        var prepared = new Prepared(entity, instanceTurns);
        prepared.Place = new InstancePlace(instanceTurns, message => prepared.Receive!(message), reason => prepared.OnLost?.Invoke(reason));
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _opening = (entity, opened);
        if (_gone.Contains(entity))
            OnGone(entity);
        entity.Tell(new OpenInstance(prepared.Place, instanceTurns, dispatcher, opened), ActorRefs.NoSender);
        await opened.Task;
        _places.Add(instance, prepared);                // what was not opened is not closed: its entity may be gone
        _opening = null;
    }

    /// <summary>An entity has stopped, to be elsewhere: no place is to be had under it any more. In a turn of the node's actor.</summary>
    public void OnGone(IActorRef entity)
    {
        _gone.Add(entity);
        if (_opening is var (asked, opened) && asked.Equals(entity))
        {
            opened.TrySetException(
                new JobException($"the entity {entity.Path.Name} has moved to another node before its instance was opened"));
        }
    }

    public override StagePlace Open(string stage, Action<object> receive, Action<string> onLost)
    {
        Prepared prepared = _places[stage];
        (prepared.Receive, prepared.OnLost) = (receive, onLost);
        return prepared.Place!;
    }

    public override async Task CloseStagesAsync()
    {
        List<Task> closing = [];
        foreach (Prepared prepared in _places.Values)
        {
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            prepared.OnLost = _ => closed.TrySetResult();       // the entity itself may be about to stop
            prepared.Entity.Tell(new CloseInstance(closed), ActorRefs.NoSender);
            if (!prepared.Turns.IsStopped)
                closing.Add(closed.Task);
        }

        foreach (Task one in closing)
            await one;
        _places.Clear();
    }

    public override void OnBegun(JobRun attempt)
    {
    }

    public override void OnFailed()
    {
    }

    public override Task EndAsync() => Task.CompletedTask;

    private sealed class Prepared(IActorRef entity, TurnScheduler turns)
    {
        public IActorRef Entity { get; } = entity;

        public TurnScheduler Turns { get; } = turns;

        public InstancePlace? Place { get; set; }

        public Action<object>? Receive { get; set; }

        public Action<string>? OnLost { get; set; }
    }
}
