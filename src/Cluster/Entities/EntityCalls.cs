using System.Collections.Concurrent;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Process;
using ActorStreams.Core.Stages;

namespace ActorStreams.Cluster.Entities;

/// <summary>At the coordinator: what is told to entities goes to the nodes of their instances, and what they reply goes back to whoever
/// asked. Of one attempt.</summary>
/// <remarks>Messages of each instance are numbered in both directions. One that is missing ends the attempt: a reply that is lost would let
/// a command that is committed be given again.</remarks>
/// <param name="pipeline">The pipeline.</param>
/// <param name="attempt">The attempt.</param>
/// <param name="instances">How many instances it has.</param>
internal sealed class EntityCalls(Pipeline pipeline, long attempt, int instances)
{
    private readonly ConcurrentDictionary<string, StagePlace> _askers = new(StringComparer.Ordinal);
    private readonly Lock[] _sending = [.. Enumerable.Range(0, instances).Select(static _ => new Lock())];
    private readonly long[] _sent = new long[instances];
    private readonly long[] _replied = new long[instances];

    /// <summary>Sends what an instance is told for one of its entities. From any thread.</summary>
    /// <returns>Whether it is such a message.</returns>
    public bool Send(int instance, object message, Action<object> tell)
    {
        EntityAsked asked;
        switch (message)
        {
            case StateAsked state:
                _askers[state.Operator] = state.Asker;
                asked = new EntityAsked(state.Number, state.Operator, new EntityQuestion(EntityConsistency.Current, state.State), false,
                    KeyOf(state.Operator, state.Key), []);
                break;
            case CommandGiven given:
                _askers[given.Operator] = given.Asker;
                asked = new EntityAsked(given.Number, given.Operator, null, given.IsUrgent, KeyOf(given.Operator, given.Key),
                    ((EncodedCommand)given.Command).Bytes);
                break;
            default:
                return false;
        }

        lock (_sending[instance])
            tell(new EntityGiven(attempt, instance, ++_sent[instance], asked));
        return true;
    }

    /// <summary>Takes in what an instance has replied.</summary>
    /// <returns>Whether nothing before it is missing.</returns>
    public bool Take(EntityReplied replied)
    {
        if (replied.Sequence != ++_replied[replied.Instance])
            return false;
        if (_askers.TryGetValue(replied.Operator, out StagePlace? asker))
        {
            asker.Tell(replied.Reply switch
            {
                EntityReply.State => new StateAnswered(replied.Number, new EncodedState(replied.Value)),
                EntityReply.Taken => new CommandTaken(replied.Number, new EncodedEvents(replied.Value), replied.Epoch),
                EntityReply.Committed => new CommandsCommitted(replied.Epoch),
                _ => new EntityRefused(replied.Number, replied.Text),
            });
        }

        return true;
    }

    /// <summary>Whether all that an instance had replied before a report has come.</summary>
    public bool HasAll(int instance, long replies) => _replied[instance] >= replies;

    private byte[] KeyOf(string operatorName, object key)
    {
        var writer = new BlobWriter();
        ((IEntityNode)pipeline.Nodes.First(node => node.Name == operatorName)).WriteKey(operatorName, key, writer);
        return writer.ToArray();
    }
}
