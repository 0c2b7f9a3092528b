using ActorStreams.Core.Jobs;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Entities;

/// <summary>To the actors of entities: an attempt is restored and begins.</summary>
/// <param name="Run">The attempt, which knows who hosts which shard. Held weakly: what waits in a mailbox keeps no attempt that is
/// over.</param>
internal sealed record AttemptBegun(WeakReference<JobRun> Run) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>To the actors of entities: the attempt has failed, and nothing of it runs any more.</summary>
internal sealed record AttemptFailed : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly AttemptFailed Now = new();
}

/// <summary>To the actor of all jobs: whoever asks entities of a job that has ended is to be answered.</summary>
internal sealed record AnswerForEnded : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly AnswerForEnded Now = new();
}
