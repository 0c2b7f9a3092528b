using ActorStreams.Core.Codecs;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Stages;

namespace ActorStreams.Cluster.Entities;

/// <summary>At the node of an instance: what entities of it are told by the coordinator, and what they reply. Of one attempt.</summary>
/// <param name="pipeline">The pipeline.</param>
/// <param name="attempt">The attempt.</param>
/// <param name="instance">The instance's number.</param>
/// <param name="mostBytes">How large a state may be.</param>
/// <param name="tell">Tells the coordinator.</param>
internal sealed class EntityReplies(Pipeline pipeline, long attempt, int instance, int mostBytes, Action<object> tell)
{
    private readonly Dictionary<string, StagePlace> _places = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _taken;
    private long _replied;

    /// <summary>How many replies the coordinator was told.</summary>
    public long Count
    {
        get
        {
            lock (_lock)
                return _replied;
        }
    }

    /// <summary>What the instance is to be told; null: what is asked cannot be read, and the coordinator was told so.</summary>
    /// <exception cref="JobException">A message before this one was lost.</exception>
    public object? Take(EntityGiven given)
    {
        if (given.Sequence != ++_taken)
        {
            throw new JobException($"Pipeline '{pipeline.Name}': messages to entities were lost between the coordinator and this node " +
                $"(number {given.Sequence} came after {_taken - 1}).");
        }

        EntityAsked asked = given.Asked;
        try
        {
            StreamNode node = pipeline.Nodes.First(node => node.Name == asked.Operator);
            var bytes = new BlobReader(asked.Key);
            object key = ((IEntityNode)node).ReadKey(ref bytes);
            if (asked.Question is { } question)
                return new StateAsked(asked.Operator, key, question.State, asked.Number, PlaceOf(asked.Operator));
            if (node is not ICommandNode commands)
            {
                Reply(asked.Operator, EntityReply.Refused, asked.Number, text: $"Operator '{asked.Operator}' takes no commands, because its " +
                    "entities are not event-sourced: a question is all that it answers.");
                return null;
            }

            var command = new BlobReader(asked.Command);
            return new CommandGiven(asked.Operator, key, commands.ReadCommand(ref command), asked.IsUrgent, asked.Number,
                PlaceOf(asked.Operator));
        }
        catch (CodecException error)
        {
            Reply(asked.Operator, EntityReply.Refused, asked.Number, text: $"operator '{asked.Operator}': {error.Message} " +
                "Do all nodes run builds that go together?");
            return null;
        }
    }

    private StagePlace PlaceOf(string operatorName)
    {
        if (!_places.TryGetValue(operatorName, out StagePlace? place))
            _places.Add(operatorName, place = new Asker(this, operatorName));
        return place;
    }

    private void Tell(string operatorName, object reply)
    {
        switch (reply)
        {
            case StateAnswered answered:
                var state = new BlobWriter();
                try
                {
                    AnyValue.Write(state, answered.State);
                }
                catch (CodecException error)
                {
                    Reply(operatorName, EntityReply.Refused, answered.Number, text: $"operator '{operatorName}': {error.Message} " +
                        "A state that goes to another node has to be of such a type.");
                    break;
                }

                if (state.Length <= mostBytes)
                {
                    Reply(operatorName, EntityReply.State, answered.Number, value: state.ToArray());
                }
                else
                {
                    Reply(operatorName, EntityReply.Refused, answered.Number,
                        text: FrameLimit.Text($"operator '{operatorName}': the state", state.Length, mostBytes));
                }

                break;
            case CommandTaken taken:
                var events = new BlobWriter();
                taken.Decided.Write(events);
                Reply(operatorName, EntityReply.Taken, taken.Number, taken.Epoch, events.Length <= mostBytes ? events.ToArray() : []);
                break;
            case CommandsCommitted committed:
                Reply(operatorName, EntityReply.Committed, 0, committed.Epoch);
                break;
            case EntityRefused refused:
                Reply(operatorName, EntityReply.Refused, refused.Number, text: refused.Reason);
                break;
        }
    }

    private void Reply(string operatorName, EntityReply reply, long number, long epoch = 0, byte[]? value = null, string text = "")
    {
        lock (_lock)
            tell(new EntityReplied(attempt, instance, ++_replied, operatorName, reply, number, epoch, value ?? [], text));
    }

    /// <summary>Whom the instance answers: the coordinator.</summary>
    private sealed class Asker(EntityReplies replies, string operatorName) : StagePlace
    {
        public override TaskScheduler Scheduler =>
            throw new InvalidOperationException($"Whoever asks operator '{operatorName}' is on another node: nothing runs there from here.");

        public override void Tell(object message) => replies.Tell(operatorName, message);
    }
}
