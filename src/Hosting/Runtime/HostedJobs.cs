using ActorStreams.Core;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Runtime;

/// <summary>Starts the jobs with the host and stops them with it.</summary>
internal sealed partial class HostedJobs(IServiceProvider services, HostedSettings settings, RunningJobs jobs, JobMeter meter, IHostApplicationLifetime host, ILogger<HostedJobs> log)
    : IHostedService, IAsyncDisposable
{
    /// <summary>How long the host waits for user code that was told to end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private Store? _store;
    private bool _isStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        meter.Start();
        _store = settings.Store?.Invoke(services);
        if (_store is null)
            WithoutStore();
        foreach ((Func<IServiceProvider, Pipeline> build, Func<JobOptions, JobOptions> change) in settings.Pipelines)
            await StartAsync(build(services), change, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _isStopping, true);
        await Task.WhenAll(jobs.All.Select(job => StopAsync(job.Key, job.Value, cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((string pipeline, Job job) in jobs.All)
        {
            try
            {
                await job.DisposeAsync().AsTask().WaitAsync(s_patience, settings.Options.Clock);
            }
            catch (TimeoutException)
            {
                LeftBehind(pipeline, s_patience);   // the end of the process ends it
            }
        }

        if (_store is not null)
            await _store.DisposeAsync();
    }

    private async Task StartAsync(Pipeline pipeline, Func<JobOptions, JobOptions> change, CancellationToken cancellation)
    {
        if (jobs.TryGet(pipeline.Name, out _))
            throw new PipelineException($"Two pipelines of this host are named '{pipeline.Name}'. Their states would be one: give each its own name.");
        JobOptions options = change(settings.Options);
        if (services.GetService<TimeProvider>() is { } clock && ReferenceEquals(options.Clock, new JobOptions().Clock))
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

        Job job = await Job.StartAsync(pipeline, _store, options, cancellation);
        jobs.Add(pipeline.Name, job);
        Started(pipeline.Name, job.Epoch, _store?.Description ?? "no store");
        _ = WatchAsync(pipeline.Name, job);
    }

    private async Task WatchAsync(string pipeline, Job job)
    {
        try
        {
            await job.Completion;
            Ended(pipeline, job.Epoch);
        }
        catch (OperationCanceledException)
        {
            Ended(pipeline, job.Epoch);
        }
        catch (Exception error)
        {
            Failed(error, pipeline, job.Epoch);
            if (settings.StopsHost && !Volatile.Read(ref _isStopping))
            {
                await Task.Yield();   // what the host runs must not run inside the job
                host.StopApplication();
            }
        }
    }

    private async Task StopAsync(string pipeline, Job job, CancellationToken cancellation)
    {
        try
        {
            await job.StopAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            OutOfTime(pipeline, job.Epoch);
        }
        catch (Exception)
        {
            // The job failed, now or long ago: its watch tells.
        }
    }

    private void Tell(JobNotice notice)
    {
        if (notice.Kind == JobNoticeKind.StoreAvailable)
            Recovered(notice.Message);
        else if (notice.Kind == JobNoticeKind.StoreUnavailable)
            Waiting(notice.Error, notice.Message);
        else
            Restarting(notice.Error, notice.Message);
    }

    [LoggerMessage(1, LogLevel.Information, "Pipeline '{Pipeline}' started after epoch {Epoch}, {Store}")]
    private partial void Started(string pipeline, long epoch, string store);

    [LoggerMessage(2, LogLevel.Information, "Pipeline '{Pipeline}' ended after epoch {Epoch}")]
    private partial void Ended(string pipeline, long epoch);

    [LoggerMessage(3, LogLevel.Critical, "Pipeline '{Pipeline}' failed after epoch {Epoch}")]
    private partial void Failed(Exception error, string pipeline, long epoch);

    [LoggerMessage(4, LogLevel.Warning, "{Notice}")]
    private partial void Restarting(Exception? error, string notice);

    [LoggerMessage(5, LogLevel.Error, "{Notice}")]
    private partial void Waiting(Exception? error, string notice);

    [LoggerMessage(6, LogLevel.Information, "{Notice}")]
    private partial void Recovered(string notice);

    [LoggerMessage(7, LogLevel.Warning, "Pipeline '{Pipeline}' could not commit a last epoch in the time the host had; it goes on from epoch {Epoch} when it is started again")]
    private partial void OutOfTime(string pipeline, long epoch);

    [LoggerMessage(9, LogLevel.Error, "Pipeline '{Pipeline}': a source, sink or call has ignored its cancellation for {Patience} and was left behind")]
    private partial void LeftBehind(string pipeline, TimeSpan patience);

    [LoggerMessage(8, LogLevel.Warning, "No store was named, so every start is a new beginning: call UseSqlite or UsePostgreSql")]
    private partial void WithoutStore();
}
