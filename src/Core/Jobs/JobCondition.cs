namespace ActorStreams;

/// <summary>Something that holds up a running job at the moment; see <see cref="Job.Conditions"/>.</summary>
/// <param name="Kind">What: <see cref="JobNoticeKind.Restarting"/>, <see cref="JobNoticeKind.StoreUnavailable"/>,
/// <see cref="JobNoticeKind.Standstill"/>, <see cref="JobNoticeKind.EpochHeldUp"/>.</param>
/// <param name="Operator">The operator or sink that waits, or that holds up the others; empty where it is the job as a whole.</param>
/// <param name="Since">Since when, by the job's clock.</param>
/// <param name="SeenAt">When it was last seen so.</param>
/// <param name="Message">What waits for what, since when, and what to do, in one text.</param>
public sealed record JobCondition(JobNoticeKind Kind, string Operator, DateTimeOffset Since, DateTimeOffset SeenAt, string Message);
