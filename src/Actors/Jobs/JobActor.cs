using ActorStreams.Actors.Entities;
using ActorStreams.Actors.Turns;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Jobs;

/// <summary>Runs one job: supervision, attempts and epochs in its own turns, each stage instance in a child. The entities of each keyed
/// operator have a child that outlives attempts; what the job's actor is told for an entity goes there.</summary>
internal sealed class JobActor(StartJob start, TurnScheduler turns) : TurnActor(turns)
{
    private readonly Dictionary<IActorRef, InstancePlace> _places = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _closing;
    private readonly Dictionary<string, IActorRef> _entities = new(StringComparer.Ordinal);
    private Job? _job;
    private JobRun? _attempt;

    protected override void PreStart()
    {
        Turns.Bind(Self);   // here, not by the parent: the first turn comes before the parent has the reference
        _ = Turns.RunAsync(OpenAsync);
    }

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case Terminated lost:
                Forget(lost.ActorRef);
                break;
            case EntityEnvelope envelope:
                Forward(envelope);
                break;
            case End:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // The children are gone before this is called.
        foreach (IActorRef child in _places.Keys.ToArray())
            Forget(child);
        base.PostStop();
        _job?.OnHostStopped();
        start.Started.TrySetException(new JobException(
            $"Pipeline '{start.Pipeline.Name}': the job's actor was stopped before the job had begun. Is the ActorSystem terminating?"));
        _ended.TrySetResult();
        start.Ended();
    }

    private async Task OpenAsync()
    {
        IActorRef self = Self;
        var host = new Host(this, Context, self);
        try
        {
            _job = await Job.OpenAsync(start.Pipeline, start.Store, start.OwnsStore, start.Options, host, start.Cancellation);
            OpenEntities(_job);
            host.Entities = _entities;
            start.Started.TrySetResult(new StartedJob(_job, self));
        }
        catch (Exception error)
        {
            start.Started.TrySetException(error);
            await host.EndAsync();
        }
    }

    private void OpenEntities(Job job)
    {
        foreach (StreamNode node in job.Run.Plan.Nodes)
        {
            if (node is not IEntityNode)
                continue;
            Props props = EntitiesActor.Props(job, node, start.Options.MaxEntityMessages, new TurnScheduler(start.Elsewhere));
            IActorRef entities = Context.ActorOf(props.WithDispatcher(start.Dispatcher), EntitiesActor.NameOf(node.Name));
            _entities.Add(node.Name, entities);
            if (_attempt is not null)
                entities.Tell(new AttemptBegun(new(_attempt)), ActorRefs.NoSender);
        }
    }

    private void Forward(EntityEnvelope envelope)
    {
        if (envelope.Operator is { } name && _entities.TryGetValue(name, out IActorRef? entities))
        {
            entities.Forward(envelope);
            return;
        }

        string known = string.Join(", ", _entities.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));
        Sender.Tell(new Status.Failure(new JobException($"Pipeline '{start.Pipeline.Name}': the message to the entity '{envelope.Key}' names " +
            (envelope.Operator is null ? "no operator" : $"operator '{envelope.Operator}', which is not keyed or not there") +
            $". Set {nameof(EntityEnvelope)}.{nameof(EntityEnvelope.Operator)} to one of the keyed operators: {known}; or tell it to " +
            "job.Entities(handle), which needs no name.")));
    }

    private void TellEntities(object news)
    {
        foreach (IActorRef entities in _entities.Values)
            entities.Tell(news, ActorRefs.NoSender);
    }

    /// <summary>A stage instance's actor is gone: because its attempt has ended, or before.</summary>
    private void Forget(IActorRef child)
    {
        if (!_places.Remove(child, out InstancePlace? place))
            return;
        if (_closing is null)
            place.OnLost($"its actor {child.Path} was stopped from outside");
        else if (_places.Count == 0)
            _closing.TrySetResult();
    }

    /// <summary>Asks the job's actor to stop.</summary>
    private sealed class End : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly End Now = new();
    }

    /// <summary>What the kernel sees of the actor. Its calls come in the actor's turns, or when the actor has stopped.</summary>
    internal sealed class Host(JobActor actor, IActorContext context, IActorRef self) : JobHost
    {
        /// <summary>The actors of entities, by operator; fixed once the job has started.</summary>
        public IReadOnlyDictionary<string, IActorRef> Entities { get; set; } = new Dictionary<string, IActorRef>();

        /// <summary>The system in which the job runs.</summary>
        public ActorSystem System { get; } = context.System;

        public override TaskScheduler Scheduler => actor.Turns;

        public override StagePlace Open(string stage, Action<object> receive, Action<string> onLost)
        {
            if (actor.Turns.IsStopped)
                throw new JobException("The job's actor was stopped, and nothing of it can start again. Start the job anew in an ActorSystem that runs.");
            var turns = new TurnScheduler(actor.Elsewhere);
            var place = new InstancePlace(turns, receive, onLost);
            IActorRef child = context.Watch(context.ActorOf(
                Props.Create<StageInstanceActor>(turns, place).WithDispatcher(actor.Dispatcher), ActorNames.Of(stage)));
            place.Bind(child);
            actor._closing = null;
            actor._places.Add(child, place);
            return place;
        }

        public override bool MovesOn => actor.InstancesElsewhere is not null;

        public override Instances InstancesOf(InstancesOfAttempt attempt, JobRun run) =>
            actor.InstancesElsewhere is { } elsewhere ? elsewhere(attempt, run, this) : base.InstancesOf(attempt, run);

        public override async Task CloseStagesAsync()
        {
            if (actor._places.Count == 0)
                return;
            actor._closing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (IActorRef child in actor._places.Keys)
                context.Stop(child);
            await actor._closing.Task;
        }

        public override void OnBegun(JobRun attempt)
        {
            actor._attempt = attempt;
            actor.TellEntities(new AttemptBegun(new(attempt)));
        }

        public override void OnFailed()
        {
            actor._attempt = null;
            actor.TellEntities(AttemptFailed.Now);
        }

        public override async Task EndAsync()
        {
            self.Tell(End.Now, ActorRefs.NoSender);
            await actor._ended.Task;
        }
    }

    private string Dispatcher => start.Dispatcher;

    private Func<InstancesOfAttempt, JobRun, JobHost, Instances>? InstancesElsewhere => start.Instances;

    private Action<Action> Elsewhere => start.Elsewhere;
}
