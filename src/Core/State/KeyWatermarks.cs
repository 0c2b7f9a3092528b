using ActorStreams.Core.Journal;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.State;

/// <summary>Where a key stands.</summary>
/// <param name="Watermark">No row of the key with a smaller event time is expected.</param>
/// <param name="LastSeen">When its last row came, by the clock.</param>
/// <param name="IsClosed">It was silent for too long and has had no row since.</param>
internal record struct KeyProgress(long Watermark, long LastSeen, bool IsClosed);

/// <summary>What the clock says of a key.</summary>
internal enum KeySilence
{
    /// <summary>It had a row meanwhile.</summary>
    Active,

    /// <summary>It has just been silent for long enough: everything of it is complete.</summary>
    Closed,

    /// <summary>It was closed, and is not known any more.</summary>
    Forgotten,
}

/// <summary>A watermark for each key of a region, and the timers of silent keys; journaled like other keyed state.</summary>
/// <remarks>
/// What a keyed operator asks. For a row: <see cref="Of"/> says whether it is late, <see cref="Advance"/> what is complete after it. When
/// the clock reaches <see cref="NextTime"/>: <see cref="TryTakeSilent"/> names the key, and the operator completes what is open and says
/// with <see cref="Close"/> how far that was. A timer is moved only when it fires, not for every row.
/// </remarks>
internal sealed class KeyWatermarks<TKey>
{
    private readonly KeyWatermarkSettings _settings;
    private readonly KeyScope<TKey> _scope;
    private readonly KeyedValue<TKey, KeyProgress> _progress = new("key-watermarks",
        new KeyProgress(EventTime.MinValue, EventTime.MinValue, IsClosed: false));
    private readonly TimerQueue<TKey> _timers;
    private readonly IShardedState _state;

    public KeyWatermarks(KeyWatermarkSettings settings, ShardRange shards, KeyScope<TKey> scope)
    {
        (_settings, _scope) = (settings, scope);
        _timers = new TimerQueue<TKey>("silence-timers", shards);
        _state = _progress.Bind(shards, scope);
    }

    public IReadOnlyList<IShardedState> Journaled => [_state, _timers];

    /// <summary>When the next key may be silent; <see cref="EventTime.MaxValue"/> for never.</summary>
    public long NextTime => _timers.NextTime;

    /// <summary>The time before which silence does not count: a region that has just been opened has not heard of anybody.</summary>
    public long ListeningSince { get; set; } = EventTime.MinValue;

    /// <summary>Timers set; one for each key that is remembered.</summary>
    public int Timers => _timers.Count;

    /// <summary>The watermark of the present key.</summary>
    public long Of() => _progress.Value.Watermark;

    /// <summary>The watermark of a key, for questions; null if it is not known.</summary>
    public object? Read(TKey key, ulong hash) => _progress.Read(key, hash) is KeyProgress progress ? progress.Watermark : null;

    /// <summary>Takes a row of the present key.</summary>
    /// <param name="time">Its event time.</param>
    /// <param name="now">The clock.</param>
    /// <returns>The key's watermark after it.</returns>
    public long Advance(long time, long now)
    {
        bool isKnown = _progress.HasValue;
        KeyProgress before = _progress.Value;
        long watermark = Math.Max(before.Watermark, EventTime.AddSaturated(time, -_settings.Bound));
        _progress.Value = new KeyProgress(watermark, now, IsClosed: false);
        if (_settings.IdleAfter is { } idle && (!isKnown || before.IsClosed))
            _timers.Add(_scope.Key, _scope.Hash, EventTime.AddSaturated(now, idle));
        return watermark;
    }

    /// <summary>Takes a key whose timer is due, and enters it.</summary>
    public bool TryTakeSilent(long now, out KeySilence silence)
    {
        silence = KeySilence.Active;
        if (!_timers.TryTake(now, out TKey key, out ulong hash, out _))
            return false;
        _scope.Enter(key, hash);
        KeyProgress progress = _progress.Value;
        long heard = Math.Max(progress.LastSeen, ListeningSince);
        long due = EventTime.AddSaturated(heard, _settings.IdleAfter!.Value);
        if (progress.IsClosed)
        {
            long forgetAt = EventTime.AddSaturated(due, _settings.TimeToLive ?? EventTime.MaxValue);
            if (now >= forgetAt)
            {
                _progress.Clear();
                silence = KeySilence.Forgotten;
            }
            else
            {
                _timers.Add(key, hash, forgetAt);
            }
        }
        else if (now < due)
        {
            _timers.Add(key, hash, due);
        }
        else
        {
            silence = KeySilence.Closed;
        }

        return true;
    }

    /// <summary>The present key is closed: everything of it before <paramref name="end"/> is complete.</summary>
    public void Close(long end, long now)
    {
        KeyProgress progress = _progress.Value;
        _progress.Value = progress with { Watermark = Math.Max(progress.Watermark, end), IsClosed = true };
        if (_settings.TimeToLive is { } forget)
            _timers.Add(_scope.Key, _scope.Hash, EventTime.AddSaturated(now, forget));
    }
}
