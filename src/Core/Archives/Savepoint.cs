namespace ActorStreams;

/// <summary>The whole state of a job at the end of an epoch, kept under a name until it is deleted.</summary>
/// <param name="Name">Its name, one of the pipeline's.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Epoch">The epoch at whose end the state was so.</param>
/// <param name="TakenAt">When that epoch was committed, by the job's clock.</param>
/// <param name="SizeBytes">What is stored of it.</param>
public sealed record Savepoint(string Name, string Pipeline, long Epoch, DateTimeOffset TakenAt, long SizeBytes);
