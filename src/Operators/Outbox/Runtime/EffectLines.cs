using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.Operators.Outbox.Runtime;

/// <summary>A call that is not over, in memory.</summary>
internal sealed class OpenEffect<TKey, T>(TKey key, ulong hash, Guid id)
{
    public TKey Key { get; } = key;

    public ulong Hash { get; } = hash;

    public Guid Id { get; } = id;

    public StoredEffect<T> Stored { get; set; }

    public Effect<TKey, T> Shown => new(Id, Key, Stored.Row, Stored.Attempts + 1);
}

/// <summary>Whose turn it is: committed calls in the order of their keys, and failed ones when their wait is over.</summary>
internal sealed class EffectLines<TKey, T>(bool orderedByKey, CallOutOptions options, StageContext context)
{
    private readonly Dictionary<InnerKey<TKey>, Queue<OpenEffect<TKey, T>>> _lines = [];
    private readonly Queue<OpenEffect<TKey, T>> _ready = new();
    private readonly PriorityQueue<OpenEffect<TKey, T>, (long At, long Order)> _failed = new();
    private ITimer? _timer;
    private long _timerAt = long.MaxValue;

    /// <summary>Its epoch is committed.</summary>
    public void Enter(OpenEffect<TKey, T> effect)
    {
        if (!orderedByKey)
        {
            _ready.Enqueue(effect);
            return;
        }

        var key = new InnerKey<TKey>(effect.Key);
        if (!_lines.TryGetValue(key, out Queue<OpenEffect<TKey, T>>? line))
            _lines[key] = line = new Queue<OpenEffect<TKey, T>>(1);
        line.Enqueue(effect);
        if (line.Count == 1)
            _ready.Enqueue(effect);
    }

    /// <summary>It is over: the next of its key may be called.</summary>
    public void Leave(OpenEffect<TKey, T> effect)
    {
        if (!orderedByKey)
            return;
        var key = new InnerKey<TKey>(effect.Key);
        Queue<OpenEffect<TKey, T>> line = _lines[key];
        line.Dequeue();
        if (line.TryPeek(out OpenEffect<TKey, T>? next))
            _ready.Enqueue(next);
        else
            _lines.Remove(key);
    }

    /// <summary>An attempt has failed: the next one after a wait.</summary>
    public void Retry(OpenEffect<TKey, T> effect)
    {
        double seconds = Math.Min(options.FirstRetry.TotalSeconds * Math.Pow(2, effect.Stored.Attempts - 1),
            options.LastRetry.TotalSeconds);
        _failed.Enqueue(effect,
            (context.Clock.GetTimestamp() + (long)Math.Ceiling(seconds * context.Clock.TimestampFrequency), effect.Stored.Order));
    }

    public bool TryTakeReady([NotNullWhen(true)] out OpenEffect<TKey, T>? effect)
    {
        if (_failed.TryPeek(out effect, out (long At, long Order) due) && due.At <= context.Clock.GetTimestamp())
        {
            _failed.Dequeue();
            return true;
        }

        return _ready.TryDequeue(out effect);
    }

    /// <summary>Has the actor woken when the next wait is over.</summary>
    public void SetTimer()
    {
        long now = context.Clock.GetTimestamp();
        if (!_failed.TryPeek(out _, out (long At, long Order) due) || (due.At == Volatile.Read(ref _timerAt) && due.At > now))
            return;
        Volatile.Write(ref _timerAt, due.At);

        // Timers count whole milliseconds, and may be early: then the actor is woken once more.
        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(context.Clock.GetElapsedTime(now, due.At).TotalMilliseconds)));
        _timer ??= context.Clock.CreateTimer(static self => ((EffectLines<TKey, T>)self!).OnTimer(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public async ValueTask CloseAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
    }

    private void OnTimer()
    {
        Volatile.Write(ref _timerAt, long.MaxValue);
        context.Inbox.Wake();
    }
}
