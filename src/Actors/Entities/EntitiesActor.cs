using ActorStreams.Actors.Turns;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Stages;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Entities;

/// <summary>The entities of one keyed operator: routes each message to the stage instance that hosts the key's shard, and answers its
/// sender. Outlives the attempts of its job.</summary>
/// <remarks>
/// What an instance has not answered when its attempt fails is given to the next one. The instance tells of each command in which epoch it
/// was taken, before it reports that epoch, and an attempt that begins knows which epoch was committed last: so a command is given again
/// exactly if nothing of it was committed.
/// </remarks>
internal sealed class EntitiesActor : TurnActor
{
    /// <summary>A command with which so many attempts have failed may be why.</summary>
    private const int MostTries = 3;

    private readonly Job _job;
    private readonly string _operator;
    private readonly IEntityNode _node;
    private readonly int _most;
    private readonly Dictionary<long, WaitingMessage> _waiting = [];
    private readonly List<WaitingMessage> _taken = [];
    private readonly CommittedReads _committed;
    private readonly InstancePlace _place;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private JobRun? _attempt;
    private long _last;

    /// <param name="job">The job.</param>
    /// <param name="node">The operator.</param>
    /// <param name="most">How many messages wait at most.</param>
    /// <param name="turns">The actor's turns.</param>
    public EntitiesActor(Job job, StreamNode node, int most, TurnScheduler turns)
        : base(turns)
    {
        (_job, _operator, _node, _most) = (job, node.Name, (IEntityNode)node, most);
        _committed = new CommittedReads(job, node.Name, _node, OnRead, OnNotRead);
        _place = new InstancePlace(turns, static _ => { }, static _ => { });
    }

    public static string NameOf(string operatorName) => $"entities-{operatorName}";

    public static Props Props(Job job, StreamNode node, int most, TurnScheduler turns) =>
        Akka.Actor.Props.Create<EntitiesActor>(job, node, most, turns);

