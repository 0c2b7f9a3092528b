namespace ActorStreams;

/// <summary>The rows of one committed epoch, as a flow of <see cref="AkkaSink.Epochs"/> is told them.</summary>
/// <param name="Epoch">The epoch's number. Numbers grow; epochs without rows are not told.</param>
/// <param name="Rows">The rows, at least one.</param>
/// <typeparam name="T">The row.</typeparam>
public sealed record EpochRows<T>(long Epoch, IReadOnlyList<T> Rows)
{
    /// <summary>The pipeline's name.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The sink's name in the pipeline.</summary>
    public required string Sink { get; init; }

    /// <summary>The job's fencing number, which grows from run to run: an outside that can compare should refuse smaller ones.</summary>
    public required long Generation { get; init; }

    /// <summary>An earlier run may have told the epoch already: if its number is in the outside, its rows are.</summary>
    public bool IsToldAgain { get; init; }
}
