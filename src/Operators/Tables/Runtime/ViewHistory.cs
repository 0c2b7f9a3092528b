namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>What the last epochs changed in a view, so that observers who come back go on from there: for ten minutes, in 64 MiB.</summary>
/// <remarks>
/// <para>Nothing is kept of a view that nobody has observed for so long. Epochs that changed nothing are not kept: a table that is quiet
/// for a week keeps nothing. The last epoch is kept whatever its age and size.</para>
/// <para>It costs the time to write each change once by its codec, which is how it is measured (some 50 to 100 ns of a small row), while
/// the view is observed. Not for several threads.</para>
/// </remarks>
/// <param name="clock">By which it grows old.</param>
internal sealed class ViewHistory<TKey, TValue>(TimeProvider clock)
{
    /// <summary>What a change takes besides its row.</summary>
    private const int ChangeBytes = 64;

    private readonly Queue<Kept> _kept = new();
    private readonly BlobWriter _measured = new();
    private long _from;
    private long _bytes;
    private int _observers;
    private DateTimeOffset? _observedUntil;

    /// <summary>How long changes are kept, also after the last observer has left.</summary>
    public static TimeSpan KeptFor { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How many bytes of changes are kept.</summary>
    public static long KeptBytes => 64 << 20;

    /// <summary>Somebody observes the table, or may come back and go on.</summary>
    public bool IsKept => _observers > 0 || (_observedUntil is { } until && clock.GetUtcNow() - until <= KeptFor);

    public void AddObserver() => _observers++;

    public void RemoveObserver()
    {
        _observers--;
        _observedUntil = clock.GetUtcNow();
    }

    /// <summary>The epochs after this one that changed anything; null where not all of them are still there.</summary>
    public List<EpochChanges<TKey, TValue>>? Since(long epoch) =>
        epoch < _from ? null : [.. _kept.Where(kept => kept.Changes.Epoch > epoch).Select(static kept => kept.Changes)];

    /// <param name="epoch">The next epoch.</param>
    /// <param name="changes">What it changed; null: not known.</param>
    public void Add(long epoch, List<Change<TableRow<TKey, TValue>>>? changes)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (changes is null)
        {
            _kept.Clear();
            (_bytes, _from) = (0, epoch);
        }
        else if (changes.Count > 0)
        {
            long bytes = SizeOf(changes);
            _kept.Enqueue(new Kept(new EpochChanges<TKey, TValue>(epoch, false, changes), bytes, now));
            _bytes += bytes;
        }

        while (_kept.Count > 1 && (_bytes > KeptBytes || now - _kept.Peek().Since > KeptFor))
        {
            Kept oldest = _kept.Dequeue();
            (_bytes, _from) = (_bytes - oldest.Bytes, oldest.Changes.Epoch);
        }
    }

    private long SizeOf(List<Change<TableRow<TKey, TValue>>> changes)
    {
        long bytes = 0;
        foreach (Change<TableRow<TKey, TValue>> change in changes)
        {
            _measured.Clear();
            RecordCodec.Of<TKey>().Write(_measured, change.Row.Key);
            RecordCodec.Of<TValue>().Write(_measured, change.Row.Value);
            bytes += ChangeBytes + _measured.Length;
        }

        return bytes;
    }

    /// <summary>An epoch's changes.</summary>
    /// <param name="Changes">The changes.</param>
    /// <param name="Bytes">About what they take.</param>
    /// <param name="Since">When they came.</param>
    private readonly record struct Kept(EpochChanges<TKey, TValue> Changes, long Bytes, DateTimeOffset Since);
}
