using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>A source actor's part in waiting for snapshots: it waits for those of others, or tells of its own.</summary>
internal sealed class SnapshotGate
{
    private readonly SnapshotProgress? _own;
    private readonly IReadOnlyList<SnapshotProgress> _others;
    private readonly Stage[] _stages;
    private bool _isOpen;

    /// <param name="own">What others wait for; null: nobody waits for this source.</param>
    /// <param name="others">What this source waits for.</param>
    /// <param name="partitions">How many this actor has.</param>
    /// <param name="inbox">Woken when there is nothing left to wait for.</param>
    public SnapshotGate(SnapshotProgress? own, IReadOnlyList<SnapshotProgress> others, int partitions, Inbox inbox)
    {
        (_own, _others, _stages, _isOpen) = (own, others, new Stage[own is null ? 0 : partitions], others.Count == 0);
        foreach (SnapshotProgress other in others)
            other.WakeWhenCommitted(inbox);
    }

    private enum Stage
    {
        Reading,
        Read,
        Reported,
    }

    /// <summary>Whether the source may be read.</summary>
    public bool IsOpen => _isOpen || (_isOpen = _others.All(static other => other.IsCommitted));

    /// <summary>A partition was opened where its snapshot is committed, or has none.</summary>
    public void OnOpened(int partition, bool hasSnapshot)
    {
        if (_own is null || hasSnapshot)
            return;
        _stages[partition] = Stage.Reported;
        _own.OnCommitted();
    }

    /// <summary>A partition has gone on.</summary>
    public void OnStep(int partition, bool hasSnapshot)
    {
        if (_own is null || hasSnapshot || _stages[partition] != Stage.Reading)
            return;
        _stages[partition] = Stage.Read;
        _own.OnRead();
    }

    /// <returns>Whether the epoch that ends here is the one with the partition's last row of the snapshot: its commit is to be
    /// told.</returns>
    public bool IsLastEpochOf(int partition)
    {
        if (_own is null || _stages[partition] != Stage.Read)
            return false;
        _stages[partition] = Stage.Reported;
        return true;
    }

    public void OnCommitted() => _own!.OnCommitted();
}
