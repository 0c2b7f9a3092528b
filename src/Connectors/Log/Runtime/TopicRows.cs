using System.Collections.Concurrent;
using ActorStreams.Core.Keys;

namespace ActorStreams.Connectors.Log.Runtime;

/// <summary>The encoded rows of the epoch under way, by partition, and those of the epoch that is being committed.</summary>
/// <remarks>Buffers are filled, handed to the store without a copy, and filled again once their epoch is committed.</remarks>
internal sealed class TopicRows<T>(TopicSpec spec, string producer, Codec<T> codec, int schema, TopicOptions<T> options)
{
    private const int BlobBytes = 900 * 1024, BlobRecords = 64 * 1024, FirstBytes = 16 * 1024, FullBytes = BlobBytes + (256 * 1024),
        PooledBuffers = 64;
    private readonly TopicPartition[] _partitions = [.. Enumerable.Range(0, spec.Partitions).Select(_ => new TopicPartition())];
    private readonly ConcurrentQueue<(long Epoch, List<BlobWriter> Buffers)> _sealed = new();
    private readonly ConcurrentBag<BlobWriter> _pool = [];
    private readonly BlobWriter _keyScratch = new();
    private List<TopicBlob> _blobs = [];
    private List<BlobWriter> _buffers = [];
    private long _sizeBytes;

    /// <summary>Blobs have become full: the next buffers are made as large as that at once.</summary>
    private bool _isBusy;

    /// <summary>How long the producer may be silent.</summary>
    public required TimeSpan Patience { get; init; }

    public string Topic => spec.Name;

    public int Partitions => _partitions.Length;

    public TopicPartition this[int partition] => _partitions[partition];

    /// <summary>Appends a row, or leaves everything as it was.</summary>
    public void Add(TopicPartition to, in T row, long time)
    {
        Write(to, row);
        to.AddTime(time);
        SealIfFull(to);
    }

    /// <summary>The same with its key.</summary>
    public void Add<TKey>(TopicPartition to, in T row, long time, TKey key, bool isDeletion)
    {
        _keyScratch.Clear();
        KeyForm<TKey>.Write(_keyScratch, key);
        Write(to, row);
        to.AddTime(time);
        to.AddKey(_keyScratch.Written, isDeletion);
        SealIfFull(to);
    }

    /// <exception cref="SinkException">The epoch has too many bytes.</exception>
    public void CheckRoom()
    {
        if (_sizeBytes > options.MaxBytesPerEpoch)
        {
            throw new SinkException(
                $"Topic '{spec.Name}': an epoch has more than {options.MaxBytesPerEpoch} bytes, which wait in memory for its transaction. " +
                $"Shorten the epochs, or raise {nameof(TopicOptions<>)}.{nameof(TopicOptions<>.MaxBytesPerEpoch)}.");
        }
    }

    /// <summary>Ends the epoch.</summary>
    public TopicWrite Seal(long epoch, long watermark)
    {
        foreach (TopicPartition partition in _partitions)
        {
            if (partition.Count > 0)
                Seal(partition);
        }

        TopicWrite write = new(spec.Name, producer, watermark, _blobs) { Patience = Patience };
        _sealed.Enqueue((epoch, _buffers));
        (_blobs, _buffers, _sizeBytes) = ([], [], 0);
        return write;
    }

    /// <summary>The store has the epoch: its buffers are free. May be called beside everything else.</summary>
    public void Release(long epoch)
    {
        while (_sealed.TryPeek(out (long Epoch, List<BlobWriter> Buffers) oldest) && oldest.Epoch <= epoch
            && _sealed.TryDequeue(out oldest))
        {
            foreach (BlobWriter buffer in oldest.Buffers)
            {
                if (_pool.Count < PooledBuffers)
                    _pool.Add(buffer);
            }
        }
    }

    private void Write(TopicPartition to, in T row)
    {
        BlobWriter rows = to.Rows ??= Rent();
        int before = rows.Length;
        try
        {
            codec.Write(rows, row);
        }
        catch
        {
            rows.Truncate(before);
            throw;
        }
    }

    private void SealIfFull(TopicPartition partition)
    {
        if (partition.Rows!.Length < BlobBytes && partition.Count < BlobRecords)
            return;
        Seal(partition);
        _isBusy = true;
    }

    private void Seal(TopicPartition partition)
    {
        BlobWriter rows = partition.Rows!;
        int count = partition.Count;
        (long minTime, long maxTime) = partition.Seal(spec.IsCompacted);
        _blobs.Add(new TopicBlob(Array.IndexOf(_partitions, partition), schema, count, minTime, maxTime,
            rows.Bytes.AsMemory(0, rows.Length)));
        _buffers.Add(rows);
        _sizeBytes += rows.Length;
    }

    private BlobWriter Rent()
    {
        if (!_pool.TryTake(out BlobWriter? buffer))
            return new BlobWriter(_isBusy ? FullBytes : FirstBytes);
        buffer.Clear();
        return buffer;
    }
}

/// <summary>The rows of one partition that are not in a blob yet.</summary>
internal sealed class TopicPartition
{
    private readonly BlobWriter _keys = new(capacityBytes: 0);
    private long[] _times = [];
    private int[] _rowEnds = [], _keyEnds = [];

    /// <summary>Where rows are encoded; null before the first.</summary>
    public BlobWriter? Rows { get; set; }

    public int Count { get; private set; }

    public void AddTime(long time)
    {
        if (Count == _times.Length)
            Array.Resize(ref _times, Math.Max(1024, 2 * Count));
        _times[Count++] = time;
    }

    /// <summary>The key of the row whose time was added last.</summary>
    public void AddKey(ReadOnlySpan<byte> key, bool isDeletion)
    {
        if (Count > _rowEnds.Length)
        {
            Array.Resize(ref _rowEnds, _times.Length);
            Array.Resize(ref _keyEnds, _times.Length);
        }

        _keys.WriteBytes(key);
        _rowEnds[Count - 1] = Rows!.Length;
        _keyEnds[Count - 1] = TopicRecords.Deletion(_keys.Length, isDeletion);
    }

    /// <summary>Completes the blob that <see cref="Rows"/> holds, and begins anew.</summary>
    public (long MinTime, long MaxTime) Seal(bool hasKeys)
    {
        int ends = hasKeys ? Count : 0;
        (long, long) times = TopicRecords.Seal(Rows!, _times.AsSpan(0, Count), default, hasKeys ? _keys : null, _rowEnds.AsSpan(0, ends),
            _keyEnds.AsSpan(0, ends));
        _keys.Clear();
        (Rows, Count) = (null, 0);
        return times;
    }
}
