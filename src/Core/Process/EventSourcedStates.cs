using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>The entities of some shards: their present states, and the events that the epoch has added.</summary>
/// <remarks>Two journaled parts: "events" holds each event as it was decided, in order; "state" is written in snapshots only.</remarks>
internal sealed class EventSourcedStates<TKey, TState, TEvent> : EntityStates<TKey>
{
    private readonly StateMap<TKey, TState> _map;
    private readonly Func<TState> _initial;
    private readonly Func<TState, TEvent, TState> _apply;
    private readonly IShardedState[] _journaled;
    private readonly EventJournal<TKey, TState, TEvent> _events;

    public EventSourcedStates(ShardRange shards, Func<TState> initial, Func<TState, TEvent, TState> apply, TimeToLive? timeToLive = null)
    {
        (_map, _initial, _apply) = (new StateMap<TKey, TState>(shards), initial, apply);
        _events = new EventJournal<TKey, TState, TEvent>(this, shards, timeToLive);
        Lives = timeToLive is null ? null : new EntityLives<TKey>(timeToLive, shards, _events.AddRenewal, Remove);
        _journaled = [new EntitySnapshots<TKey, TState, TEvent>(this, timeToLive), _events];
    }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["state"];

    public StateMap<TKey, TState> Map => _map;

    /// <summary>When each entity is over; null: never.</summary>
    public EntityLives<TKey>? Lives { get; }

    public TState StateOf(TKey key, ulong hash)
    {
        int slot = _map.Find(key, hash);
        return slot < 0 || Lives?.IsOver(key, hash) == true ? _initial() : _map.At(slot).State;
    }

    public TState Apply(TState state, TEvent happened) => _apply(state, happened);

    public void Append(TKey key, ulong hash, TState state, List<TEvent> events)
    {
        _map.Reserve(1);
        _map.Touch(key, hash) = state;
        if (Lives is null)
            _events.Add(key, hash, events);
        else
            _events.Add(key, hash, events, isNew: !Lives.IsAlive(key, hash), Lives.OnWritten(key, hash));
    }

    /// <summary>What an event that was journaled has made of the entity.</summary>
    public void Restore(TKey key, ulong hash, TEvent happened, bool isNew)
    {
        int slot = isNew ? -1 : _map.Find(key, hash);
        TState state = _apply(slot < 0 ? _initial() : _map.At(slot).State, happened);      // before the map has an entry
        _map.Restore(key, hash) = state;
    }

    public override void StandAt(long watermark, long clockTime) => Lives?.StandAt(watermark, clockTime);

    public override object? Read(TKey key, string name)
    {
        ulong hash = _map.HashOf(key);
        int slot = _map.Find(key, hash);
        return slot < 0 || Lives?.IsOverOutside(key, hash) == true ? _initial() : _map.At(slot).State;
    }

    private void Remove(TKey key, ulong hash)
    {
        _map.Remove(key, hash);
        _events.AddRemoval(key, hash);
    }
}
