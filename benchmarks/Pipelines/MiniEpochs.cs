using System.Collections.Concurrent;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>Part of an epoch's journal: the first <paramref name="Length"/> bytes of a pooled megabyte.</summary>
internal readonly record struct Blob(byte[] Bytes, int Length);

/// <summary>Everything one transaction commits.</summary>
internal sealed class EpochCommit
{
    public readonly long[] Offsets = new long[LoopedBids.Sources];
    public readonly List<Blob>?[] Blobs = new List<Blob>?[MiniEngine.Regions];
}

/// <summary>
/// Puts a barrier at the same step of every source, somewhere just ahead of the fastest, and gathers what the regions deliver for it.
/// One barrier is under way at a time, and none is asked for while two commits wait: a slow disk stretches the epoch.
/// </summary>
internal sealed class MiniEpochs(MiniJournal? journal)
{
    /// <summary>A megabyte, cut to whole records: the provider copies a blob that does not fill its array.</summary>
    public const int BlobBytes = (1 << 20) / 24 * 24;
    private readonly Lock _gate = new();
    private readonly long[] _steps = new long[LoopedBids.Sources], _ends = new long[LoopedBids.Sources];
    private readonly ConcurrentBag<byte[]> _blobs = journal?.FreeBlobs ?? [];
    private EpochCommit _commit = new();
    private long _barrierStep = -1;

    public bool Durable => journal is not null;

    public void RequestBarrier()
    {
        if (journal is null || journal.Waiting >= 2) return;
        lock (_gate)
        {
            long ahead = _steps.Max() + 1;
            if (_barrierStep < 0 && ahead > 0) _barrierStep = ahead;                // a finished source is at long.MaxValue
        }
    }

    /// <summary>Whether <paramref name="source"/> is to send a barrier before it reads on from <paramref name="position"/>.</summary>
    public bool Arrive(int source, long step, long position)
    {
        if (journal is null) return false;
        lock (_gate)
        {
            _steps[source] = step;
            if (step != _barrierStep) return false;
            _commit.Offsets[source] = position;
            return true;
        }
    }

    /// <summary>No barrier will come from <paramref name="source"/> any more; its end is the last one.</summary>
    public void Finish(int source, long position)
    {
        lock (_gate)
        {
            _steps[source] = long.MaxValue;
            _ends[source] = position;
        }
    }

    /// <summary>What a region has changed up to the barrier; the last region to deliver hands the epoch to the journal.</summary>
    public void Deliver(int region, List<Blob> blobs, bool isEnd)
    {
        if (journal is null) return;
        lock (_gate)
        {
            _commit.Blobs[region] = blobs;
            if (Array.Exists(_commit.Blobs, other => other is null)) return;
            if (isEnd) _ends.CopyTo(_commit.Offsets, 0);
            journal.Add(_commit);
            _commit = new EpochCommit();
            _barrierStep = -1;
        }
    }

    public byte[] RentBlob() => _blobs.TryTake(out byte[]? bytes) ? bytes : new byte[BlobBytes];
}
