using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>An instance has passed the barrier of an epoch.</summary>
/// <param name="Attempt">The attempt it belongs to.</param>
/// <param name="Instance">Its number in the attempt.</param>
/// <param name="Report">What the epoch holds of it. Its memory may be borrowed from the instance until the commit.</param>
internal sealed record EpochReported(long Attempt, int Instance, EpochReport Report);

/// <summary>A source has given its last row.</summary>
/// <param name="Attempt">The attempt it belongs to.</param>
/// <param name="Instance">Its number in the attempt.</param>
internal sealed record SourceEnded(long Attempt, int Instance);

/// <summary>To an instance: an epoch that it has reported is committed.</summary>
/// <param name="Epoch">The epoch.</param>
internal sealed record EpochCommitted(long Epoch);

/// <summary>An instance has taken note of a commit: its sinks have told the world, its sources have acknowledged.</summary>
/// <param name="Attempt">The attempt it belongs to.</param>
/// <param name="Instance">Its number in the attempt.</param>
internal sealed record CommitTaken(long Attempt, int Instance);

/// <summary>Of a job on many nodes: one of them cannot hand over what its instances add to an epoch for now, or can again.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Node">The node.</param>
/// <param name="Error">Why; empty: it goes on.</param>
internal sealed record NodeWaits(long Attempt, string Node, string Error);

/// <summary>Something that the epochs look at by themselves may have changed.</summary>
/// <param name="Cause">What.</param>
internal sealed record EpochNews(EpochCause Cause);

internal enum EpochCause
{
    /// <summary>The interval is over, or somebody does not want to wait for it.</summary>
    Due,

    /// <summary>Somebody wants an epoch soon.</summary>
    Asked,

    /// <summary>The job is being stopped.</summary>
    Stop,

    /// <summary>Work that goes on from epoch to epoch came, or is done.</summary>
    Work,
}
