namespace ActorStreams.Cluster.Links;

/// <summary>Knows which links a node expects.</summary>
internal interface ILinkDirectory
{
    /// <summary>Somebody has said who it is: finds what it is to be connected with. Each expected link is found once, so that a connection
    /// that is replayed finds nothing.</summary>
    /// <returns>Why it is refused; null: it is welcome.</returns>
    LinkFault? Find(LinkHello hello, ReceivingSession session, out LinkWelcome? welcome);

    /// <summary>A connection was refused before it was anybody's.</summary>
    /// <param name="hello">Who it said it is; null: it did not come to that.</param>
    /// <param name="fault">Why.</param>
    void OnRefused(LinkHello? hello, LinkFault fault);
}

/// <summary>What an expected link leads to.</summary>
/// <param name="Lanes">Its lanes.</param>
/// <param name="News">Told what becomes of it.</param>
internal sealed record LinkWelcome(IReadOnlyList<LinkLane> Lanes, Action<LinkNews> News);
