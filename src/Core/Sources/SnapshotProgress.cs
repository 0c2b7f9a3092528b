using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>How far a source is with its initial snapshot, for the sources that wait for it.</summary>
/// <remarks>
/// In order: a partition has read the last row of its snapshot; an epoch is asked for, so that nobody waits for the interval; a barrier
/// comes after that row; the epoch is committed, so every operator has seen
/// the row; those that wait are woken. Partitions belong to several actors, and the commit to none of them.
/// </remarks>
internal sealed class SnapshotProgress(int partitions, Action requestEpoch) : SharedGroup
{
    private readonly Lock _lock = new();
    private readonly List<Inbox> _waiting = [];
    private int _missing = partitions;

    /// <summary>Every row of the snapshot was seen by every operator.</summary>
    public bool IsCommitted => Volatile.Read(ref _missing) == 0;

    public void WakeWhenCommitted(Inbox inbox)
    {
        lock (_lock)
            _waiting.Add(inbox);
    }

    /// <summary>A partition has handed over its last row.</summary>
    public void OnRead() => requestEpoch();

    /// <summary>A partition's last row is committed, or was before the run.</summary>
    public void OnCommitted()
    {
        Tell(member: 0, kind: 0);
        Count();
    }

    public override void Take(SharedNews news) => Count();

    private void Count()
    {
        if (Interlocked.Decrement(ref _missing) > 0)
            return;
        lock (_lock)
        {
            foreach (Inbox inbox in _waiting)
                inbox.Wake();
        }
    }
}
