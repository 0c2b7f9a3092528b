using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using Akka.Actor;

namespace ActorStreams.Cluster.Ingresses;

/// <summary>On a node: takes rows that were told on other nodes into its own ingress, in order and each once, and tells when they are
/// durable. In turns of the node's actor.</summary>
/// <remarks>It takes rows also while another node's ingress is read: they are handed on like its own.</remarks>
/// <param name="pipeline">The pipeline.</param>
/// <param name="self">The node's actor.</param>
internal sealed class IngressTaker(Pipeline pipeline, IActorRef self)
{
    private readonly Dictionary<(IActorRef Sender, string Source), Taken> _taken = [];

    /// <summary>Answers if this node reads the source.</summary>
    public void Answer(IngressHello hello, IActorRef asker)
    {
        if (IngressOf(hello.Source) is { } ingress && ingress.IsReadIn(hello.Attempt, hello.Ingress, out long? committed))
            asker.Tell(new IngressRead(hello.Attempt, hello.Source, committed), self);
    }

    /// <summary>Takes a row.</summary>
    public async Task TakeAsync(IngressGiven given, IActorRef sender)
    {
        if (IngressOf(given.Source) is not { } ingress)
        {
            sender.Tell(new IngressEnded(given.Source, given.Number, $"Pipeline '{pipeline.Name}': the node that was given the row has no " +
                $"ingress '{given.Source}'. All nodes must run the same pipeline."), self);
            return;
        }

        Taken taken = Of(sender, given.Source);
        if (given.Number != taken.Next)
            return;                                     // told twice, or behind one that was lost: it is asked after
        taken.Next++;
        taken.Pending.Add(given.Number);
        string refusal = "";
        try
        {
            await ingress.TakeAsync(given.Row, given.IsUrgent);
        }
        catch (Exception error)
        {
            refusal = error.Message;
            taken.Refused[given.Number] = refusal;
        }

        taken.Pending.Remove(given.Number);
        sender.Tell(new IngressEnded(given.Source, given.Number, refusal), self);
    }

    /// <summary>Says what has become of rows.</summary>
    public void Answer(IngressWaiting waiting, IActorRef sender)
    {
        Taken taken = Of(sender, waiting.Source);
        foreach (long number in waiting.Numbers)
        {
            if (number >= taken.Next)
            {
                sender.Tell(new IngressMissing(waiting.Source, taken.Next), self);
                return;
            }

            if (!taken.Pending.Contains(number))
                sender.Tell(new IngressEnded(waiting.Source, number, taken.Refused.GetValueOrDefault(number, "")), self);
        }
    }

    private ISharedIngress? IngressOf(string source) =>
        (pipeline.Nodes.FirstOrDefault(node => node.Name == source) as ISourceNode)?.SharedIngress;

    private Taken Of(IActorRef sender, string source)
    {
        if (!_taken.TryGetValue((sender, source), out Taken? taken))
            _taken.Add((sender, source), taken = new Taken());
        return taken;
    }

    private sealed class Taken
    {
        public long Next { get; set; } = 1;

        public HashSet<long> Pending { get; } = [];

        public Dictionary<long, string> Refused { get; } = [];
    }
}
