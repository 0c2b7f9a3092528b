namespace ActorStreams.Core.Exchange;

/// <summary>One sender's ordered, credited way into a stage instance, at its receiving end: what has come and was not taken yet.</summary>
/// <param name="port">The input it belongs to.</param>
/// <param name="outlet">Its sending end, which is told how much may follow.</param>
/// <param name="capacity">How much may be on its way and here at once.</param>
/// <param name="index">Its number in the inbox.</param>
internal sealed class Lane(InputPort port, Outlet outlet, int capacity, int index)
{
    private readonly LaneMessage[] _ring = new LaneMessage[capacity];

    /// <summary>Given once half of the capacity is free again: a message for several batches.</summary>
    private readonly LaneCredit _credit = new(outlet.Number, Math.Max(1, capacity / 2));
    private int _head;
    private int _taken;

    public InputPort Port { get; } = port;

    /// <summary>Its sending end.</summary>
    public Outlet Outlet { get; } = outlet;

    /// <summary>How much may be on its way and here at once.</summary>
    public int Capacity => _ring.Length;

    public int Index { get; } = index;

    public int Count { get; private set; }

    /// <summary>Held back: its barrier came, others' did not yet.</summary>
    public bool IsHeld { get; set; }

    public long Watermark { get; set; } = EventTime.MinValue;

    public bool IsIdle { get; set; }

    /// <summary>It was idle and has not caught up yet: the watermark does not wait for it.</summary>
    public bool IsBehind { get; set; }

    public LaneMessage Peek() => _ring[_head];

    public void Enqueue(in LaneMessage message)
    {
        if (Count == _ring.Length)
            throw new InvalidOperationException($"Lane {Index} of input {Port.GetType().Name} was sent more than its credit of {_ring.Length}.");
        int tail = _head + Count;
        _ring[tail >= _ring.Length ? tail - _ring.Length : tail] = message;
        Count++;
    }

    public LaneMessage Dequeue()
    {
        LaneMessage message = _ring[_head];
        _ring[_head] = default;
        _head = _head + 1 == _ring.Length ? 0 : _head + 1;
        Count--;
        if (++_taken == _credit.Count)
        {
            _taken = 0;
            Outlet.Sender.Tell(_credit);
        }

        return message;
    }
}
