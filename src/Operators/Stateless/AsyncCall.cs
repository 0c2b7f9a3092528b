namespace ActorStreams.Operators.Stateless;

/// <summary>A call under way: its row, and once it is over, its result or its error. It ends once, by returning or by its deadline,
/// whichever is first.</summary>
internal sealed class AsyncCall<TIn, TOut>(TIn row, long time, long position, CancellationTokenSource cancellation)
{
    private const int UnderWay = 0, Ending = 1, Over = 2;

    private int _state;

    public TIn Row { get; } = row;

    public long Time { get; } = time;

    public long Position { get; } = position;

    public TOut Result { get; private set; } = default!;

    public Exception? Error { get; private set; }

    /// <summary>By the clock's timestamp.</summary>
    public long Deadline { get; set; }

    /// <summary>Its place among the calls that have a deadline.</summary>
    public int Index { get; set; }

    /// <summary>The unordered calls between the same two watermarks.</summary>
    public object? Segment { get; set; }

    /// <summary>Result or error may be read.</summary>
    public bool IsOver => Volatile.Read(ref _state) == Over;

    /// <returns>False if it was over before: the result comes too late.</returns>
    public bool TryReturn(TOut result)
    {
        if (!TryEnd())
            return false;
        Result = result;
        Volatile.Write(ref _state, Over);
        return true;
    }

    /// <inheritdoc cref="TryReturn"/>
    public bool TryFail(Exception error)
    {
        if (!TryEnd())
            return false;
        Error = error;
        Volatile.Write(ref _state, Over);
        return true;
    }

    /// <summary>Tells the call that nobody waits for it any more. What it says to that does not matter.</summary>
    public void Cancel()
    {
        try
        {
            cancellation.Cancel();
        }
        catch (AggregateException)
        {
            // thrown by callbacks that the call registered
        }
    }

    private bool TryEnd() => Interlocked.CompareExchange(ref _state, Ending, UnderWay) == UnderWay;
}
