namespace ActorStreams.Core.State;

/// <summary>The key that user code is working on, shared by the states of one region.</summary>
internal sealed class KeyScope<TKey>
{
    public TKey Key { get; private set; } = default!;

    public ulong Hash { get; private set; }

    /// <summary>How to take back what the present row has done, newest last; null where a failing row ends the job anyway.</summary>
    public List<Action>? Undo { get; set; }

    public void Enter(TKey key, ulong hash)
    {
        (Key, Hash) = (key, hash);
        Undo?.Clear();
    }

    /// <summary>Takes back everything since <see cref="Enter"/>.</summary>
    public void RollBack()
    {
        for (int i = Undo!.Count - 1; i >= 0; i--)
            Undo[i]();
        Undo.Clear();
    }
}
