using System.Runtime.ExceptionServices;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>Instances of an attempt that run in this process, each in a place of its host.</summary>
/// <param name="attempt">The attempt; of it those that run here.</param>
/// <param name="host">Gives them places.</param>
internal sealed class LocalInstances(InstancesOfAttempt attempt, JobHost host) : Instances
{
    private readonly Dictionary<StageLoop, StagePlace> _places = [];
    private readonly List<Task> _tasks = [];

    /// <summary>What the instances run in; all ended once they are aborted.</summary>
    public IReadOnlyList<Task> Tasks => _tasks;

    /// <summary>Gives every instance a place: what is told to it arrives there from now on.</summary>
    public void OpenPlaces()
    {
        foreach (StageLoop actor in attempt.Actors)
        {
            StagePlace place = host.Open(actor.Name, actor.Take, reason => attempt.OnLost(actor.Name, reason));
            _places.Add(actor, place);
            actor.Context.Inbox.Open(place);
        }
    }

    public override Task OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        OpenPlaces();
        return RestoreAsync(opening, cancellation);
    }

    /// <summary>Restores all instances, which have places, and opens their sources and sinks.</summary>
    public async Task RestoreAsync(StageOpening opening, CancellationToken cancellation)
    {
        Task[] restoring = [.. attempt.Actors.Where(actor => actor.HasRegions)
            .Select(actor => _places[actor].RunAsync(() => GuardAsync(actor, () => actor.RestoreAsync(opening, cancellation))))];
        Exception? failure = null;
        foreach (Task restored in restoring)
        {
            try
            {
                await restored;   // the others, too: the journal is closed after a failure
            }
            catch (Exception error)
            {
                failure ??= error;
            }
        }

        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        foreach (StageLoop actor in attempt.Actors)
            await GuardAsync(actor, () => actor.OpenAsync(opening, cancellation).AsTask());
    }

    public override void Run()
    {
        foreach (StageLoop actor in attempt.Actors)
            _tasks.Add(_places[actor].RunAsync(() => RunAsync(actor)));
    }

    public override async Task AbortAsync()
    {
        await InEveryPlaceAsync(static actor => actor.Abort());
        foreach (Task task in _tasks)
            await task;
    }

    public override async Task CloseAsync()
    {
        await InEveryPlaceAsync(static actor => actor.CloseInbox());
        foreach (StageLoop actor in attempt.Actors)
            await actor.CloseAsync();
    }

    private async Task GuardAsync(StageLoop actor, Func<Task> open)
    {
        try
        {
            await open();
        }
        catch (Exception error) when (error is not (ActorStreamsException or OperationCanceledException))
        {
            throw new JobException(
                $"Pipeline '{attempt.Pipeline}', actor '{actor.Name}' could not open: {error.GetType().Name}: {error.Message}", error);
        }
    }

    /// <summary>Has every instance do something in a turn of its own.</summary>
    private async Task InEveryPlaceAsync(Action<StageLoop> work)
    {
        foreach ((StageLoop actor, StagePlace place) in _places)
            await place.RunAsync(() => work(actor));
    }

    private async Task RunAsync(StageLoop actor)
    {
        try
        {
            await actor.RunAsync(attempt.Stopping);
        }
        catch (Exception error)
        {
            attempt.OnFailed(actor, error);
        }
    }
}
