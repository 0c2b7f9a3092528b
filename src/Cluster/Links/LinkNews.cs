namespace ActorStreams.Cluster.Links;

/// <summary>What became of a link, told to whoever runs the attempt.</summary>
/// <param name="Job">The job.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Peer">The node at the other end.</param>
/// <param name="IsIncoming">Whether rows come by it; else they go.</param>
/// <param name="State">What became of it.</param>
/// <param name="Fault">Why it failed; null unless it did.</param>
internal sealed record LinkNews(string Job, long Attempt, string Peer, bool IsIncoming, LinkState State, LinkFault? Fault = null);

internal enum LinkState
{
    /// <summary>The handshake is under way.</summary>
    Opening,

    /// <summary>Rows may go.</summary>
    Open,

    /// <summary>It has come to its end, after everything that was sent.</summary>
    Ended,

    /// <summary>It has failed. Rows may be lost, so the attempt is over.</summary>
    Failed,
}
