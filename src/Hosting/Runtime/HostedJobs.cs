using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorStreams.Actors.Systems;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Runtime;

/// <summary>The jobs of a host: what becomes of them is logged, counted and seen by its health.</summary>
/// <remarks>
/// In order, when the host stops: observers end (a web server waits for requests that are open, and would wait for them until its time is
/// out); every service that was added later stops, the web server among them, while jobs still acknowledge what they are told; then each
/// job commits its last epoch, before the ActorSystem hands anything off.
/// </remarks>
internal sealed partial class HostedJobs : IAsyncDisposable
{
    /// <summary>How long the host waits for user code that was told to end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>What makes an ActorSystem a node of a cluster (<c>akka.actor.provider = cluster</c>), by its name: this project knows no
    /// cluster.</summary>
    private const string ClusterProvider = "ClusterActorRefProvider";

    private readonly IServiceProvider _services;
    private readonly HostedSettings _settings;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _watches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _leftBehind = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _onCluster = new(StringComparer.Ordinal);
    private Store? _store;
    private bool _isStopping;

    /// <param name="services">The host's services.</param>
    /// <param name="settings">What it was told.</param>
    public HostedJobs(IServiceProvider services, HostedSettings settings) =>
        (_services, _settings, _log) = (services, settings, services.GetRequiredService<ILogger<HostedJobs>>());

    /// <summary>Starts all, each when the one before has restored its state.</summary>
    /// <param name="system">Where they run; null: in the local system of jobs that have none.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public async Task StartAsync(ActorSystem? system, CancellationToken cancellation)
    {
        if (_services.GetService<IMeterFactory>() is { } meters)
            new JobMeter(meters, _settings.Jobs).Start();
        ActorStreamsExtension? streams = system?.ActorStreams();
        JobOptions options = streams is null ? _settings.Options : streams.Complete(_settings.Options);
        _store = _settings.Store?.Invoke(_services, streams);
        if (_store is null)
        {
            string path = DefaultPath(options);
            _store = Store.Sqlite(path, streams?.SqliteOptions);
            WithoutStore(path);
        }

        if (system is not null)
            _store = _settings.State(system, _store);
        else if (_settings.IsStateInSystem)
            throw new PipelineException($"{nameof(ActorStreamsBuilder.UseAkkaPersistence)}: the host has no ActorSystem. Add one with a journal plugin (services.AddAkka).");
        foreach (HostedPipeline pipeline in _settings.Pipelines)
            await StartAsync(pipeline, pipeline.Build(_services), pipeline.Options(options), streams, cancellation);
    }

    /// <summary>Ends observers, so that nobody who waits for an epoch holds up a server that stops.</summary>
    public void EndObservers()
    {
        Volatile.Write(ref _isStopping, true);
        foreach (IJob job in _settings.Jobs.All.Values)
            job.EndObservers();
    }

    /// <summary>Commits the last epoch of each.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref _isStopping, true);
        await Task.WhenAll(_settings.Jobs.All.Select(job => StopAsync(job.Key, job.Value, cancellation)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((string pipeline, IJob job) in _settings.Jobs.All)
            await EndAsync(pipeline, job);

        if (_store is not null)
            await _store.DisposeAsync();
    }

    /// <summary>The file for a host that names no store: one for all its pipelines, which may meet in topics.</summary>
    private string DefaultPath(JobOptions options)
    {
        IHostEnvironment? environment = _services.GetService<IHostEnvironment>();
        string folder = Path.Combine(environment?.ContentRootPath ?? "", options.StateFolder);
        try
        {
            return Path.Combine(Directory.CreateDirectory(folder).FullName, $"{environment?.ApplicationName ?? "host"}.db");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"No store was named, and the folder '{folder}' for the state of the jobs cannot be made: {error.Message} Name a store (UseSqlite, UsePostgreSql), give " +
                $"another folder ({nameof(JobOptions)}.{nameof(JobOptions.StateFolder)}), or keep nothing: UseStore(_ => Store.Volatile).",
                    inner: error);
        }
    }

