using ActorStreams.Actors.Turns;
using Akka.Actor;

namespace ActorStreams.Actors.Jobs;

/// <summary>The jobs of one ActorSystem, at <c>/user/actorstreams</c>.</summary>
/// <param name="onStopped">Told when the actor has stopped, and with it every job.</param>
internal sealed class JobsActor(Action onStopped) : UntypedActor
{
    public const string Name = "actorstreams";

    protected override void OnReceive(object message)
    {
        if (message is not StartJob start)
        {
            Unhandled(message);
            return;
        }

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
