using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>Removes from the journals of a node's shards what no retained epoch needs. It is the node's work, because it has the actors of
/// the shards; what may go is told by the last epoch's row.</summary>
/// <remarks>Beside the epochs, and seldom: once after the attempt's first epoch, which makes superfluous what those before have left, then
/// after snapshots.</remarks>
/// <param name="rows">Where epochs are.</param>
/// <param name="shards">The journals.</param>
internal sealed class ShardCleaning(NodeJournal rows, ShardJournals shards)
{
    /// <summary>Epochs between two times.</summary>
    private const int Apart = 8;

    private readonly Lock _lock = new();

    /// <summary>Epochs with snapshots of this node, at which journals may be made to begin.</summary>
    private readonly SortedSet<long> _snapshots = [];
    private Task _cleaning = Task.CompletedTask;
    private bool _hasCleaned;
    private long _next;

    /// <summary>A part of an epoch is in the journals.</summary>
    public void OnWritten(EpochPart part)
    {
        lock (_lock)
        {
            if (part.Events.Any(static one => one.IsSnapshot))
                _snapshots.Add(part.Epoch);
            if (part.Epoch < _next || !_cleaning.IsCompleted || (_hasCleaned && _snapshots.Count == 0))
                return;
            _next = part.Epoch + (_next == 0 ? 1 : Apart);
            _cleaning = CleanAsync();
        }
    }

    /// <summary>Complete when nothing is asked any more.</summary>
    public Task EndAsync()
    {
        lock (_lock)
            return _cleaning;
    }

    private async Task CleanAsync()
    {
        try
        {
            // Who was overtaken does not know what others have written since.
            if (await rows.LastEpochAsync() is not { } last || last.Generation != rows.Generation)
                return;
            if (await CommitMarks.FindHeadAsync(rows, last.Epoch, CancellationToken.None) is not { } head)
                return;
            lock (_lock)
            {
                if (_snapshots.RemoveWhere(taken => taken <= head.RetainFrom) == 0 && _hasCleaned)
                    return;
                _hasCleaned = true;
            }

            shards.Trim(head.RetainFrom, last.Epoch, head);
        }
        catch (StoreException)
        {
            // next time
        }
    }
}
