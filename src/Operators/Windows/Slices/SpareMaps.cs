namespace ActorStreams.Operators.Windows.Slices;

/// <summary>Maps that windows or slices have done with, for the next ones: their memory is there already, and of the right size.</summary>
internal sealed class SpareMaps<TKey, TAcc>(ShardRange shards)
{
    private const int Most = 2;

    private readonly Stack<StateMap<TKey, TAcc>> _spare = new();

    public StateMap<TKey, TAcc> Take(int expectedKeys) =>
        _spare.TryPop(out StateMap<TKey, TAcc>? spare) ? spare : new StateMap<TKey, TAcc>(shards, expectedKeys);

    public void Give(StateMap<TKey, TAcc> map)
    {
        if (_spare.Count == Most)
        {
            map.Dispose();
            return;
        }

        map.Clear();
        map.ClearDirty();
        _spare.Push(map);
    }
}