    private async Task StartAsync(HostedPipeline hosted, Pipeline pipeline, JobOptions options, ActorStreamsExtension? streams,
        CancellationToken cancellation)
    {
        if (_settings.Jobs.TryGet(pipeline.Name, out _))
            throw new PipelineException(
                $"Two pipelines of this host are named '{pipeline.Name}'. Their states would be one: give each its own name.");
        if (_services.GetService<TimeProvider>() is { } clock && ReferenceEquals(options.Clock, new JobOptions().Clock))
            options = options with { Clock = clock };
        Action<JobNotice>? own = options.OnNotice;
        options = options with
        {
            OnNotice = notice =>
            {
                Tell(notice);
                own?.Invoke(notice);
            },
        };
        IJob job = streams is not null && ClusterOf(streams.System, pipeline.Name) is { } cluster
            ? await StartAsync(cluster, pipeline, options, streams.System, cancellation)
            : await StartHereAsync(hosted, pipeline, options, streams, cancellation);
        _settings.Jobs.Add(pipeline.Name, job);
        Started(pipeline.Name, job.Epoch, _store!.Description);
        _watches[pipeline.Name] = WatchAsync(pipeline.Name, job);
    }

    /// <summary>The cluster that the pipelines run on; null: they run in this process.</summary>
    private IHostedCluster? ClusterOf(ActorSystem system, string pipeline)
    {
        if (((ExtendedActorSystem)system).Provider.GetType().Name != ClusterProvider)
            return null;
        if (_settings.Cluster is null)
            WholeOnNode(pipeline, system.Name);
        return _settings.Cluster;
    }

    private async Task<Job> StartHereAsync(HostedPipeline hosted, Pipeline pipeline, JobOptions options, ActorStreamsExtension? streams,
        CancellationToken cancellation)
    {
        if (streams is not null)
        {
            options = options.At(
                new JobPlace(streams.System) { IsOfUser = true, Stop = (job, over) => StopAsync(pipeline.Name, job, over) });
        }

        Job job = await Job.StartAsync(pipeline, _store, options, cancellation);
        if (streams is not null && hosted.Definition is not null)
            ActorRegistry.For(streams.System).TryRegister(hosted.Definition, streams.ActorOf(job), overwrite: true);
        return job;
    }

    /// <summary>Takes part in a job of the cluster, until the system shuts down: then the other nodes go on, before anything is handed
    /// off.</summary>
    private async Task<IJob> StartAsync(IHostedCluster cluster, Pipeline pipeline, JobOptions options, ActorSystem system,
        CancellationToken cancellation)
    {
        IJob job = await cluster.StartAsync(system, pipeline, _store!, options, cancellation);
        _onCluster[pipeline.Name] = true;
        LastEpochs.AddTask(CoordinatedShutdown.Get(system), $"actorstreams-leave-{pipeline.Name}", async patience =>
        {
            using var over = new CancellationTokenSource(patience, options.Clock);
            await StopAsync(pipeline.Name, job, over.Token);
        });
        return job;
    }

    /// <summary>Tells how a job ended, when it has.</summary>
    private async Task WatchAsync(string pipeline, IJob job)
    {
        try
        {
            await job.Completion;
            if (MayTellEnd(pipeline))
                Ended(pipeline, job.Epoch);
        }
        catch (OperationCanceledException)
        {
            if (!MayTellEnd(pipeline))
                return;
            if (_onCluster.ContainsKey(pipeline))
                Left(pipeline, job.Epoch);
            else
                Ended(pipeline, job.Epoch);
        }
        catch (Exception error)
        {
            if (MayTellEnd(pipeline))
                Failed(error, pipeline, job.Epoch);
            if (_settings.StopsHost && !Volatile.Read(ref _isStopping) && _services.GetService<IHostApplicationLifetime>() is { } host)
                _ = StopAsync(host);
        }
    }

    private static async Task StopAsync(IHostApplicationLifetime host)
    {
        await Task.Yield();   // what the host runs must not run inside the job
        host.StopApplication();
    }

    private async Task StopAsync(string pipeline, IJob job, CancellationToken cancellation)
    {
        Volatile.Write(ref _isStopping, true);
        try
        {
            if (_onCluster.ContainsKey(pipeline))
                await job.DisposeAsync().AsTask().WaitAsync(cancellation);   // the other nodes go on
            else
                await job.StopAsync(cancellation);
            await ToldAsync(pipeline, job).WaitAsync(cancellation);
        }
        catch (OperationCanceledException ended) when (cancellation.IsCancellationRequested)
        {
            // It may still commit its last epoch at any moment: it is ended first, so that what is told is true, and told once.
            bool mayTell = MayTellEnd(pipeline);
            await EndAsync(pipeline, job);
            if (!mayTell)
                return;
            if (job.Completion.IsCompletedSuccessfully)
                Ended(pipeline, job.Epoch);
            else
                OutOfTime(pipeline, job.Epoch, ended.Message);
        }
        catch (Exception)
        {
            // The job failed, now or long ago: its watch tells.
            await ToldAsync(pipeline, job);
        }
    }

