using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Turns;

/// <summary>Tells an actor that a turn of its asynchronous code is ready.</summary>
internal sealed class Turn : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Turn Next = new();

    private Turn()
    {
    }

    public override string ToString() => "a turn";
}
