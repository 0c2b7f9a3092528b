using ActorStreams.Authoring;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Wire;
using ActorStreams.Core.Exchange;
using ActorStreams.TestKit;
using Akka.Actor;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>Messages between actors of different nodes, as Akka.Remote carries them: as bytes, in order between two nodes, at most once.
/// What is sent or under way while the way is cut is lost.</summary>
/// <remarks>It is stricter than Akka in one thing: an actor is found by its path alone, so what was meant for the actor of one attempt
/// comes to that of the next, and only what the message says of its attempt tells them apart.</remarks>
internal sealed class NodeMail(NodesWorld world)
{
    private readonly Dictionary<string, (NodeProcess Node, IActorRef Actor)> _actors = new(StringComparer.Ordinal);
    private readonly Dictionary<(NodeProcess, NodeProcess), TimeSpan> _lastArrivals = [];
    private readonly Dictionary<(int, int), TimeSpan> _cuts = [];
    private readonly Dictionary<(NodeProcess From, NodeProcess To), Queue<Action>> _held = [];

    public void Cut(int one, int other, TimeSpan until) => _cuts[Pair(one, other)] = until;

    /// <summary>What a node sends to another one stays on its way, until the other begins an epoch of a later attempt, or for some time:
    /// what an attempt has left comes when it can do the most harm.</summary>
    public void Hold(NodeProcess from, NodeProcess to, int milliseconds)
    {
        if (_held.TryAdd((from, to), new Queue<Action>()))
            world.After(milliseconds, () => Release(from, to));
    }

    /// <summary>Writes a message on the node of its sender.</summary>
    public byte[] Write(NodeProcess from, object message)
    {
        var writer = new BlobWriter();
        MessageWriter.Write(message, writer, actor => NameOf(from, actor));
        return writer.ToArray();
    }

    /// <summary>Reads it where it has come to.</summary>
    public object Read(NodeProcess to, byte[] bytes) => MessageReader.Read(bytes, name => Find(to, name));

    /// <summary>Has something happen at another node, unless the way is cut.</summary>
    public void Carry(NodeProcess from, NodeProcess to, Action arrive)
    {
        if (IsCut(from, to))
            return;
        if (_held.TryGetValue((from, to), out Queue<Action>? held))
        {
            held.Enqueue(arrive);
            return;
        }

        SimulationRandom random = world.Random;
        TimeSpan at = world.Clock.Elapsed + TimeSpan.FromMicroseconds(
            !world.IsCalm && random.Chance(20) ? random.Between(20_000, 700_000) : random.Between(200, 4_000));
        if (_lastArrivals.TryGetValue((from, to), out TimeSpan last) && last > at)
            at = last;
        _lastArrivals[(from, to)] = at;
        world.After(at - world.Clock.Elapsed, () =>
        {
            if (!to.IsDead && !IsCut(from, to))
                arrive();
        });
    }

    private void Send(NodeProcess from, string name, object message, IActorRef sender)
    {
        NodeProcess to = _actors[name].Node;
        byte[] bytes = Write(from, message);
        if (world.IsTold)
            world.Note($"{from} to {to}{(IsCut(from, to) ? ", lost" : "")}: {message}");
        string back = sender.IsNobody() ? "" : NameOf(from, sender);
        if (message is ToInstance { Message: BarrierRequest } && _held.Count > 0)
            ReleaseAll(from);
        Carry(from, to, () => _actors[name].Actor.Tell(Read(to, bytes), Find(to, back)));
    }

    /// <summary>Some of it comes at once, the rest behind it.</summary>
    private void Release(NodeProcess from, NodeProcess to)
    {
        if (!_held.Remove((from, to), out Queue<Action>? held))
            return;
        if (world.IsTold)
            world.Note($"{held.Count} messages of {from} come to {to} at last");
        TimeSpan at = TimeSpan.Zero;
        foreach (Action arrive in held)
        {
            at += TimeSpan.FromMicroseconds(world.Random.Chance(600) ? 0 : world.Random.Next(30_000));
            if (at == TimeSpan.Zero)
                Arrive();
            else
                world.After(at, Arrive);

            void Arrive()
            {
                if (!to.IsDead)
                    arrive();
            }
        }

        _lastArrivals[(from, to)] = world.Clock.Elapsed + at;
    }

    private void ReleaseAll(NodeProcess to)
    {
        foreach ((NodeProcess From, NodeProcess To) pair in _held.Keys.Where(pair => pair.To == to && pair.From.IsRemoved).ToArray())
            Release(pair.From, to);
    }

    private bool IsCut(NodeProcess from, NodeProcess to) =>
        _cuts.TryGetValue(Pair(from.Machine, to.Machine), out TimeSpan until) && until > world.Clock.Elapsed;

    private string NameOf(NodeProcess here, IActorRef actor)
    {
        if (actor.IsNobody())
            return "";
        if (actor is FarActor far)
            return far.Name;
        string name = $"{here.Name}|{actor.Path.ToStringWithoutAddress()}";
        _actors[name] = (here, actor);
        return name;
    }

    /// <summary>An actor as it is told from a node.</summary>
    public IActorRef Find(NodeProcess here, string name) => name.Length == 0 ? ActorRefs.Nobody
        : _actors[name].Node == here ? _actors[name].Actor : new FarActor(this, here, name, _actors[name].Actor.Path);

    /// <summary>An actor of one node as it is told from another.</summary>
    public IActorRef Find(NodeProcess here, NodeProcess there, IActorRef actor) => Find(here, NameOf(there, actor));

    private static (int, int) Pair(int one, int other) => one < other ? (one, other) : (other, one);

    private sealed class FarActor(NodeMail mail, NodeProcess here, string name, ActorPath path) : MinimalActorRef
    {
        public string Name => name;

        public override ActorPath Path => path;

        public override IActorRefProvider Provider => ((ExtendedActorSystem)here.System).Provider;

        protected override void TellInternal(object message, IActorRef sender) => mail.Send(here, name, message, sender);
    }
}
