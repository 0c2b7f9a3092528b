namespace ActorStreams.Cluster.Entities;

/// <summary>To the coordinator, from a node: a question or a command to an entity.</summary>
/// <param name="Number">The asker's number of it.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Question">What is asked; null: it is a command.</param>
/// <param name="IsUrgent">Of a command: whether it asks for an epoch.</param>
/// <param name="Key">The entity, by the codec of the operator's keys.</param>
/// <param name="Command">The command, by the codec of the operator's input; of a question empty.</param>
internal sealed record EntityAsked(long Number, string Operator, EntityQuestion? Question, bool IsUrgent, byte[] Key, byte[] Command);

/// <summary>A question to an entity.</summary>
/// <param name="Consistency">Which state is meant: the present one, or the committed one.</param>
/// <param name="State">The state's name; null: the first.</param>
internal sealed record EntityQuestion(EntityConsistency Consistency, string? State);

/// <summary>From the coordinator: the answer.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Outcome">What has come of it.</param>
/// <param name="Epoch">The committed epoch that holds it; 0: it is the present state, or it was refused.</param>
/// <param name="Value">The state, or the events, as bytes.</param>
/// <param name="Text">Why it was refused.</param>
internal sealed record EntityAnswered(long Number, EntityOutcome Outcome, long Epoch, byte[] Value, string Text);

/// <summary>What has come of a message to an entity.</summary>
internal enum EntityOutcome
{
    /// <summary>A state.</summary>
    State,

    /// <summary>A state of a committed epoch.</summary>
    CommittedState,

    /// <summary>The events of a command, which are durable.</summary>
    Committed,

    /// <summary>Nothing, and nothing will.</summary>
    Refused,

    /// <summary>Nobody knows, and nobody will.</summary>
    InDoubt,

    /// <summary>The job does not run at this coordinator at the moment: ask again.</summary>
    NotNow,
}

/// <summary>To the coordinator: these messages have waited for long. Which of them does it not know?</summary>
internal sealed record EntitiesWaiting(string Operator, IReadOnlyList<long> Numbers);

/// <summary>From the coordinator: it does not know these.</summary>
internal sealed record EntitiesUnknown(IReadOnlyList<long> Numbers);

/// <summary>From the coordinator to the node of an instance: a question or a command to an entity of it.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Instance">The instance's number in the attempt.</param>
/// <param name="Sequence">How many messages to entities the coordinator has told the instance, this one included.</param>
/// <param name="Asked">The message, with a number of the coordinator's.</param>
internal sealed record EntityGiven(long Attempt, int Instance, long Sequence, EntityAsked Asked);

/// <summary>From the node of an instance to the coordinator: what an entity has answered.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Instance">The instance's number in the attempt.</param>
/// <param name="Sequence">How many of these the instance has told, this one included.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Reply">What.</param>
/// <param name="Number">The coordinator's number of the message; of commits none.</param>
/// <param name="Epoch">Of a command the epoch that holds its events; of a commit the epoch.</param>
/// <param name="Value">The state, or the events, as bytes.</param>
/// <param name="Text">Why it was refused.</param>
internal sealed record EntityReplied(long Attempt, int Instance, long Sequence, string Operator, EntityReply Reply, long Number, long Epoch,
    byte[] Value, string Text);

/// <summary>What an instance tells of messages to entities.</summary>
internal enum EntityReply
{
    /// <summary>A state.</summary>
    State,

    /// <summary>A command was taken, in an epoch that is not committed yet.</summary>
    Taken,

    /// <summary>It was not answered, and nothing has come of it.</summary>
    Refused,

    /// <summary>Commands that the instance has taken are durable.</summary>
    Committed,
}
