namespace ActorStreams.Operators.Windows.General;

/// <summary>The results of a window operator on their way out, a chunk at a time.</summary>
internal sealed class WindowOutput<TKey, TOut>(StageContext context, Receiver<WindowResult<TKey, TOut>> output) : IUnsent
{
    private readonly WindowResult<TKey, TOut>[] _results = new WindowResult<TKey, TOut>[Chunk<TKey>.Size];
    private readonly long[] _times = new long[Chunk<TKey>.Size];
    private int _count;

    public bool IsFull => _count == _results.Length;

    /// <summary>How many results fit until it is full.</summary>
    public int Room => _results.Length - _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Adds a result; there must be room.</summary>
    public void Add(TKey key, Window window, TOut result)
    {
        _results[_count] = new WindowResult<TKey, TOut>(key, window, result);
        _times[_count++] = window.MaxTime;
    }

    /// <summary>Where the next results go, as many as there is <see cref="Room"/> for; <see cref="Added"/> says how many came.</summary>
    public Span<WindowResult<TKey, TOut>> Free => _results.AsSpan(_count);

    /// <summary>Results of one window have been put into <see cref="Free"/>.</summary>
    public void Added(int count, Window window)
    {
        _times.AsSpan(_count, count).Fill(window.MaxTime);
        _count += count;
    }

    /// <summary>Sends what there is.</summary>
    /// <returns>Whether output can go on.</returns>
    public bool Send()
    {
        if (context.MustYield)
            return false;
        if (_count > 0)
        {
            int count = _count;
            _count = 0;
            output.OnChunk(new Chunk<WindowResult<TKey, TOut>>(_results.AsSpan(0, count), _times.AsSpan(0, count)));
        }

        return !context.MustYield;
    }

    public void OnWatermark(long watermark) => output.OnWatermark(watermark);
}
