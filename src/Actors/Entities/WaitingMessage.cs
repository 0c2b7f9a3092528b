using ActorStreams.Core.Regions;
using Akka.Actor;

namespace ActorStreams.Actors.Entities;

/// <summary>A message to an entity that waits for its answer.</summary>
/// <param name="number">Its number, in the order in which messages came.</param>
/// <param name="envelope">What was told.</param>
/// <param name="sender">Who is answered.</param>
internal sealed class WaitingMessage(long number, EntityEnvelope envelope, IActorRef sender)
{
    public long Number => number;

    public EntityEnvelope Envelope => envelope;

    public IActorRef Sender => sender;

    public IEntityQuestion? Question { get; } = envelope.Message as IEntityQuestion;

    /// <summary>To how many attempts it was given.</summary>
    public int Tries { get; set; }

    /// <summary>What the entity has decided in the present attempt; null: nothing yet.</summary>
    public Decided? Decided { get; private set; }

    /// <summary>The epoch that holds it.</summary>
    public long TakenIn { get; private set; }

    /// <summary>A command was taken.</summary>
    public void OnTaken(Decided decided, long epoch) => (Decided, TakenIn) = (decided, epoch);

    /// <summary>Whether it is a command whose events are durable.</summary>
    /// <param name="committed">The last committed epoch.</param>
    public bool IsDurable(long committed) => Decided is not null && TakenIn <= committed;

    /// <summary>The attempt has failed, and what it had not committed is gone.</summary>
    public void OnLost() => (Decided, TakenIn) = (null, 0);
}
