using ActorStreams.Actors.Entities;
using ActorStreams.Actors.Turns;
using Akka.Actor;
using AkkaDeadLetter = Akka.Event.DeadLetter;

namespace ActorStreams.Actors.Jobs;

/// <summary>The jobs of one ActorSystem, at <c>/user/actorstreams</c>.</summary>
/// <param name="onStopped">Told when the actor has stopped, and with it every job.</param>
internal sealed class JobsActor(Action onStopped) : UntypedActor
{
    public const string Name = "actorstreams";

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartJob start:
                Start(start);
                break;
            case AnswerForEnded:
                Context.System.EventStream.Subscribe(Self, typeof(AkkaDeadLetter));
                break;
            case AkkaDeadLetter { Message: EntityEnvelope envelope } dead:
                AnswerForJob(dead, envelope);
                break;
            case AkkaDeadLetter:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>The job of an entity that was asked has ended, and its actors with it.</summary>
    private void AnswerForJob(AkkaDeadLetter dead, EntityEnvelope envelope)
    {
        string path = dead.Recipient.Path.ToStringWithoutAddress(), own = Self.Path.ToStringWithoutAddress() + "/";
        if (!path.StartsWith(own, StringComparison.Ordinal) || dead.Sender.IsNobody())
            return;
        dead.Sender.Tell(new Status.Failure(new JobException(
            $"The message to the entity '{envelope.Key}' at {path} was not taken: the job has ended, and the actors of its entities with it. " +
            "Start the job again, and tell the message to job.Entities(handle) of the one that runs.")));
    }

    private static void Start(StartJob start)
    {
        var turns = new TurnScheduler(start.Elsewhere);
        Props props = Props.Create<JobActor>(start, turns).WithDispatcher(start.Dispatcher);
        Context.ActorOf(props, FreeName(start.Pipeline.Name));
    }

    protected override void PostStop() => onStopped();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>The pipeline's name; where a job of it runs already, which the new one overtakes if they share a store, with a number.
    /// Signs that a path may not hold are encoded.</summary>
    private static string FreeName(string pipeline)
    {
        string name = ActorNames.Of(pipeline);
        if (Context.Child(name).IsNobody())
            return name;
        for (int number = 2; ; number++)
        {
            if (Context.Child($"{name}-{number}").IsNobody())
                return $"{name}-{number}";
        }
    }
}
