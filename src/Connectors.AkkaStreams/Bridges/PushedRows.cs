namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>The elements that are pushed to a stage, on their way into a ring.</summary>
/// <remarks>The ring's reader is woken by a call of the stage to itself, whose turn comes once the graph has handled what it can at once:
/// it finds all of these elements, not the first of them.</remarks>
internal sealed class PushedRows<T>
{
    private readonly RowRing<T> _ring;
    private readonly Action _pull, _tell;
    private bool _isTelling;

    /// <param name="ring">Where they go.</param>
    /// <param name="asCall">Makes a call that is made in a turn of the stage.</param>
    /// <param name="pull">Asks for an element, once there is room again.</param>
    public PushedRows(RowRing<T> ring, Func<Action, Action> asCall, Action pull) =>
        (_ring, _pull, _tell) = (ring, asCall(pull), asCall(Tell));

    /// <summary>Takes an element, for which the stage has asked: there is room.</summary>
    /// <returns>Whether to ask for the next one now; otherwise the stage is called.</returns>
    public bool Add(T row)
    {
        _ring.TryWrite(row);
        if (!_isTelling)
        {
            _isTelling = true;
            _tell();
        }

        if (_ring.HasRoom)
            return true;
        _ring.WaitFor(RingNeed.Room, _pull);
        return false;
    }

    private void Tell()
    {
        _isTelling = false;
        _ring.TellWritten();
    }
}
