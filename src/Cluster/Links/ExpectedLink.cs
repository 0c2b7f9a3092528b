using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>A link that a node expects: by whom, and where it leads.</summary>
/// <param name="hello">Who will dial, for which attempt.</param>
/// <param name="lanes">Its lanes.</param>
/// <param name="news">Told what becomes of it.</param>
internal sealed class ExpectedLink(LinkHello hello, IReadOnlyList<LinkLane> lanes, Action<LinkNews> news)
{
    private volatile StagePlace? _place;
    private ReceivingSession? _session;

    public LinkHello Hello => hello;

    public IReadOnlyList<LinkLane> Lanes => lanes;

    public Action<LinkNews> News => news;

    /// <summary>It has come.</summary>
    public void Meet(ReceivingSession session, StagePlace place) => (_session, _place) = (session, place);

    /// <summary>Credit for what it has brought; from any thread.</summary>
    public void Tell(object credit) => _place?.Tell(credit);

    /// <summary>Nothing more is wanted of it.</summary>
    public void Abandon() => _ = _place?.RunAsync(_session!.Abandon);
}
