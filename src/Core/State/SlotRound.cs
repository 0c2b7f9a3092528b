namespace ActorStreams.Core.State;

/// <summary>A walk through the slots of a table, a few at a time, round and round: whoever removes what is over need not stop for
/// long.</summary>
internal struct SlotRound
{
    private int _next;

    /// <summary>Goes on to the next live entry.</summary>
    /// <param name="map">The table; entries may be added and removed in between.</param>
    /// <param name="looks">How many slots may still be looked at, not more than there are.</param>
    /// <param name="slot">Where the entry is.</param>
    /// <returns>False: enough has been looked at, or there is nothing.</returns>
    public bool TryNext<TKey, TState>(StateMap<TKey, TState> map, ref int looks, out int slot)
    {
        for (; looks > 0 && map.Count > 0; looks--)
        {
            _next = _next < map.SlotCount ? _next : 0;
            slot = _next++;
            if (!map.IsLive(map.At(slot)))
                continue;
            looks--;
            return true;
        }

        slot = -1;
        return false;
    }
}
