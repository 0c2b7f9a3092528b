using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Epochs;

/// <summary>Gives epochs to the store, again and again while it takes nothing for reasons that pass: a full disk, a lost connection.
/// Sources wait meanwhile, and nothing is lost.</summary>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="options">The clock, and who is told.</param>
/// <param name="journal">The store.</param>
/// <param name="pause">Holds sources back, or lets them go on.</param>
internal sealed class EpochWriter(string pipeline, JobOptions options, JobJournal journal, Action<bool> pause)
{
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(10);

    /// <summary>Why the store takes nothing at the moment, and since when; null when it does.</summary>
    public StoreTrouble? Trouble { get; private set; }

    /// <summary>Whether the store has an epoch now.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Complete when the store has it.</summary>
    public async Task WriteAsync(EpochCommit commit, CancellationToken cancellation)
    {
        TimeSpan wait = s_firstRetry;
        IsWriting = true;
        while (true)
        {
            try
            {
                await journal.CommitAsync(commit, cancellation);
                break;
            }
            catch (StoreException error) when (error.IsTransient && !cancellation.IsCancellationRequested)
            {
                pause(true);
                if (Trouble is null)
                {
                    options.Tell(new JobNotice(pipeline, JobNoticeKind.StoreUnavailable,
                        $"Pipeline '{pipeline}', epoch {commit.Epoch}: sources wait until the store takes the epoch. {error.Message}", error));
                }

                Trouble = new StoreTrouble(error.Message, Trouble?.Since ?? options.Clock.GetUtcNow());
                await Task.Delay(wait, options.Clock, cancellation);
                wait = wait * 2 < s_lastRetry ? wait * 2 : s_lastRetry;
            }
        }

        IsWriting = false;
        if (Trouble is null)
            return;
        Trouble = null;
        pause(false);
        options.Tell(new JobNotice(pipeline, JobNoticeKind.StoreAvailable,
            $"Pipeline '{pipeline}', epoch {commit.Epoch}: the store has taken it, sources go on.", null));
    }
}
