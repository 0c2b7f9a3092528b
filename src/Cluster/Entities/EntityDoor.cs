using System.Collections.Concurrent;
using ActorStreams.Actors.Jobs;
using ActorStreams.Core.Process;
using Akka.Actor;

namespace ActorStreams.Cluster.Entities;

/// <summary>At the coordinator: messages to entities that come from nodes. They go to the same actors as in one process, which know the
/// instances of the attempt, keep what waits for the next one, and answer commands once they are durable.</summary>
/// <param name="pipeline">The pipeline.</param>
/// <param name="system">The system of the coordinator.</param>
internal sealed class EntityDoor(Pipeline pipeline, ActorSystem system)
{
    private readonly ConcurrentDictionary<(IActorRef Asker, long Number), bool> _open = new();

    private readonly int _mostBytes = FrameLimit.Of(system);

    /// <summary>Takes a message in.</summary>
    /// <param name="asked">The message.</param>
    /// <param name="asker">Who is answered.</param>
    /// <param name="job">The job; null: it does not run here at the moment.</param>
    /// <param name="self">The coordinator.</param>
    public void Take(EntityAsked asked, IActorRef asker, Job? job, IActorRef self)
    {
        if (job is null)
        {
            asker.Tell(new EntityAnswered(asked.Number, EntityOutcome.NotNow, 0, [], ""), self);
            return;
        }

        if (!((JobActor.Host)job.Host).Entities.TryGetValue(asked.Operator, out IActorRef? entities)
            || pipeline.Nodes.FirstOrDefault(node => node.Name == asked.Operator) is not IEntityNode node)
        {
            asker.Tell(new EntityAnswered(asked.Number, EntityOutcome.Refused, 0, [], $"Pipeline '{pipeline.Name}': the coordinator has no " +
                $"keyed operator '{asked.Operator}'. All nodes must run the same pipeline."), self);
            return;
        }

        var key = new BlobReader(asked.Key);
        object message = asked.Question is { } question ? new EncodedQuestion(question) : new EncodedCommand(asked.Command);
        var envelope = new EntityEnvelope(node.ReadKey(ref key), message) { IsUrgent = asked.IsUrgent };
        if (!_open.TryAdd((asker, asked.Number), true))
            return;                                     // told twice
        entities.Tell(envelope, new AnswerTo(asker, asked.Number, self, _open, _mostBytes,
            ((ExtendedActorSystem)system).Provider));
    }

    /// <summary>Says which messages it does not know.</summary>
    public void Take(EntitiesWaiting waiting, IActorRef asker, IActorRef self) =>
        asker.Tell(new EntitiesUnknown([.. waiting.Numbers.Where(number => !_open.ContainsKey((asker, number)))]), self);

    /// <summary>The job has ended: what it has not answered is not known any more.</summary>
    public void Forget() => _open.Clear();

    /// <summary>Whom the actor of entities answers: it sends the answer to the node that has asked.</summary>
    private sealed class AnswerTo(IActorRef asker, long number, IActorRef self, ConcurrentDictionary<(IActorRef, long), bool> open,
        int mostBytes, IActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path => self.Path;

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            EntityAnswered answer = message switch
            {
                EntityAnswered answered when answered.Value.Length > mostBytes =>
                    new EntityAnswered(number, EntityOutcome.Refused, 0, [], FrameLimit.Text("The state", answered.Value.Length, mostBytes)),
                EntityAnswered answered => answered with { Number = number },
                Status.Failure { Cause: JobException { IsInDoubt: true } cause } =>
                    new EntityAnswered(number, EntityOutcome.InDoubt, 0, [], cause.Message),
                Status.Failure failure => new EntityAnswered(number, EntityOutcome.Refused, 0, [], failure.Cause.Message),
                _ => new EntityAnswered(number, EntityOutcome.Refused, 0, [], $"The entity answered by a {message.GetType().Name}."),
            };
            asker.Tell(answer, self);
            open.TryRemove((asker, number), out _);     // only now: who asks whether it is known has been answered before
        }
    }
}
