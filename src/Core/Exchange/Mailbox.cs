using System.Threading.Tasks.Sources;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Exchange;

/// <summary>Everything an actor waits for: its lanes, one for each upstream actor, and requests from outside.</summary>
/// <remarks>
/// A bounded <c>Channel</c> per lane would do for rows, but an actor waits for all of its lanes at once, and holds single lanes back while
/// a barrier aligns; waiting on many channels allocates. So the lanes share one lock, taken once per batch, and one awaitable for the
/// reader. Continuations run on the scheduler that the actor was started on, never inline: the simulation decides their order.
/// </remarks>
internal sealed class Mailbox
{
    private readonly Lock _lock = new();
    private readonly List<Lane> _lanes = [];
    private readonly Queue<IStageRequest> _requests = new();
    private readonly Signal _reader = new();
    private bool _signalled;
    private bool _isClosed;
    private int _next;

    public IReadOnlyList<Lane> Lanes => _lanes;

    public Lane AddLane(InputPort port, int capacity)
    {
        var lane = new Lane(this, port, capacity, _lanes.Count);
        _lanes.Add(lane);
        port.Lanes.Add(lane);
        return lane;
    }

    /// <summary>The next message of a lane that is not held back; lanes take turns.</summary>
    public bool TryRead(out Lane lane, out LaneMessage message)
    {
        Signal? writer = null;
        lock (_lock)
        {
            for (int tried = 0; tried < _lanes.Count; tried++)
            {
                lane = _lanes[_next];
                _next = _next + 1 == _lanes.Count ? 0 : _next + 1;
                if (lane.IsHeld || lane.Count == 0)
                    continue;
                message = lane.Dequeue();
                writer = lane.TakeWaitingWriter();
                goto found;
            }
        }

        lane = null!;
        message = default;
        return false;
    found:
        writer?.Set();
        return true;
    }

    /// <summary>Whether every lane's next message is the same barrier, and not the last one: it may cut in while a window is
    /// firing.</summary>
    public bool IsBarrierNext()
    {
        lock (_lock)
        {
            foreach (Lane lane in _lanes)
            {
                if (!lane.IsHeld && (lane.Count == 0 || lane.Peek() is not { Kind: MessageKind.Barrier, IsFinal: false }))
                    return false;
            }

            return _lanes.Count > 0;
        }
    }

    public void Post(IStageRequest request)
    {
        bool wake = false;
        bool isClosed;
        lock (_lock)
        {
            isClosed = _isClosed;
            if (!isClosed)
            {
                _requests.Enqueue(request);
                wake = TakeWaitingReader();
            }
        }

        if (isClosed)
            request.Abandon(Ended());
        if (wake)
            _reader.Set();
    }

    /// <summary>The actor has ended: nothing asked before or after is answered.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
        while (TryTakeRequest(out IStageRequest request))
            request.Abandon(Ended());
    }

    public bool TryTakeRequest(out IStageRequest request)
    {
        lock (_lock)
            return _requests.TryDequeue(out request!);
    }

    /// <summary>Wakes the actor: something it looks at by itself has changed.</summary>
    public void Wake()
    {
        bool wake;
        lock (_lock)
            wake = TakeWaitingReader();
        if (wake)
            _reader.Set();
    }

    /// <summary>Completes after anything was posted, written or signalled since the last wait. One waiter: the actor.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_signalled)
            {
                _signalled = false;
                return ValueTask.CompletedTask;
            }

            return _reader.Wait();
        }
    }

    private static JobException Ended() => new("The job has ended, or is about to be restarted: nobody is there to answer.");

    private bool TakeWaitingReader()
    {
        if (_reader.TakeWaiter())
            return true;
        _signalled = true;
        return false;
    }

    /// <summary>One upstream actor's way into this mailbox: bounded, in order, one writer.</summary>
    internal sealed class Lane(Mailbox mailbox, InputPort port, int capacity, int index)
    {
        private readonly LaneMessage[] _ring = new LaneMessage[capacity];
        private readonly Signal _writer = new();
        private int _head;
        private bool _isAborted;

        public InputPort Port { get; } = port;

        public int Index { get; } = index;

        public int Count { get; private set; }

        /// <summary>Held back: its barrier came, others' did not yet.</summary>
        public bool IsHeld { get; set; }

        public long Watermark { get; set; } = EventTime.MinValue;

        public bool IsIdle { get; set; }

        /// <summary>It was idle and has not caught up yet: the watermark does not wait for it.</summary>
        public bool IsBehind { get; set; }

        public bool TryWrite(in LaneMessage message)
        {
            bool wake;
            lock (mailbox._lock)
            {
                if (Count == _ring.Length)
                    return false;
                int tail = _head + Count;
                _ring[tail >= _ring.Length ? tail - _ring.Length : tail] = message;
                Count++;
                wake = mailbox.TakeWaitingReader();
            }

            if (wake)
                mailbox._reader.Set();
            return true;
        }

        /// <summary>Completes when there may be room again.</summary>
        public ValueTask WaitToWriteAsync()
        {
            lock (mailbox._lock)
                return Count < _ring.Length || _isAborted ? ValueTask.CompletedTask : _writer.Wait();
        }

        public LaneMessage Peek() => _ring[_head];

        public LaneMessage Dequeue()
        {
            LaneMessage message = _ring[_head];
            _ring[_head] = default;
            _head = _head + 1 == _ring.Length ? 0 : _head + 1;
            Count--;
            return message;
        }

        public Signal? TakeWaitingWriter() => _writer.TakeWaiter() ? _writer : null;

        /// <summary>Wakes a writer that waits for room, now or later, because the job ends.</summary>
        public void Abort()
        {
            bool wake;
            lock (mailbox._lock)
            {
                _isAborted = true;
                wake = _writer.TakeWaiter();
            }

            if (wake)
                _writer.Set();
        }
    }

    /// <summary>A reusable awaitable for one waiter. Its owner's lock guards <see cref="Wait"/> and <see cref="TakeWaiter"/>;
    /// <see cref="Set"/> is called outside of it.</summary>
    internal sealed class Signal : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
        private bool _waiting;

        public ValueTask Wait()
        {
            _core.Reset();
            _waiting = true;
            return new ValueTask(this, _core.Version);
        }

        public bool TakeWaiter()
        {
            bool waiting = _waiting;
            _waiting = false;
            return waiting;
        }

        public void Set() => _core.SetResult(true);

        void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

        void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token,
            ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
