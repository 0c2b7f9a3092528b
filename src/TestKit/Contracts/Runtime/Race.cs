namespace ActorStreams.TestKit;

/// <summary>Work that really runs beside other work: what stores must bear, which no simulation of ours can order.</summary>
internal static class Race
{
    public static Task Start(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
}
