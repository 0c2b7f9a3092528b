namespace ActorStreams.Cluster.Figures;

/// <summary>A piece of what a job shows of itself: from a node, what its instances show, and to a node, how the whole job stands.</summary>
/// <remarks>Told now and then, and nothing is lost with one that does not come: the next one says it anew.</remarks>
/// <param name="Attempt">The attempt.</param>
/// <param name="Node">The node that tells; empty: the coordinator does.</param>
/// <param name="Offset">Where the piece begins in the whole.</param>
/// <param name="Total">How many bytes the whole has.</param>
/// <param name="Bytes">The piece, as <see cref="FigureBytes"/> writes the whole.</param>
internal sealed record FiguresTold(long Attempt, string Node, int Offset, int Total, byte[] Bytes);

/// <summary>To the coordinator: an instance of a node has told something that the other nodes should hear, too.</summary>
/// <param name="Node">The node, which has heard it.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">The text.</param>
/// <param name="Error">The text of what was thrown; empty: nothing was.</param>
internal sealed record NoticeRaised(string Node, JobNoticeKind Kind, string Message, string Error);

/// <summary>From the coordinator to a node: a notice of the job.</summary>
/// <param name="Of">The coordinator, by a number that no other has.</param>
/// <param name="Number">The number of the notice there.</param>
/// <param name="Node">The node that has raised it, and has heard it; empty: none, the coordinator did.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">The text.</param>
/// <param name="Error">The text of what was thrown; empty: nothing was.</param>
internal sealed record NoticeTold(long Of, long Number, string Node, JobNoticeKind Kind, string Message, string Error)
{
    /// <summary>What was thrown, where the coordinator is in the same process; it goes to no other.</summary>
    public Exception? Cause { get; init; }

    /// <summary>As it is told to users.</summary>
    public JobNotice ToNotice(string pipeline) =>
        new(pipeline, Kind, Message, Cause ?? (Error.Length > 0 ? new JobException(Error) : null));
}
