namespace ActorStreams;

/// <summary>A row or record that an operator could not process, kept instead of being lost.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Operator">The operator that failed.</param>
/// <param name="Error">The error's type and message.</param>
/// <param name="Payload">The row or record as text, at most 4,096 characters.</param>
/// <param name="Partition">The source partition it came from, as <c>source/partition</c>; empty if not known.</param>
/// <param name="Offset">Its offset in that partition; -1 if not known.</param>
/// <param name="Time">Its event time in microseconds; <see cref="EventTime.MinValue"/> if it has none.</param>
public sealed record DeadLetter(string Pipeline, string Operator, string Error, string Payload, string Partition, long Offset, long Time)
{
    internal const int MaxPayload = 4096;
}

/// <summary>What an operator does with a row on which user code, or a parser, throws.</summary>
public enum ErrorPolicy
{
    /// <summary>The job fails, naming operator and row (or restarts, as <see cref="JobOptions.Restart"/> says). The default: nothing is
    /// lost unseen.</summary>
    Fail,

    /// <summary>The row goes to the job's dead letters, in the same epoch, and the next row is processed.</summary>
    Skip,
}
