namespace ActorStreams.Core.Exchange;

/// <summary>Work that is to be done in turns: the one way in which the kernel starts any.</summary>
internal static class Turns
{
    /// <summary>Starts asynchronous work in a turn of the scheduler; its continuations are turns, too.</summary>
    public static Task RunAsync(this TaskScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    /// <summary>Does something in one turn of the scheduler.</summary>
    public static Task RunAsync(this TaskScheduler scheduler, Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
}
