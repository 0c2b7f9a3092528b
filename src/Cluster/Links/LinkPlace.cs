using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Links;

/// <summary>The place of an instance that runs on another node: what lanes tell to it goes by the link to that node, what they give it
/// credit for goes back by the link from there. Senders and receivers see no difference to an instance of their own node.</summary>
/// <param name="instance">The instance.</param>
/// <param name="lanes">The link's number of each of its lanes; -1: the lane does not come from this node.</param>
/// <param name="outlets">The link's number of the lane of each of its outlets; -1: the lane does not lead to this node.</param>
/// <param name="toIt">Told what goes to the instance.</param>
/// <param name="fromIt">Told the credit for what came from it.</param>
internal sealed class LinkPlace(LinkInstance instance, int[] lanes, int[] outlets, Action<object> toIt, Action<object> fromIt) : StagePlace
{
    /// <summary>The place of an instance.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="number">Its number in the attempt.</param>
    /// <param name="there">The lanes from this node to its node.</param>
    /// <param name="back">The lanes from its node to this node.</param>
    /// <param name="toIt">Told what goes to the instance.</param>
    /// <param name="fromIt">Told the credit for what came from it.</param>
    public static LinkPlace Of(
        LinkInstance instance, int number, IReadOnlyList<LinkLane> there, IReadOnlyList<LinkLane> back, Action<object> toIt,
            Action<object> fromIt)
    {
        int[] lanes = Enumerable.Repeat(-1, instance.Inbox.Lanes.Count).ToArray();
        for (int at = 0; at < there.Count; at++)
        {
            if (there[at].ReceiverInstance == number)
                lanes[there[at].Lane.Index] = at;
        }

        (int Outlet, int At)[] sent = [.. back.Select((lane, at) => (lane, at)).Where(pair => pair.lane.SenderInstance == number)
            .Select(pair => (pair.lane.Outlet, pair.at))];
        int[] outlets = Enumerable.Repeat(-1, sent.Select(pair => pair.Outlet + 1).DefaultIfEmpty(0).Max()).ToArray();
        foreach ((int outlet, int at) in sent)
            outlets[outlet] = at;
        return new LinkPlace(instance, lanes, outlets, toIt, fromIt);
    }

    /// <summary>By outlet. Each is touched by the one instance that receives its lane.</summary>
    private readonly LaneCredit?[] _credits = new LaneCredit?[outlets.Length];

    public override TaskScheduler Scheduler => throw NotHere("be given work");

    public override void Tell(object message)
    {
        switch (message)
        {
            case LaneBatch batch:
                batch.Lane = lanes[batch.Lane];
                toIt(batch);
                break;
            case LaneSignal signal:
                toIt(signal with { Lane = lanes[signal.Lane] });
                break;
            case LaneCredit credit:
                fromIt(Translated(credit));
                break;
            case StageWake:
                break;                              // about what instances of one node share: the stand-in has no part in it
            default:
                throw NotHere($"be told a {message.GetType().Name}");
        }
    }

    private LaneCredit Translated(LaneCredit credit)
    {
        ref LaneCredit? known = ref _credits[credit.Outlet];
        if (known is null || known.Count != credit.Count)
            known = new LaneCredit(outlets[credit.Outlet], credit.Count);
        return known;
    }

    private InvalidOperationException NotHere(string what) =>
        new($"Instance '{instance.Name}' runs on node '{instance.Node}' and cannot {what} by a link: what is no lane's goes by the " +
            "cluster.");
}
