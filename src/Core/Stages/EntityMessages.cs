using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Stages;

/// <summary>To an instance: somebody asks for what an operator keeps for a key, at present.</summary>
/// <param name="Operator">The operator, of which the instance hosts the key's shard.</param>
/// <param name="Key">The key.</param>
/// <param name="State">The state; null: the first.</param>
/// <param name="Number">The asker's number of it, which the answer has.</param>
/// <param name="Asker">Who is told.</param>
internal sealed record StateAsked(string Operator, object Key, string? State, long Number, StagePlace Asker);

/// <summary>To an instance: an entity is given a command.</summary>
/// <param name="Operator">The operator, of which the instance hosts the key's shard.</param>
/// <param name="Key">The entity.</param>
/// <param name="Command">A row of the operator's input.</param>
/// <param name="IsUrgent">Whether an epoch is asked for.</param>
/// <param name="Number">The asker's number of it, which the answer has.</param>
/// <param name="Asker">Who is told.</param>
internal sealed record CommandGiven(string Operator, object Key, object Command, bool IsUrgent, long Number, StagePlace Asker);

/// <summary>To the asker: the state.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="State">What the key has; null: nothing.</param>
internal sealed record StateAnswered(long Number, object? State);

/// <summary>To the asker: an entity has decided on a command. Its events are durable once the epoch is committed.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Decided">What it has decided.</param>
/// <param name="Epoch">The epoch that holds them.</param>
internal sealed record CommandTaken(long Number, Decided Decided, long Epoch);

/// <summary>To the asker: it was not answered, and nothing has come of it.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Reason">Why, in a sentence.</param>
internal sealed record EntityRefused(long Number, string Reason);

/// <summary>To the asker: commands that one instance has taken are durable.</summary>
/// <param name="Epoch">All those of this epoch, and of epochs before.</param>
internal sealed record CommandsCommitted(long Epoch);
