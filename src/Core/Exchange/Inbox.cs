using ActorStreams.Core.Records;

namespace ActorStreams.Core.Exchange;

/// <summary>What waits for one stage instance: its lanes, one for each upstream instance, its outlets' credit, and questions from
/// outside.</summary>
/// <remarks>
/// Only the instance touches it, in its turns, so it has no lock: what others have for it is told to its place and handed in by
/// <see cref="Take"/>. Lanes are the inbox's own, not the host's mailbox, so that one whose barrier came can be held back.
/// </remarks>
internal sealed class Inbox
{
    private readonly List<Lane> _lanes = [];
    private readonly List<Outlet> _outlets = [];
    private readonly Queue<IStageRequest> _requests = new();
    private readonly Signal _reader = new();
    private StagePlace? _place;
    private bool _isSignalled;
    private bool _isClosed;
    private bool _isAborted;
    private int _next;
    private int _isWakeTold;
    private int _urgent;

    public IReadOnlyList<Lane> Lanes => _lanes;

    /// <summary>Whether something was told that must not wait until the instance has nothing else to do: a barrier, a question. The
    /// instance takes a breath then, so that it comes in.</summary>
    public bool IsUrgent => Volatile.Read(ref _urgent) > 0;

    /// <summary>The instance has a place to run in: what is told arrives there.</summary>
    public void Open(StagePlace place) => Volatile.Write(ref _place, place);

    /// <summary>Adds a lane from another instance.</summary>
    /// <param name="sender">The inbox of that instance.</param>
    /// <param name="port">The input it leads to.</param>
    /// <param name="capacity">Messages on their way at most.</param>
    /// <returns>Its sending end.</returns>
    public Outlet AddLane(Inbox sender, InputPort port, int capacity)
    {
        var outlet = new Outlet(sender, sender._outlets.Count, this, _lanes.Count, capacity);
        sender._outlets.Add(outlet);
        var lane = new Lane(port, outlet, capacity, _lanes.Count);
        _lanes.Add(lane);
        port.Lanes.Add(lane);
        return outlet;
    }

    /// <summary>Tells the instance something; from any thread.</summary>
    /// <param name="message">A batch, or one of the messages of <c>StageMessages.cs</c>.</param>
    /// <param name="isUrgent">An instance that is at work interrupts it between two pieces.</param>
    public void Tell(object message, bool isUrgent = false)
    {
        if (isUrgent)
            Interlocked.Increment(ref _urgent);
        Volatile.Read(ref _place)?.Tell(message);
    }

    /// <summary>Asks the instance something; from any thread. One that has ended, or ends before it answers, abandons the
    /// question.</summary>
    public void Ask(IStageRequest request)
    {
        if (Volatile.Read(ref _place) is not { } place)
        {
            request.Abandon(Ended());
            return;
        }

        Interlocked.Increment(ref _urgent);
        _ = place.RunAsync(() => TakeRequest(request));
    }

    /// <summary>Starts asynchronous work beside the instance's loop, in turns of the instance.</summary>
    public Task RunAsync(Func<Task> work) => _place!.RunAsync(work);

    /// <summary>Wakes the instance: something it looks at by itself has changed; from any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWakeTold, 1) == 0)
            Tell(StageWake.Now);
    }

    /// <summary>Takes in what was told, in the instance's turn.</summary>
    /// <returns>False: it is for the instance itself.</returns>
    public bool Take(object message)
    {
        switch (message)
        {
            case LaneBatch batch:
                _lanes[batch.Lane].Enqueue(new LaneMessage(MessageKind.Batch, batch, 0));
                break;
            case LaneSignal signal:
                if (signal.Message.Kind == MessageKind.Barrier)
                    Interlocked.Decrement(ref _urgent);
                _lanes[signal.Lane].Enqueue(signal.Message);
                break;
            case LaneCredit credit:
                _outlets[credit.Outlet].Grant(credit.Count);
                return true;                                        // whoever waits for room was told
            case StageWake:
                Volatile.Write(ref _isWakeTold, 0);
                break;
            default:
                Interlocked.Decrement(ref _urgent);
                SetReader();
                return false;
        }

        SetReader();
        return true;
    }

    /// <summary>The next message of a lane that is not held back; lanes take turns.</summary>
    public bool TryRead(out Lane lane, out LaneMessage message)
    {
        for (int tried = 0; tried < _lanes.Count; tried++)
        {
            lane = _lanes[_next];
            _next = _next + 1 == _lanes.Count ? 0 : _next + 1;
            if (lane.IsHeld || lane.Count == 0)
                continue;
            message = lane.Dequeue();
            return true;
        }

        lane = null!;
        message = default;
        return false;
    }

    /// <summary>Whether every lane's next message is the same barrier, and not the last one: it may cut in while a window is
    /// firing.</summary>
    public bool IsBarrierNext()
    {
        foreach (Lane lane in _lanes)
        {
            if (!lane.IsHeld && (lane.Count == 0 || lane.Peek() is not { Kind: MessageKind.Barrier, IsFinal: false }))
                return false;
        }

        return _lanes.Count > 0;
    }

    public bool TryTakeRequest(out IStageRequest request) => _requests.TryDequeue(out request!);

    /// <summary>Completes after anything was taken in since the last wait. One waiter: the instance.</summary>
    public ValueTask WaitAsync()
    {
        if (!_isSignalled && !_isAborted)
            return _reader.WaitAsync();
        _isSignalled = false;
        return ValueTask.CompletedTask;
    }

    /// <summary>The attempt ends: the instance waits for nothing any more.</summary>
    public void Abort()
    {
        _isAborted = true;
        foreach (Outlet outlet in _outlets)
            outlet.Abort();
        _reader.Set();
    }

    /// <summary>The instance has ended: nothing asked before or after is answered.</summary>
    public void Close()
    {
        _isClosed = true;
        while (TryTakeRequest(out IStageRequest request))
            request.Abandon(Ended());
    }

    private static JobException Ended() => new("The job has ended, or is about to be restarted: nobody is there to answer.");

    private void TakeRequest(IStageRequest request)
    {
        Interlocked.Decrement(ref _urgent);
        if (_isClosed)
        {
            request.Abandon(Ended());
            return;
        }

        _requests.Enqueue(request);
        SetReader();
    }

    private void SetReader()
    {
        if (!_reader.Set())
            _isSignalled = true;
    }
}
