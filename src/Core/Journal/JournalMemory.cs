namespace ActorStreams.Core.Journal;

/// <summary>Where the blobs of one epoch stay until the store has them; the next epoch writes over them.</summary>
/// <remarks>
/// A region journals an epoch only after the one before it is committed, and a store may not keep what it is given
/// (<see cref="EpochCommit"/>), so one set of segments does.
/// </remarks>
internal sealed class JournalMemory
{
    private const int FirstBytes = 4 << 10;
    private const int MostBytes = 1 << 20;

    private readonly List<byte[]> _segments = [];
    private int _segment;
    private int _used;

    /// <summary>Forgets the last epoch's blobs. Keeps twice the memory that they took: a single large epoch is not paid for ever.</summary>
    public void Reset()
    {
        int keep = Math.Min(_segments.Count, 2 * (_segment + 1));
        _segments.RemoveRange(keep, _segments.Count - keep);
        (_segment, _used) = (0, 0);
    }

    /// <summary>A copy that is valid until the next <see cref="Reset"/>.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> blob)
    {
        if (blob.Length > MostBytes)
            return blob.ToArray();
        while (_segment < _segments.Count && _used + blob.Length > _segments[_segment].Length)
            (_segment, _used) = (_segment + 1, 0);
        if (_segment == _segments.Count)
        {
            // Each twice as large as the one before it: small jobs have many regions.
            int size = _segments.Count == 0 ? FirstBytes : Math.Min(MostBytes, 2 * _segments[^1].Length);
            _segments.Add(GC.AllocateUninitializedArray<byte>(Math.Max(size, blob.Length)));
        }

        Memory<byte> room = _segments[_segment].AsMemory(_used, blob.Length);
        _used += blob.Length;
        blob.CopyTo(room.Span);
        return room;
    }
}