    protected override void PreStart() => _place.Bind(Self);

    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case EntityEnvelope envelope:
                OnEnvelope(envelope, Sender);
                break;
            case StateAnswered answered when Take(answered.Number) is { } asked:
                Answer(asked, answered.State, epoch: null);
                break;
            case EntityRefused refused when Take(refused.Number) is { } given:
                Refuse(given.Sender, refused.Reason);
                break;
            case CommandTaken taken when _waiting.TryGetValue(taken.Number, out WaitingMessage? given):
                given.OnTaken(taken.Decided, taken.Epoch);
                _taken.Add(given);
                break;
            case CommandsCommitted committed:
                Acknowledge(committed.Epoch);
                break;
            case AttemptBegun begun when begun.Run.TryGetTarget(out JobRun? run):
                OnBegun(run);
                break;
            case AttemptFailed:
                _attempt = null;
                break;
            case StateAnswered or EntityRefused or CommandTaken or AttemptBegun:
                break;   // of an attempt that has failed
            default:
                Unhandled(message);
                Refuse(Sender, $"the entities of operator '{_operator}' take an {nameof(EntityEnvelope)} with a key and a question or command, not a {message.GetType()}.");
                break;
        }
    }

    protected override void PostStop()
    {
        _committed.End();
        Acknowledge(_job.Epoch);
        string ended = !_job.Completion.IsCompleted ? "the job ends, or the actor of the entities was stopped by itself,"
            : _job.Completion.Exception?.InnerException is { } error ? $"the job has ended ({error.GetType().Name}: {error.Message})"
            : "the job has ended";
        foreach (WaitingMessage message in InOrder())
        {
            Refuse(message.Sender, $"{ended} before the message was answered." + (message.Question is null
                ? " The command is not known to be durable: give it again to the job once it is started again, with an id that the entity knows."
                : " Ask the job again once it is started again."), isInDoubt: message.Question is null);
        }

        _waiting.Clear();
        base.PostStop();   // last: from here on turns are taken elsewhere
    }

    /// <summary>The one place that knows envelopes: those of other packages become ours here.</summary>
    private void OnEnvelope(EntityEnvelope envelope, IActorRef sender)
    {
        if (envelope.Operator is { } other && other != _operator)
        {
            Refuse(sender, $"the message is for operator '{other}', and was told to the entities of '{_operator}'. Tell it to the actor of '{other}', or to the job's.");
            return;
        }

        if (sender.IsNobody() && envelope.Message is IEntityQuestion)
            return;
        if (_waiting.Count >= _most)
        {
            Refuse(sender, $"{_most} messages to the entities of operator '{_operator}' wait for their answers, and no further one is taken " +
                $"({nameof(JobOptions)}.{nameof(JobOptions.MaxEntityMessages)}). Try again later, or ask less at once.");
            return;
        }

        try
        {
            _ = _node.ShardOf(_operator, envelope.Key, _job.Run.Shards);
        }
        catch (JobException wrong)
        {
            Refuse(sender, wrong.Message);
            return;
        }

        var message = new WaitingMessage(++_last, envelope, sender);
        if (message.Question is { Consistency: EntityConsistency.Committed })
        {
            if (_job.Run.IsVolatile)
            {
                Refuse(sender, "the job has no store, so there is no committed state that could be read. Ask for the current one, or give the job a store.");
                return;
            }

            _waiting.Add(message.Number, message);
            if (_committed.Add(message))
                _ = Turns.RunAsync(_committed.ReadAsync);
            return;
        }

        if (message.Question is null && _job.Run.WasComplete)
        {
            Refuse(sender, "the job is complete, and takes no commands any more.");
            return;
        }

        _waiting.Add(message.Number, message);
        Give(message);
    }

    private void OnBegun(JobRun attempt)
    {
        _attempt = attempt;
        Acknowledge(attempt.Epoch);
        _taken.Clear();
        foreach (WaitingMessage message in InOrder())
        {
            message.OnLost();
            if (message.Question is null && message.Tries == MostTries)
            {
                _waiting.Remove(message.Number);
                Refuse(message.Sender, $"{MostTries} attempts of the job have failed while the command to '{message.Envelope.Key}' of operator '{_operator}' was under way; " +
                    "nothing has come of it, and it is not tried again.");
            }
            else if (message.Question is not { Consistency: EntityConsistency.Committed })
            {
                Give(message);
            }
        }
    }

    /// <summary>Gives a message to the instance that hosts its key; without an attempt it waits for the next one.</summary>
    private void Give(WaitingMessage message)
    {
        if (_attempt is null)
            return;
        message.Tries++;
        EntityEnvelope envelope = message.Envelope;

        // By the map of this attempt: until an epoch is committed each of them hashes by a seed of its own.
        int shard = _node.ShardOf(_operator, envelope.Key, _attempt.Shards);
        _attempt.TellEntities(_operator, shard, message.Question is { } question
            ? new StateAsked(_operator, envelope.Key, question.State, message.Number, _place)
            : new CommandGiven(_operator, envelope.Key, envelope.Message, envelope.IsUrgent, message.Number, _place));
    }

    /// <summary>Answers commands that are durable.</summary>
    private void Acknowledge(long committed)
    {
        _taken.RemoveAll(command =>
        {
            if (!command.IsDurable(committed))
                return false;
            _waiting.Remove(command.Number);
            Tell(command.Sender, command.Decided!.Committed(command.Envelope.Key, command.TakenIn));
            return true;
        });
    }

    private void OnRead(WaitingMessage asked, object? state, long epoch)
    {
        if (_waiting.Remove(asked.Number))
            Answer(asked, state, epoch);
    }

    private void OnNotRead(WaitingMessage asked, Exception error)
    {
        if (_waiting.Remove(asked.Number))
            Refuse(asked.Sender, error.Message);
    }

    private void Answer(WaitingMessage asked, object? state, long? epoch)
    {
        try
        {
            Tell(asked.Sender, asked.Question!.Answer(asked.Envelope.Key, state, epoch));
        }
        catch (JobException wrong)
        {
            Refuse(asked.Sender, $"operator '{_operator}': {wrong.Message}");
        }
    }

    private void Refuse(IActorRef sender, string reason, bool isInDoubt = false)
    {
        string message = $"Pipeline '{_job.Run.Plan.Pipeline.Name}': {reason}";
        if (sender.IsNobody())
            _log.Warning("A message to an entity, from nobody, was refused. {0}", message);
        else
            sender.Tell(new Status.Failure(new JobException(message) { IsInDoubt = isInDoubt }), _place.Actor);
    }

    private void Tell(IActorRef sender, object answer)
    {
        if (!sender.IsNobody())
            sender.Tell(answer, _place.Actor);
    }

    private WaitingMessage? Take(long number) => _waiting.Remove(number, out WaitingMessage? message) ? message : null;

    private WaitingMessage[] InOrder() => [.. _waiting.Values.OrderBy(message => message.Number)];
}
