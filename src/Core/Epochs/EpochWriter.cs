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

    /// <summary>Nodes that wait for the store.</summary>
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);

    /// <summary>Why the store takes nothing at the moment, and since when; null when it does.</summary>
    public StoreTrouble? Trouble { get; private set; }

    /// <summary>Whether the store has an epoch now.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>A node cannot hand over what it adds to an epoch for now, or can again.</summary>
    /// <param name="node">The node.</param>
    /// <param name="error">Why; empty: it goes on.</param>
    /// <param name="epoch">The epoch on its way.</param>
    public void OnNode(string node, string error, long epoch)
    {
        bool waited = _waiting.Count > 0;
        if (error.Length == 0)
            _waiting.Remove(node);
        else
            _waiting.Add(node);
        bool waits = _waiting.Count > 0;
        if (waits == waited)
            return;
        Trouble = waits ? new StoreTrouble(error, options.Clock.GetUtcNow()) : null;
        pause(waits);
        options.Tell(waits
            ? new JobNotice(pipeline, JobNoticeKind.StoreUnavailable,
                $"Pipeline '{pipeline}', epoch {epoch}: sources wait until the store takes what node '{node}' adds to the epoch. {error}", null)
            : new JobNotice(pipeline, JobNoticeKind.StoreAvailable,
                $"Pipeline '{pipeline}', epoch {epoch}: the store has taken what all nodes add to the epoch, sources go on.", null));
    }

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
