namespace ActorStreams.Core.State;

/// <summary>Walks over what the table holds.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    private const int AllShards = -1;

    /// <summary>The slots that hold a state, in order. While they are walked states may be changed and removed, but none added.</summary>
    public LiveSlots Live => new(this, AllShards, 0, _slots);

    /// <summary>The slots that hold a state of one shard, in order.</summary>
    public LiveSlots LiveOf(int shard)
    {
        (int start, int end) = SlotsOf(shard);
        return new(this, shard, start, end);
    }

    /// <summary>Slots that hold a state; made for <c>foreach</c>.</summary>
    public struct LiveSlots(StateMap<TKey, TState> map, int shard, int start, int end)
    {
        public int Current { get; private set; } = start - 1;

        public readonly LiveSlots GetEnumerator() => this;

        public bool MoveNext()
        {
            int slot = Current;
            while (++slot < end)
            {
                ref Entry entry = ref map.At(slot);
                if (map.IsLive(entry) && (shard == AllShards || map.ShardOf(entry) == shard))
                    break;
            }

            Current = slot;
            return slot < end;
        }
    }
}
