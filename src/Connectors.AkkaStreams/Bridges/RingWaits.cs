using ActorStreams.Core.Exchange;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The job's side of a ring waits as a stage waits: what comes after is a turn of its actor.</summary>
internal static class RingWaits
{
    /// <summary>How long the end of a job waits for a graph that was told to end, by the machine's clock: the graph may wait for the
    /// outside, and where a test holds the job's clock, nothing would end the wait.</summary>
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
    public static async ValueTask PatientlyAsync(Task ended)
    {
        try
        {
#pragma warning disable RS0030 // see above: not the job's clock
            await ended.WaitAsync(s_patience, TimeProvider.System);
#pragma warning restore RS0030
        }
        catch (Exception)
        {
            // how it ended says nothing any more
        }
    }
}
