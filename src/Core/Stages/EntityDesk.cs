using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>Questions and commands by message to the entities of one stage instance, in the order in which they came. Questions are
/// answered between two batches. Commands are taken where nothing is suspended, as if a row had come, and belong to the epoch that the next
/// barrier ends.</summary>
/// <param name="context">The instance.</param>
/// <param name="askForEpoch">Asks for an epoch.</param>
internal sealed class EntityDesk(StageContext context, Action askForEpoch)
{
    private const int CommandsPerTurn = 64;

    private readonly Queue<object> _messages = new();
    private HashSet<StagePlace> _askers = [];

    /// <summary>Whether there is anything left: a command, for which the questions behind it wait.</summary>
    public bool HasCommand => _messages.Count > 0;

    public void Add(object message) => _messages.Enqueue(message);

    /// <summary>Answers the questions before the next command.</summary>
    public void Answer()
    {
        while (_messages.TryPeek(out object? next) && next is StateAsked asked)
        {
            _messages.Dequeue();
            asked.Asker.Tell(AnswerTo(asked));
        }
    }

    /// <summary>Has entities decide on commands, some of them, until output takes no more, and answers the questions between
    /// them.</summary>
    /// <param name="epoch">The epoch to which they belong.</param>
    /// <param name="refusal">Why none is taken any more; null: they are.</param>
    public void TakeCommands(long epoch, string? refusal)
    {
        for (int taken = 0; taken < CommandsPerTurn && !context.MustYield && !context.AnySuspended(); taken++)
        {
            Answer();
            if (!_messages.TryDequeue(out object? next))
                return;
            var given = (CommandGiven)next;
            given.Asker.Tell(refusal is null ? Decide(given, epoch) : new EntityRefused(given.Number, refusal));
        }
    }

    /// <summary>An epoch ends: whoever gave commands is told of its commit.</summary>
    public void OnBarrier(EpochReport report)
    {
        if (_askers.Count == 0)
            return;
        HashSet<StagePlace> askers = _askers;
        _askers = [];
        long epoch = report.Epoch;
        report.Committed.Add(_ =>
        {
            foreach (StagePlace asker in askers)
                asker.Tell(new CommandsCommitted(epoch));
            return ValueTask.CompletedTask;
        });
    }

    private object AnswerTo(StateAsked asked)
    {
        try
        {
            return new StateAnswered(asked.Number, PartOf<IEntityHost>(asked.Operator).Read(asked.Operator, asked.Key, asked.State));
        }
        catch (Exception error)
        {
            return Refused(asked.Number, error);
        }
    }

    private object Decide(CommandGiven given, long epoch)
    {
        Decided decided;
        try
        {
            decided = PartOf<ICommandHost>(given.Operator).Decide(given.Key, given.Command);
        }
        catch (Exception error)
        {
            return Refused(given.Number, error);
        }

        _askers.Add(given.Asker);
        if (given.IsUrgent)
            askForEpoch();
        return new CommandTaken(given.Number, decided, epoch);
    }

    private static EntityRefused Refused(long number, Exception error) =>
        new(number, error is ActorStreamsException ? error.Message : $"{error.GetType().Name}: {error.Message}");

    private TPart PartOf<TPart>(string operatorName)
        where TPart : class
    {
        foreach (IEpochPart part in context.EpochParts)
        {
            if (part is IRegion region && region.OperatorName == operatorName)
            {
                return part as TPart ?? throw new JobException($"Operator '{operatorName}' takes no commands, because its entities are not event-sourced: " +
                    "a question is all that it answers.");
            }
        }

        throw new JobException($"Operator '{operatorName}' has no region in this actor.");
    }
}
