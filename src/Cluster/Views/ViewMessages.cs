namespace ActorStreams.Cluster.Views;

/// <summary>To a node: what changed in its part of a view? Answered once it shows a later epoch.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="View">The view.</param>
/// <param name="After">The epoch after which; -1: all rows are wanted, at once.</param>
/// <param name="Offset">From which byte on; the bytes before were answered.</param>
internal sealed record ViewAsked(long Attempt, string View, long After, int Offset);

/// <summary>From a node: a piece of the answer.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="View">The view.</param>
/// <param name="Node">The node.</param>
/// <param name="After">As it was asked.</param>
/// <param name="Offset">Where the piece begins.</param>
/// <param name="Total">How many bytes the whole answer has; 0: the node has no part of the view.</param>
/// <param name="Bytes">The piece.</param>
internal sealed record ViewAnswered(long Attempt, string View, string Node, long After, int Offset, int Total, byte[] Bytes);
