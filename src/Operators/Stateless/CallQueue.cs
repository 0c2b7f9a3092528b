using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.Operators.Stateless;

/// <summary>Calls and the watermarks between them, in the order in which they may be put out.</summary>
/// <seealso href="https://github.com/apache/flink/tree/master/flink-runtime/src/main/java/org/apache/flink/streaming/api/operators/async/queue">
/// Flink's StreamElementQueue of the AsyncWaitOperator, ordered and unordered, which these two follow.</seealso>
internal abstract class CallQueue<TIn, TOut>
{
    /// <summary>Calls in the queue, under way or over.</summary>
    public int Count { get; protected set; }

    /// <summary>Neither calls nor watermarks.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>Whether a row whose result is there at once may pass all that is in the queue.</summary>
    public abstract bool MayPass { get; }

    public abstract void Add(AsyncCall<TIn, TOut> call);

    public abstract void AddWatermark(long watermark);

    /// <summary>The call is over. Called by whoever completes it, on any thread.</summary>
    public abstract void OnReturned(AsyncCall<TIn, TOut> call);

    /// <summary>The next call that is over and whose turn has come.</summary>
    public abstract bool TryTake([NotNullWhen(true)] out AsyncCall<TIn, TOut>? call);

    /// <summary>The next watermark, if no call before it is left.</summary>
    public abstract bool TryTakeWatermark(out long watermark);
}

/// <summary>As the rows came.</summary>
internal sealed class OrderedCalls<TIn, TOut> : CallQueue<TIn, TOut>
{
    private readonly Queue<(AsyncCall<TIn, TOut>? Call, long Watermark)> _entries = new();

    /// <summary>The watermark behind all calls; the next one replaces it, so that watermarks without rows take no room.</summary>
    private long? _last;

    public override bool IsEmpty => _entries.Count == 0 && _last is null;

    public override bool MayPass => IsEmpty;

    public override void Add(AsyncCall<TIn, TOut> call)
    {
        Count++;
        if (_last is { } watermark)
            _entries.Enqueue((null, watermark));
        _last = null;
        _entries.Enqueue((call, 0));
    }

    public override void AddWatermark(long watermark) => _last = watermark;

    public override void OnReturned(AsyncCall<TIn, TOut> call)
    {
        // Its place is known; the queue looks at it when its turn has come.
    }

    public override bool TryTake([NotNullWhen(true)] out AsyncCall<TIn, TOut>? call)
    {
        call = null;
        if (!_entries.TryPeek(out (AsyncCall<TIn, TOut>? Call, long Watermark) first) || first.Call is not { IsOver: true })
            return false;
        call = first.Call;
        _entries.Dequeue();
        Count--;
        return true;
    }

    public override bool TryTakeWatermark(out long watermark)
    {
        watermark = 0;
        if (_last is { } last && _entries.Count == 0)
        {
            (watermark, _last) = (last, null);
            return true;
        }

        if (!_entries.TryPeek(out (AsyncCall<TIn, TOut>? Call, long Watermark) first) || first.Call is not null)
            return false;
        watermark = first.Watermark;
        _entries.Dequeue();
        return true;
    }
}

/// <summary>As results come, but never past a watermark: those of the oldest segment first.</summary>
internal sealed class UnorderedCalls<TIn, TOut> : CallQueue<TIn, TOut>
{
    private readonly ConcurrentQueue<AsyncCall<TIn, TOut>> _returned = new();
    private readonly Queue<Segment> _segments = new();
    private Segment _last = new();
    private Segment? _beforeLast;

    public UnorderedCalls() => _segments.Enqueue(_last);

    public override bool IsEmpty => Count == 0 && _segments.Count == 1;

    public override bool MayPass => _segments.Count == 1;

    public override void Add(AsyncCall<TIn, TOut> call)
    {
        Count++;
        _last.Count++;
        call.Segment = _last;
    }

    public override void AddWatermark(long watermark)
    {
        if (_segments.Count > 1 && _last.Count == 0)
        {
            // No row since the last watermark: this one takes its place.
            _beforeLast!.Watermark = watermark;
            return;
        }

        _last.Watermark = watermark;
        _beforeLast = _last;
        _segments.Enqueue(_last = new Segment());
    }

    public override void OnReturned(AsyncCall<TIn, TOut> call) => _returned.Enqueue(call);

    public override bool TryTake([NotNullWhen(true)] out AsyncCall<TIn, TOut>? call)
    {
        while (_returned.TryDequeue(out AsyncCall<TIn, TOut>? returned))
            ((Segment)returned.Segment!).Over.Enqueue(returned);
        Segment oldest = _segments.Peek();
        if (!oldest.Over.TryDequeue(out call))
            return false;
        oldest.Count--;
        Count--;
        return true;
    }

    public override bool TryTakeWatermark(out long watermark)
    {
        watermark = 0;
        if (_segments.Count == 1 || _segments.Peek().Count > 0)
            return false;
        watermark = _segments.Dequeue().Watermark;
        return true;
    }

    /// <summary>What came between two watermarks.</summary>
    private sealed class Segment
    {
        /// <summary>Calls that are not put out yet.</summary>
        public int Count { get; set; }

        public Queue<AsyncCall<TIn, TOut>> Over { get; } = new();

        /// <summary>What follows the segment, once it is not the last one.</summary>
        public long Watermark { get; set; }
    }
}
