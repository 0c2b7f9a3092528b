using ActorStreams.Core.Exchange;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The job's side of a ring waits as a stage waits: what comes after is a turn of its actor.</summary>
internal static class RingWaits
{
    /// <summary>How long the end of a job waits for a graph that was told to end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits until there are rows, or none come any more.</summary>
    public static async ValueTask RowsAsync<T>(this RowRing<T> ring, CancellationToken cancellation)
    {
        var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ring.WaitForRows(() => there.TrySetResult());
        await Cancellation.WakenAsync(there, cancellation);
    }

    /// <summary>Waits until the ring is as its writer needs it, or is closed.</summary>
    public static async ValueTask UntilAsync<T>(this RowRing<T> ring, RingNeed need, CancellationToken cancellation)
    {
        while (!ring.IsAs(need) && !ring.IsClosed)
        {
            var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ring.WaitFor(need, () => there.TrySetResult());
            await Cancellation.WakenAsync(there, cancellation);
        }
    }

    /// <summary>Waits for the end of a graph, but not for ever: what holds it must not hold the end of the job.</summary>
    public static async ValueTask PatientlyAsync(Task ended, TimeProvider clock)
    {
        try
        {
            await ended.WaitAsync(s_patience, clock);
        }
        catch (Exception)
        {
            // how it ended says nothing any more
        }
    }
}
