namespace ActorStreams.Cluster.Coordination;

/// <summary>Takes the savepoints that nodes ask the coordinator for.</summary>
/// <remarks>A node asks until it has an answer, so each request is known by its number. An attempt that ends before the savepoint's epoch
/// is committed is no reason to give up: the next one commits another. Savepoints are taken one after the other, because one fences
/// another.</remarks>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="store">Where savepoints are; null: the job has no store.</param>
/// <param name="clock">The time.</param>
/// <param name="ending">The coordinator ends.</param>
internal sealed class Saving(string pipeline, Store? store, TimeProvider clock, CancellationToken ending)
{
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<long, Task<JobSaved>> _requests = [];
    private Task<JobSaved>? _last;
    private volatile Job? _job;
    private volatile string? _end;

    /// <summary>The job has begun.</summary>
    public void OnBegun(Job job) => _job = job;

    /// <summary>The job has ended for good.</summary>
    public void OnEnded(string why) => _end = why;

    /// <summary>Takes a savepoint, or goes on with the one that was asked for before under the same number. Called in turns of the
    /// coordinator.</summary>
    public Task<JobSaved> TakeAsync(SaveJob request)
    {
        if (!_requests.TryGetValue(request.Request, out Task<JobSaved>? taking))
            _requests.Add(request.Request, _last = taking = TakeAfterAsync(_last, request));
        return taking;
    }

    private async Task<JobSaved> TakeAfterAsync(Task<JobSaved>? last, SaveJob request)
    {
        if (last is not null)
            await last;
        return await TakeUntilDoneAsync(request);
    }

    private async Task<JobSaved> TakeUntilDoneAsync(SaveJob request)
    {
        if (store is null)
            return Failed(request, SaveOutcome.JobFailed, $"Pipeline '{pipeline}': there is nothing to save, the job has no store.");
        while (true)
        {
            try
            {
                if (_end is { } end)
                    return Failed(request, SaveOutcome.JobFailed, $"Pipeline '{pipeline}': no savepoint was taken, the job {end}.");
                if ((await Savepoints.ListAsync(store, pipeline, ending)).Any(one => one.Name == request.Name))
                    return Failed(request, SaveOutcome.Exists, Savepoints.Exists(store, pipeline, request.Name).Message);
                if (_job is { } job)
                    return Answer(request, await job.SaveAsync(request.Name, ending));
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return Failed(request, SaveOutcome.Moved, "");
            }
            catch (JobException)
            {
                // the attempt has ended before its epoch was committed
            }
            catch (StoreException error) when (error.IsTransient)
            {
                // the database is away for a while
            }
            catch (StoreException error)
            {
                return Failed(request, error is FencedException ? SaveOutcome.Fenced : SaveOutcome.StoreFailed, error.Message);
            }
            catch (Exception error)
            {
                return Failed(request, SaveOutcome.JobFailed,
                    $"Pipeline '{pipeline}': savepoint '{request.Name}' was not taken: {error.GetType().Name}: {error.Message}");
            }

            if (!await WaitAsync())
                return Failed(request, SaveOutcome.Moved, "");
        }
    }

    private async Task<bool> WaitAsync()
    {
        try
        {
            await Task.Delay(s_betweenTries, clock, ending);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static JobSaved Answer(SaveJob request, Savepoint saved) =>
        new(request.Request, SaveOutcome.Saved, "", saved.Name, saved.Epoch, saved.TakenAt.ToMicros(), saved.SizeBytes);

    private static JobSaved Failed(SaveJob request, SaveOutcome outcome, string why) =>
        new(request.Request, outcome, why, request.Name, 0, 0, 0);
}
