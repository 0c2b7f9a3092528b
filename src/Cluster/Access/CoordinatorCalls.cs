using System.Security.Cryptography;
using ActorStreams.Cluster.Coordination;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>What a node asks of the coordinator and waits for: whoever is the coordinator is asked until there is an answer, because what
/// is told to one that is lost is lost, too.</summary>
/// <param name="system">The node's system.</param>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="coordinator">The way to the coordinator.</param>
/// <param name="clock">The time.</param>
/// <param name="end">Completes with the job, however it ends; cancelled when this node takes part no more.</param>
internal sealed class CoordinatorCalls(ActorSystem system, string pipeline, IActorRef coordinator, TimeProvider clock, Task end)
{
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2), s_notBegun = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes a savepoint.</summary>
    /// <param name="archive">The store that keeps it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<Savepoint> SaveAsync(Store archive, string name, CancellationToken cancellation)
    {
        if (await FindAsync(archive, name, cancellation) is not null)
            throw Savepoints.Exists(archive, pipeline, name);
        (JobSaved answer, bool isFirst) = await SavedAsync(new SaveJob(Draw(), name), cancellation);
        // A coordinator that was lost may have taken it, and could not say so.
        if (!isFirst && answer.Outcome == SaveOutcome.Exists && await FindAsync(archive, name, cancellation) is { } found)
            return found;
        return answer.Outcome switch
        {
            SaveOutcome.Saved =>
                new Savepoint(answer.Name, pipeline, answer.Epoch, EventTime.ToDateTimeOffset(answer.TakenAt), answer.SizeBytes),
            SaveOutcome.Fenced => throw new FencedException(answer.Text),
            SaveOutcome.JobFailed => throw new JobException(answer.Text),
            _ => throw new StoreException(answer.Text),
        };
    }

    /// <summary>Ends an epoch.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The epoch, which is committed.</returns>
    public async Task<long> CommitAsync(CancellationToken cancellation)
    {
        var request = new CommitJob(Draw());
        while (true)
        {
            if (end.IsCompleted || system.WhenTerminated.IsCompleted)
            {
                throw new JobException($"Pipeline '{pipeline}': no epoch was committed for this call, because the job has ended, or this " +
                    "node takes part in it no more.");
            }

            try
            {
                JobCommitted answer = await coordinator.Ask<JobCommitted>(request, s_askAgain, cancellation);
                if (answer.Epoch > 0)
                    return answer.Epoch;
                if (answer.IsThere)
                    throw new JobException(answer.Text);
                await Task.Delay(s_notBegun, clock, cancellation);
            }
            catch (AskTimeoutException)
            {
                // a long epoch, or a coordinator that is lost: an epoch that is asked for twice does no harm
            }
        }
    }

    /// <returns>The answer, and whether it is one to the first time that it was asked.</returns>
    private async Task<(JobSaved Answer, bool IsFirst)> SavedAsync(SaveJob request, CancellationToken cancellation)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            if (system.WhenTerminated.IsCompleted)
            {
                throw new JobException(
                    $"Pipeline '{pipeline}': this node has shut down; whether savepoint '{request.Name}' was taken is not known here.");
            }

            try
            {
                JobSaved answer = await coordinator.Ask<JobSaved>(request, s_askAgain, cancellation);
                if (answer.Outcome != SaveOutcome.Moved)
                    return (answer, isFirst);
                await Task.Delay(s_askAgain, clock, cancellation);
            }
            catch (AskTimeoutException)
            {
                // not yet, or by nobody
            }
        }
    }

    private async Task<Savepoint?> FindAsync(Store archive, string name, CancellationToken cancellation) =>
        (await Savepoints.ListAsync(archive, pipeline, cancellation)).FirstOrDefault(one => one.Name == name);

    private static long Draw() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
}
