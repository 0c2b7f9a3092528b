namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>How the ways of an attempt have come to where they are: each row that was taken, by which step, and the one before. Ways that
/// parted share what lies before. In arrays that are used again, so that a row costs no object.</summary>
internal sealed class WayArena<TState>
{
    private int[] _before = new int[64];
    private int[] _step = new int[64];
    private TState[] _state = new TState[64];

    /// <summary>No row was taken yet.</summary>
    public const int None = -1;

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    public int Add(int before, int step, in TState state)
    {
        if (Count == _before.Length)
        {
            Array.Resize(ref _before, Count * 2);
            Array.Resize(ref _step, Count * 2);
            Array.Resize(ref _state, Count * 2);
        }

        (_before[Count], _step[Count], _state[Count]) = (before, step, state);
        return Count++;
    }

    public int BeforeOf(int node) => _before[node];

    public int StepOf(int node) => _step[node];

    public ref readonly TState StateOf(int node) => ref _state[node];

    /// <summary>The steps that took a way's rows, in order.</summary>
    public void CopyTo(int node, Span<int> steps)
    {
        for (int at = steps.Length - 1; at >= 0; at--, node = _before[node])
            steps[at] = _step[node];
    }

    /// <summary>Forgets what no way has come by. The nodes of the ways are told anew.</summary>
    public void Compact(Span<int> ways)
    {
        var moved = new int[Count];
        foreach (int way in ways)
        {
            for (int node = way; node != None && moved[node] == 0; node = _before[node])
                moved[node] = 1;
        }

        int kept = 0;
        for (int node = 0; node < Count; node++)
        {
            if (moved[node] == 0)
                continue;
            (_before[kept], _step[kept], _state[kept]) =
                (_before[node] == None ? None : moved[_before[node]], _step[node], _state[node]);
            moved[node] = kept++;
        }

        foreach (ref int way in ways)
            way = way == None ? None : moved[way];
        Count = kept;
    }
}
