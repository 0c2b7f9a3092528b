namespace ActorStreams;

/// <summary>A message to one entity: what a keyed operator of a job keeps for a key. Told to the actor of the operator's entities
/// (<c>job.Entities(handle)</c>), as a <c>ShardingEnvelope</c> is told to a shard region; or to the job's actor, if it names the
/// operator.</summary>
/// <remarks>
/// The sender is answered: a question (<see cref="GetState{TState}"/>) by an <see cref="EntityState{TState}"/>, a command by a
/// <see cref="CommandCommitted{TEvent}"/> once it is durable, and whatever cannot be done by a <c>Status.Failure</c> with a
/// <see cref="JobException"/>, which <c>Ask</c> throws.
/// </remarks>
/// <param name="Key">The key, of the operator's type.</param>
/// <param name="Message">A question, or a command: a row of the input of an event-sourced operator.</param>
public sealed record EntityEnvelope(object Key, object Message)
{
    /// <summary>The key, of the operator's type.</summary>
    public object Key { get; init; } = Key ?? throw new ArgumentNullException(nameof(Key));

    /// <summary>A question, or a command.</summary>
    public object Message { get; init; } = Message ?? throw new ArgumentNullException(nameof(Message));

    /// <summary>The operator; needed where the job's actor is told. Default: null, the operator whose actor is told.</summary>
    public string? Operator { get; init; }

    /// <summary>Whether a command asks for an epoch, so that it is durable some milliseconds later; all that come meanwhile share it.
    /// False: it waits for the end of the interval (<see cref="JobOptions.EpochInterval"/>), which is right for many that nobody waits for.
    /// Default: true.</summary>
    public bool IsUrgent { get; init; } = true;
}
