namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Runs in the making: those that a key has next, or those that are complete. Not to be copied.</summary>
internal struct RunList(int capacity)
{
    private Run[] _runs = new Run[capacity];

    public int Count { get; private set; }

    public readonly ref Run this[int at] => ref _runs[at];

    public readonly ReadOnlySpan<Run> All => _runs.AsSpan(0, Count);

    public void Add(in Run run)
    {
        if (Count == _runs.Length)
            Array.Resize(ref _runs, Count * 2);
        _runs[Count++] = run;
    }

    public void Clear() => Count = 0;

    /// <summary>Takes the first away.</summary>
    public Run TakeFirst()
    {
        Run first = _runs[0];
        Count--;
        Array.Copy(_runs, 1, _runs, 0, Count);
        return first;
    }

    /// <summary>Keeps the first <paramref name="count"/>.</summary>
    public void Cut(int count) => Count = count;
}
