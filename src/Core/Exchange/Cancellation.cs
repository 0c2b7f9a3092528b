namespace ActorStreams.Core.Exchange;

/// <summary>Cancels here and now. <c>CancelAsync</c> would run the callbacks on the thread pool, out of the scheduler's sight.</summary>
internal static class Cancellation
{
#pragma warning disable MA0042, MA0045 // the callbacks only complete tasks, whose continuations are queued
    public static void Now(CancellationTokenSource source) => source.Cancel();
#pragma warning restore MA0042, MA0045

    /// <summary>Waits until somebody sets <paramref name="wake"/>, or the wait is ended. The continuation stays on the scheduler it was on:
    /// <c>Task.WaitAsync</c> would take it to the thread pool.</summary>
    public static async Task WakenAsync(TaskCompletionSource wake, CancellationToken cancellation)
    {
        await using (cancellation.UnsafeRegister(static wake => ((TaskCompletionSource)wake!).TrySetResult(), wake))
            await wake.Task;
        cancellation.ThrowIfCancellationRequested();
    }
}
