namespace ActorStreams.Core.Actors;

/// <summary>Cancels here and now. <c>CancelAsync</c> would run the callbacks on the thread pool, out of the scheduler's sight.</summary>
internal static class Cancellation
{
#pragma warning disable MA0042, MA0045 // the callbacks only complete tasks, whose continuations are queued
    public static void Now(CancellationTokenSource source) => source.Cancel();
#pragma warning restore MA0042, MA0045
}
