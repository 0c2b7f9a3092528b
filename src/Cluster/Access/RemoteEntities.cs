using ActorStreams.Actors.Entities;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Entities;
using ActorStreams.Core.Process;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Cluster.Access;

/// <summary>The entities of one keyed operator, as a node sees them that may host none of them: it hands messages to the coordinator and
/// answers each sender.</summary>
/// <remarks>
/// <para>While the job has no coordinator, and while an attempt is opened, messages wait. Where the coordinator is lost, questions are
/// asked anew of the next one. Commands that it had been given are refused as in doubt (<see cref="JobException.IsInDoubt"/>), because
/// nobody is left who knows whether they are committed.</para>
/// <para>A message or its answer may be lost with a connection: what has waited for long is asked after.</para>
/// </remarks>
internal sealed class RemoteEntities : UntypedActor
{
    /// <summary>After so many tidings of the job a message has waited for long.</summary>
    private const int LongWait = 5;

    private readonly string _pipeline;
    private readonly string _operator;
    private readonly IEntityNode _node;
    private readonly int _most;
    private readonly SortedDictionary<long, Waiting> _waiting = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly int _mostBytes = FrameLimit.Of(Context.System);
    private IActorRef? _coordinator;
    private string? _ended;
    private long _last;

    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="node">The operator.</param>
    /// <param name="most">How many messages wait at most.</param>
    public RemoteEntities(string pipeline, string operatorName, IEntityNode node, int most) =>
        (_pipeline, _operator, _node, _most) = (pipeline, operatorName, node, most);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case EntityEnvelope envelope:
                Take(envelope, Sender);
                break;
            case EntityAnswered { Outcome: EntityOutcome.NotNow } notNow when _waiting.TryGetValue(notNow.Number, out Waiting? waiting):
                waiting.IsSent = false;                 // sent anew with the next tidings
                break;
            case EntityAnswered answered when Remove(answered.Number) is { } waiting:
                Answer(waiting, answered);
                break;
            case EntityAnswered:
                break;                                  // of a coordinator that was given up
            case EntitiesUnknown unknown when Sender.Equals(_coordinator):
                Lose(unknown.Numbers, "its connection to this node was lost for a moment");
                break;
            case EntitiesUnknown:
                break;
            case JobTidings tidings:
                OnTidings(tidings);
                break;
            case Terminated gone when gone.ActorRef.Equals(_coordinator):
                _coordinator = null;
                Lose([.. _waiting.Keys], "its node was lost");
                break;
            case Terminated:
                break;
            default:
                Unhandled(message);
                Refuse(Sender, $"the entities of operator '{_operator}' take an {nameof(EntityEnvelope)} with a key and a question or " +
                    $"command, not a {message.GetType()}.");
                break;
        }
    }

    protected override void PostStop() => RefuseAll("this node takes part in the job no more");

    private void Take(EntityEnvelope envelope, IActorRef sender)
    {
        if (envelope.Operator is { } other && other != _operator)
        {
            Refuse(sender, $"the message is for operator '{other}', and was told to the entities of '{_operator}'. Tell it to the actor of " +
                $"'{other}'.");
            return;
        }

        var question = envelope.Message as IEntityQuestion;
        if (question is not null && sender.IsNobody())
            return;
        if (_ended is not null)
        {
            Refuse(sender, _ended);
            return;
        }

        if (_waiting.Count >= _most)
        {
            Refuse(sender, $"{_most} messages to the entities of operator '{_operator}' wait on this node for their answers, and no further " +
                $"one is taken ({nameof(JobOptions)}.{nameof(JobOptions.MaxEntityMessages)}). Try again later, or ask less at once.");
            return;
        }

        Waiting waiting;
        try
        {
            waiting = new Waiting(Encode(envelope, question), envelope, sender);
        }
        catch (JobException wrong)
        {
            Refuse(sender, wrong.Message);
            return;
        }

        _waiting.Add(_last, waiting);
        Send(waiting);
    }

    private EntityAsked Encode(EntityEnvelope envelope, IEntityQuestion? question)
    {
        BlobWriter key = new(), command = new();
        _node.WriteKey(_operator, envelope.Key, key);
        if (question is null)
        {
            (_node as ICommandNode ?? throw new JobException($"operator '{_operator}' takes no commands, because its entities are not " +
                "event-sourced: a question is all that it answers.")).WriteCommand(envelope.Message, command);
        }

        int bytes = key.Length + command.Length;
        if (bytes > _mostBytes)
            throw new JobException(FrameLimit.Text($"the message to operator '{_operator}'", bytes, _mostBytes));
        return new EntityAsked(++_last, _operator, question is null ? null : new EntityQuestion(question.Consistency, question.State),
            envelope.IsUrgent, key.ToArray(), command.ToArray());
    }

    private void OnTidings(JobTidings tidings)
    {
        if (tidings.State.IsEnd)
        {
            RefuseAll(_ended = $"the job has ended ({tidings.State.Phase.ToString().ToLowerInvariant()}" +
                $"{(tidings.State.Text.Length > 0 ? $": {tidings.State.Text}" : "")})");
            return;
        }

        if (!tidings.Coordinator.Equals(_coordinator))
        {
            if (_coordinator is not null)
            {
                Context.Unwatch(_coordinator);
                Lose([.. _waiting.Keys], "another node has taken over from it");
            }

            _coordinator = Context.Watch(tidings.Coordinator);
        }

        if (tidings.State.Phase != JobPhase.Running)
            return;
        List<long> old = [];
        foreach (Waiting waiting in _waiting.Values)
        {
            if (!waiting.IsSent)
                Send(waiting);
            else if (++waiting.Tidings >= LongWait)
                old.Add(waiting.Asked.Number);
        }

        if (old.Count > 0)
            _coordinator.Tell(new EntitiesWaiting(_operator, old), Self);
    }

    private void Send(Waiting waiting)
    {
        if (_coordinator is null)
            return;
        (waiting.IsSent, waiting.Tidings) = (true, 0);
        _coordinator.Tell(waiting.Asked, Self);
    }

    /// <summary>The coordinator will not answer these: questions are asked anew.</summary>
    private void Lose(IReadOnlyList<long> numbers, string why)
    {
        foreach (long number in numbers)
        {
            if (!_waiting.TryGetValue(number, out Waiting? waiting) || !waiting.IsSent)
                continue;
            waiting.IsSent = false;
            if (waiting.Question is not null)
                continue;                               // sent anew with the next tidings
            _waiting.Remove(number);
            Refuse(waiting.Sender, $"the coordinator was given the command to '{waiting.Envelope.Key}' of operator '{_operator}', and {why} " +
                "before it answered. The command is not known to be durable: give it again, with an id that the entity knows.", true);
        }
    }

    private void Answer(Waiting waiting, EntityAnswered answered)
    {
        try
        {
            var value = new BlobReader(answered.Value);
            object key = waiting.Envelope.Key;
            switch (answered.Outcome)
            {
                case EntityOutcome.State or EntityOutcome.CommittedState:
                    Tell(waiting.Sender, waiting.Question!.Read(key, ref value,
                        answered.Outcome == EntityOutcome.State ? null : answered.Epoch));
                    break;
                case EntityOutcome.Committed when answered.Value.Length == 0:
                    Refuse(waiting.Sender, $"operator '{_operator}': the command is durable since epoch {answered.Epoch}, but its events are " +
                        $"larger than a message between nodes may be ({FrameLimit.Setting}).");
                    break;
                case EntityOutcome.Committed:
                    Tell(waiting.Sender, ((ICommandNode)_node).ReadDecided(ref value).Committed(key, answered.Epoch));
                    break;
                default:
                    Fail(waiting.Sender, answered.Text, answered.Outcome == EntityOutcome.InDoubt);
                    break;
            }
        }
        catch (ActorStreamsException error)
        {
            Refuse(waiting.Sender, $"the answer of operator '{_operator}' cannot be read as what was asked for. {error.Message}");
        }
    }

    private Waiting? Remove(long number) => _waiting.Remove(number, out Waiting? waiting) ? waiting : null;

    private void RefuseAll(string why)
    {
        foreach (Waiting waiting in _waiting.Values)
        {
            bool isInDoubt = waiting.IsSent && waiting.Question is null;
            Refuse(waiting.Sender, $"{why}, before the message was answered." +
                (isInDoubt ? " The command is not known to be durable: give it again, with an id that the entity knows." : ""), isInDoubt);
        }

        _waiting.Clear();
    }

    private void Refuse(IActorRef sender, string reason, bool isInDoubt = false) =>
        Fail(sender, $"Pipeline '{_pipeline}': {reason}", isInDoubt);

    private void Fail(IActorRef sender, string message, bool isInDoubt)
    {
        if (sender.IsNobody())
            _log.Warning("A message to an entity, from nobody, was refused. {0}", message);
        else
            sender.Tell(new Status.Failure(new JobException(message) { IsInDoubt = isInDoubt }), Self);
    }

    private void Tell(IActorRef sender, object answer)
    {
        if (!sender.IsNobody())
            sender.Tell(answer, Self);
    }

    private sealed class Waiting(EntityAsked asked, EntityEnvelope envelope, IActorRef sender)
    {
        public EntityAsked Asked => asked;

        public EntityEnvelope Envelope => envelope;

        public IActorRef Sender => sender;

        public IEntityQuestion? Question { get; } = envelope.Message as IEntityQuestion;

        public bool IsSent { get; set; }

        /// <summary>How often something was heard of the job since it was sent.</summary>
        public int Tidings { get; set; }
    }
}
