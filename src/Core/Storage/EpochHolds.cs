namespace ActorStreams.Core.Storage;

/// <summary>Epochs that must not be dropped while somebody reads them, whatever the retention says.</summary>
/// <remarks>From any thread. Holds end with the process: who reads then is gone, too.</remarks>
internal sealed class EpochHolds
{
    private readonly Lock _lock = new();
    private readonly List<long> _held = [];

    /// <summary>The oldest held epoch; null: none is.</summary>
    public long? Oldest
    {
        get
        {
            lock (_lock)
                return _held.Count == 0 ? null : _held.Min();
        }
    }

    /// <summary>Holds an epoch and all later ones, until the hold is disposed of.</summary>
    public IDisposable From(long epoch)
    {
        lock (_lock)
            _held.Add(epoch);
        return new Hold(this, epoch);
    }

    private sealed class Hold(EpochHolds holds, long epoch) : IDisposable
    {
        private EpochHolds? _holds = holds;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _holds, null) is not { } held)
                return;
            lock (held._lock)
                held._held.Remove(epoch);
        }
    }
}
