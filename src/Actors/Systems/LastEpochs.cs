using System.Collections.Concurrent;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace ActorStreams.Actors.Systems;

/// <summary>Commits the last epoch of every job when its ActorSystem shuts down, before anything is handed off.</summary>
internal sealed class LastEpochs
{
    public const string Phase = "actorstreams-last-epoch";

    private readonly ConcurrentDictionary<Job, Func<Job, CancellationToken, Task>> _jobs = new();
    private readonly TimeProvider _clock;
    private readonly ILoggingAdapter _log;

    /// <param name="system">The system; it has the reference configuration.</param>
    /// <param name="clock">What the phase is measured by.</param>
    public LastEpochs(ActorSystem system, TimeProvider clock)
    {
        _clock = clock;
        _log = Logging.GetLogger(system, "actorstreams");
        CoordinatedShutdown shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "actorstreams-observers", EndObservers);
        AddTask(shutdown, Phase, CommitAsync);
    }

    /// <summary>Has something done in the phase of last epochs.</summary>
    /// <param name="shutdown">The system's.</param>
    /// <param name="name">What it is called there.</param>
    /// <param name="task">Does it, given how long it may take.</param>
    public static void AddTask(CoordinatedShutdown shutdown, string name, Func<TimeSpan, Task> task)
    {
        string phase = Phase;
        TimeSpan patience = TimeSpan.Zero;
        async Task<Done> DoAsync()
        {
            await task(patience);
            return Done.Instance;
        }

        try
        {
            shutdown.AddTask(phase, name, DoAsync);
        }
        catch (ConfigurationException)
        {
            // Phases are read once, and these were read before ours was known.
            phase = CoordinatedShutdown.PhaseServiceRequestsDone;
            shutdown.AddTask(phase, name, DoAsync);
        }

        patience = Patience(shutdown.Timeout(phase));
    }

    /// <summary>How long of its phase a job has for its last epoch: the rest is for ending what does not end, and for saying so. The rest
    /// is a tenth of the phase, but at least a second, and never more than half.</summary>
    private static TimeSpan Patience(TimeSpan phase)
    {
        TimeSpan rest = phase * 0.1 > TimeSpan.FromSeconds(1) ? phase * 0.1 : TimeSpan.FromSeconds(1);
        return rest < phase * 0.5 ? phase - rest : phase * 0.5;
    }

    /// <param name="job">A job that has begun.</param>
    /// <param name="stop">Stops it; null: as jobs stop.</param>
    public void Add(Job job, Func<Job, CancellationToken, Task>? stop)
    {
        _jobs.TryAdd(job, stop ?? StopAsync);
        _ = job.Completion.ContinueWith(_ => _jobs.TryRemove(job, out Func<Job, CancellationToken, Task>? _), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Task<Done> EndObservers()
    {
        foreach (Job job in _jobs.Keys)
            job.EndObservers();
        return Task.FromResult(Done.Instance);
    }

    private async Task CommitAsync(TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience, _clock);
        await Task.WhenAll(_jobs.Select(job => job.Value(job.Key, over.Token)));
    }

    private async Task StopAsync(Job job, CancellationToken over)
    {
        try
        {
            await job.StopAsync(over);
        }
        catch (OperationCanceledException ended) when (over.IsCancellationRequested)
        {
            _log.Warning("The ActorSystem shuts down without a last epoch. {0}", ended.Message);
            await job.DisposeAsync();
        }
        catch (Exception)
        {
            // It has failed: whoever waits for its completion knows.
        }
    }
}
