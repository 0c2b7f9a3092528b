using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Cluster.Nodes;

/// <summary>Hands the epoch's changes of each instance to the store before the coordinator is told of them. Beside the loops, which go on
/// with the next epoch meanwhile.</summary>
/// <remarks>The memory of a report is its instance's until the epoch is committed, so nothing is copied.</remarks>
/// <param name="journal">The store; null: none, so nothing is kept.</param>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="clock">The time.</param>
/// <param name="waits">Told why the store takes nothing for now, so that sources wait; told nothing, an empty text, when all is handed
/// over.</param>
/// <param name="stopping">The attempt ends.</param>
internal sealed class Preparing(NodeJournal? journal, string pipeline, TimeProvider clock, Action<string> waits, CancellationToken stopping)
{
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private int _waiting;

    /// <summary>Prepares a report, and tells it then. Called in a turn of the instance.</summary>
    public void Prepare(int instance, EpochReport report, Action<int, byte[]> tell, Action<Exception> fail)
    {
        EpochPart part = PartOf(instance, report);
        if (journal is null || part.IsEmpty)
        {
            tell(instance, EpochReportBytes.Of(report, prepared: null));
            return;
        }

        Task running = PrepareAsync(part, report, tell, fail);
        lock (_lock)
            _running.Add(running);
        _ = running.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Complete when nothing is on its way to the store any more.</summary>
    public async Task EndAsync()
    {
        Task[] running;
        lock (_lock)
            running = [.. _running];
        foreach (Task one in running)
            await one;
    }

    private void Forget(Task done)
    {
        lock (_lock)
            _running.Remove(done);
    }

    private async Task PrepareAsync(EpochPart part, EpochReport report, Action<int, byte[]> tell, Action<Exception> fail)
    {
        TimeSpan wait = s_firstRetry;
        bool isWaiting = false;
        while (true)
        {
            try
            {
                PreparedPart prepared = await journal!.PrepareAsync(part, stopping);
                if (isWaiting)
                    GoOn();
                tell(part.Instance, EpochReportBytes.Of(report, prepared));
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException error) when (error.IsTransient && !stopping.IsCancellationRequested)
            {
                if (!isWaiting)
                    Wait(error.Message);
                isWaiting = true;
                if (!await WaitAsync(wait))
                    return;
                wait = wait * 2 < s_lastRetry ? wait * 2 : s_lastRetry;
            }
            catch (Exception error)
            {
                fail(error is ActorStreamsException ? error
                    : new JobException($"Pipeline '{pipeline}', epoch {part.Epoch}: what instance {part.Instance} has changed could not be " +
                        $"prepared: {error.GetType().Name}: {error.Message}", error));
                return;
            }
        }
    }

    /// <summary>Sources wait as long as any instance does: what they read meanwhile could not be committed either.</summary>
    private void Wait(string why)
    {
        lock (_lock)
        {
            if (_waiting++ == 0)
                waits(why);
        }
    }

    private void GoOn()
    {
        lock (_lock)
        {
            if (--_waiting == 0)
                waits("");
        }
    }

    /// <returns>False: the attempt has ended meanwhile.</returns>
    private async Task<bool> WaitAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, clock, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static EpochPart PartOf(int instance, EpochReport report) => new()
    {
        Epoch = report.Epoch,
        Instance = instance,
        Events = report.Events,
        Tables = [.. report.Sinks.SelectMany(static sink => sink.Output.Tables)],
        Topics = [.. report.Sinks.SelectMany(static sink => sink.Output.Topics)],
    };
}
