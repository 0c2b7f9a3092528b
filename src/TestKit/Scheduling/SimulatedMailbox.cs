using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorStreams.TestKit;

/// <summary>Mailboxes that notice what comes from another thread: such a run could not be repeated from its seed.</summary>
internal sealed class SimulatedMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<SimulatedMailbox.Queue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(SimulatedSystem.LoopOf(Settings.Config));

    internal sealed class Queue(SimulationLoop loop) : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        private readonly UnboundedMessageQueue _messages = new();

        public bool HasMessages => _messages.HasMessages;

        public int Count => _messages.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            loop.OnTold();
            _messages.Enqueue(receiver, envelope);
        }

        public bool TryDequeue(out Envelope envelope) => _messages.TryDequeue(out envelope);

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _messages.CleanUp(owner, deadletters);
    }
}
