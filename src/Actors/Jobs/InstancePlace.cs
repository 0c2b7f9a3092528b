using ActorStreams.Actors.Turns;
using ActorStreams.Core.Stages;

namespace ActorStreams.Actors.Jobs;

/// <summary>What the kernel sees of a stage instance's actor.</summary>
/// <param name="turns">The actor's turns.</param>
/// <param name="onLost">Told if the actor stops while its attempt runs.</param>
internal sealed class InstancePlace(TurnScheduler turns, Action<string> onLost) : StagePlace
{
    public override TaskScheduler Scheduler => turns;

    public Action<string> OnLost => onLost;
}
