using ActorStreams.Core.Records;

namespace ActorStreams.Core.Exchange;

/// <summary>A lane at its sending end: what may still be sent. Only the sending instance touches it, in its turns.</summary>
/// <param name="sender">The inbox of the sender, where credit arrives.</param>
/// <param name="number">Its number among the sender's.</param>
/// <param name="receiver">The inbox that the lane leads to.</param>
/// <param name="lane">The lane's number there.</param>
/// <param name="capacity">The credit at first.</param>
internal sealed class Outlet(Inbox sender, int number, Inbox receiver, int lane, int capacity)
{
    private readonly Signal _room = new();
    private int _credit = capacity;
    private bool _isAborted;

    public Inbox Sender => sender;

    public int Number => number;

    /// <summary>Sends, if the receiver can take it.</summary>
    public bool TrySend(in LaneMessage message)
    {
        if (_credit == 0)
            return false;
        _credit--;
        if (message.Batch is LaneBatch batch)
        {
            batch.Lane = lane;
            receiver.Tell(batch);
        }
        else
        {
            receiver.Tell(new LaneSignal(lane, message), isUrgent: message.Kind == MessageKind.Barrier);
        }

        return true;
    }

    /// <summary>Completes when something can be sent, or when nothing will be any more.</summary>
    public ValueTask WaitAsync() => _credit > 0 || _isAborted ? ValueTask.CompletedTask : _room.WaitAsync();

    /// <summary>The receiver has taken some of what was sent.</summary>
    public void Grant(int count)
    {
        _credit += count;
        _room.Set();
    }

    /// <summary>The attempt ends: whoever waits for room, now or later, goes on.</summary>
    public void Abort()
    {
        _isAborted = true;
        _room.Set();
    }
}
