namespace ActorStreams.Core.Storage;

/// <summary>How long committed epochs stay readable: the newest of them, those that are young enough, and those that somebody
/// reads.</summary>
/// <param name="newest">How many of the newest, at least 1.</param>
/// <param name="youngerThan">How old others may be; null: none is kept for its age.</param>
/// <param name="holds">What is read at the moment.</param>
internal sealed class EpochRetention(int newest, TimeSpan? youngerThan, EpochHolds? holds)
{
    /// <summary>Retained epochs in their order, with the time of their commit; only where age matters.</summary>
    private readonly Queue<(long Epoch, long CommittedAt)> _known = new();
    private long _newest;

    /// <summary>An earlier run has committed an epoch that is retained.</summary>
    public void Restore(EpochRecord epoch) => Add(epoch.Epoch, epoch.CommittedAt);

    /// <summary>The oldest epoch to retain when <paramref name="epoch"/> is committed.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="now">When it is, in microseconds.</param>
    public long From(long epoch, long now)
    {
        long from = Math.Max(1, epoch - newest + 1);
        if (youngerThan is { } age)
        {
            Add(epoch, now);
            while (_known.Count > 1 && _known.Peek() is var oldest && oldest.Epoch < from && oldest.CommittedAt < now - age.ToMicros())
                _known.Dequeue();
            from = Math.Min(from, _known.Peek().Epoch);
        }

        return Math.Min(from, holds?.Oldest ?? from);
    }

    private void Add(long epoch, long committedAt)
    {
        if (youngerThan is null || epoch <= _newest)
            return;
        _known.Enqueue((epoch, committedAt));
        _newest = epoch;
    }
}
