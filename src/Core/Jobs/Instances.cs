using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>The stage instances of an attempt, wherever they run: in this process, or on the nodes of a cluster.</summary>
/// <remarks>Its life, in order: opened, which restores them; run; aborted; closed. Called in turns of the job.</remarks>
internal abstract class Instances
{
    /// <summary>Ends when the instances are to move to other nodes: the attempt commits a last epoch then, and the next one begins. Never
    /// in one process.</summary>
    public virtual CancellationToken Moving => CancellationToken.None;

    /// <summary>What instances of other nodes show of themselves, as far as each node has told; null: not all have. None are elsewhere in
    /// one process.</summary>
    public virtual InstanceFigures? Figures => null;

    /// <summary>The node of an instance; null: there are no others, or it is not known yet.</summary>
    /// <param name="instance">Its number in the order of the plan.</param>
    public virtual string? NodeOf(int instance) => null;

    /// <summary>Gives every instance a place, restores it, and opens its sources and sinks. Nothing runs yet.</summary>
    public abstract Task OpenAsync(StageOpening opening, CancellationToken cancellation);

    /// <summary>Lets them run.</summary>
    public abstract void Run();

    /// <summary>The attempt ends: complete when nothing of the instances runs any more.</summary>
    public abstract Task AbortAsync();

    /// <summary>Closes everything; no epoch is on its way to the store any more.</summary>
    public abstract Task CloseAsync();
}

/// <summary>What the instances of an attempt need of it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Attempt">The attempt, by its number.</param>
/// <param name="Actors">All instances, in the order of the plan.</param>
/// <param name="OnFailed">Told when one of them cannot go on.</param>
/// <param name="OnLost">Told the name of one whose place was taken away, and why.</param>
/// <param name="Stopping">The attempt ends.</param>
internal sealed record InstancesOfAttempt(string Pipeline, long Attempt, IReadOnlyList<StageLoop> Actors,
    Action<StageLoop, Exception> OnFailed, Action<string, string> OnLost, CancellationToken Stopping);
