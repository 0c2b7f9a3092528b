namespace ActorStreams.Core.Exchange;

/// <summary>Where a stage instance runs: one turn at a time, each continuation of its asynchronous code a turn of its own.</summary>
internal abstract class StagePlace
{
    public abstract TaskScheduler Scheduler { get; }

    /// <summary>Tells the instance something; from any thread. It arrives in a turn of the instance, in the order in which one sender told
    /// it; what was told to an instance that stops may be lost.</summary>
    public abstract void Tell(object message);

    /// <summary>Starts asynchronous work in a turn of the instance. It is never lost, not even when the instance has stopped.</summary>
    public Task RunAsync(Func<Task> work) => Scheduler.RunAsync(work);

    /// <summary>Does something in a turn of the instance; never lost either.</summary>
    public Task RunAsync(Action work) => Scheduler.RunAsync(work);
}
