namespace ActorStreams.Core.Stages;

/// <summary>Where a stage instance runs: one turn at a time, each continuation of its asynchronous code a turn of its own.</summary>
internal abstract class StagePlace
{
    public abstract TaskScheduler Scheduler { get; }

    /// <summary>Starts asynchronous work in a turn of the instance.</summary>
    public Task RunAsync(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Scheduler).Unwrap();
}
