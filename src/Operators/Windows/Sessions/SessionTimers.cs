using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>When to look at which key: keys in buckets of time. Where the watermark stands inside a bucket, that one's keys are in a
/// heap.</summary>
/// <remarks>
/// A row that prolongs its session does not touch the timers: the session is looked at when it would have ended, and put where it ends now.
/// So there are one or two such looks for each gap that a session lasts, none for each row, and a heap only as large as a bucket. Derived
/// from the sessions, not journaled.
/// </remarks>
/// <seealso href="https://dl.acm.org/doi/10.1145/41457.37504">Varghese, Lauck: Hashed and hierarchical timing wheels (1987).</seealso>
internal sealed class SessionTimers<TKey>(long width)
{
    private readonly record struct Timer(TKey Key, ulong Hash, long Due);

    private readonly Dictionary<long, List<Timer>> _buckets = [];
    private readonly PriorityQueue<long, long> _order = new();
    private readonly PriorityQueue<Timer, long> _soon = new();
    private readonly Stack<List<Timer>> _spare = new();
    private List<Timer>? _taken;
    private int _next;
    private long _opened = long.MinValue;

    private long BucketOf(long end) => EventTime.FloorDiv(end, width);

    /// <summary>Looks at the key when the watermark reaches <paramref name="due"/>.</summary>
    public void Add(TKey key, ulong hash, long due)
    {
        long bucket = BucketOf(due);
        if (bucket <= _opened)
        {
            _soon.Enqueue(new Timer(key, hash, due), due);
            return;
        }

        ref List<Timer>? keys = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, bucket, out _);
        if (keys is null)
        {
            keys = _spare.TryPop(out List<Timer>? spare) ? spare : [];
            _order.Enqueue(bucket, bucket);
        }

        keys.Add(new Timer(key, hash, due));
    }

    /// <summary>The next key that is due.</summary>
    public bool TryTake(long watermark, out TKey key, out ulong hash, out long due)
    {
        while (true)
        {
            if (_taken is not null)
            {
                while (_next < _taken.Count)
                {
                    Timer timer = _taken[_next++];
                    if (timer.Due > watermark)
                    {
                        _soon.Enqueue(timer, timer.Due);
                        continue;
                    }

                    (key, hash, due) = timer;
                    return true;
                }

                _taken.Clear();
                _spare.Push(_taken);
                _taken = null;
            }

            if (_soon.TryPeek(out Timer soon, out _) && soon.Due <= watermark)
            {
                _soon.Dequeue();
                (key, hash, due) = soon;
                return true;
            }

            if (!_order.TryPeek(out long bucket, out _) || bucket > BucketOf(watermark))
            {
                (key, hash, due) = (default!, 0, 0);
                return false;
            }

            _order.Dequeue();
            _buckets.Remove(bucket, out _taken);
            (_next, _opened) = (0, bucket);
        }
    }

    /// <summary>The hash of a key that is to come, so that its sessions can be fetched from memory; 0 if it is not known.</summary>
    public ulong HashAhead(int distance) => _taken is not null && _next + distance < _taken.Count ? _taken[_next + distance].Hash : 0;
}