    /// <summary>Ends when the end of a job that has ended has been told: a log is closed when the host has stopped, and would not get
    /// it.</summary>
    private Task ToldAsync(string pipeline, IJob job) =>
        job.Completion.IsCompleted ? _watches.GetValueOrDefault(pipeline, Task.CompletedTask) : Task.CompletedTask;

    /// <summary>Ends a job at once; user code that ignores that is left behind.</summary>
    private async Task EndAsync(string pipeline, IJob job)
    {
        if (_leftBehind.ContainsKey(pipeline))
            return;
        try
        {
            await job.DisposeAsync().AsTask().WaitAsync(s_patience, _settings.Options.Clock);
            await ToldAsync(pipeline, job);
        }
        catch (TimeoutException)
        {
            _leftBehind[pipeline] = true;
            LeftBehind(pipeline, s_patience);   // the end of the process ends it
        }
    }

    /// <summary>The end of a job is told by one line, by whoever sees it first.</summary>
    private bool MayTellEnd(string pipeline) => _told.TryAdd(pipeline, true);

    private void Tell(JobNotice notice)
    {
        switch (notice.Kind)
        {
            case JobNoticeKind.StoreAvailable or JobNoticeKind.StateKept or JobNoticeKind.GoesOn or JobNoticeKind.EpochGoesOn
                or JobNoticeKind.AttemptBegun or JobNoticeKind.Moving:
                Recovered(notice.Message);
                break;
            case JobNoticeKind.StoreUnavailable:
                Waiting(notice.Error, notice.Message);
                break;
            case JobNoticeKind.Standstill or JobNoticeKind.EpochHeldUp or JobNoticeKind.LateBehindSilence or JobNoticeKind.LettersForNobody
                or JobNoticeKind.EventTimeLeap:
                HeldUp(notice.Message);
                break;
            default:
                Restarting(notice.Error, notice.Message);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Pipeline '{Pipeline}' started after epoch {Epoch}, {Store}")]
    private partial void Started(string pipeline, long epoch, string store);

    [LoggerMessage(2, LogLevel.Information, "Pipeline '{Pipeline}' ended after epoch {Epoch}")]
    private partial void Ended(string pipeline, long epoch);

    [LoggerMessage(3, LogLevel.Critical, "Pipeline '{Pipeline}' failed after epoch {Epoch}")]
    private partial void Failed(Exception error, string pipeline, long epoch);

    [LoggerMessage(4, LogLevel.Warning, "{Notice}")]
    private partial void Restarting(Exception? error, string notice);

    [LoggerMessage(10, LogLevel.Warning, "{Notice}")]
    private partial void HeldUp(string notice);

    [LoggerMessage(5, LogLevel.Error, "{Notice}")]
    private partial void Waiting(Exception? error, string notice);

    [LoggerMessage(6, LogLevel.Information, "{Notice}")]
    private partial void Recovered(string notice);

    [LoggerMessage(7, LogLevel.Warning,
        "Pipeline '{Pipeline}' could not commit a last epoch in the time the host had, and was ended without it; it goes on after epoch {Epoch} when it is started again. {Reason}")]
    private partial void OutOfTime(string pipeline, long epoch, string reason);

    [LoggerMessage(9, LogLevel.Error,
        "Pipeline '{Pipeline}': a source, sink or call has ignored its cancellation for {Patience} and was left behind")]
    private partial void LeftBehind(string pipeline, TimeSpan patience);

    [LoggerMessage(11, LogLevel.Information,
        "Pipeline '{Pipeline}' runs on this node no more, after epoch {Epoch}; the other nodes of the cluster go on with it")]
    private partial void Left(string pipeline, long epoch);

    [LoggerMessage(12, LogLevel.Warning,
        "ActorSystem '{System}' is a node of a cluster, and pipeline '{Pipeline}' runs whole in this process: another node that runs it with the same store takes it from this one. Run it on all nodes by OnCluster() (package ActorStreams.Cluster.Hosting)")]
    private partial void WholeOnNode(string pipeline, string system);

    [LoggerMessage(8, LogLevel.Information,
        "No store was named: the state of all jobs is kept in '{Path}'. Name one by UseSqlite or UsePostgreSql, or another folder by JobOptions.StateFolder")]
    private partial void WithoutStore(string path);
}
