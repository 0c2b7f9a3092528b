using ActorStreams.Cluster.Placement;
using Akka.Actor;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>Which instance is where, as Akka.Cluster.Sharding would have it: instances of one number together, spread over the members.
/// An instance that is to move is told so, and is elsewhere once it has stopped, or before.</summary>
internal sealed class NodePlacement(NodesWorld world)
{
    private readonly Dictionary<string, NodeProcess> _homes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (NodeProcess Node, TimeSpan Until)> _lies = new(StringComparer.Ordinal);
    private readonly HashSet<string> _moving = new(StringComparer.Ordinal);

    /// <summary>Where a claim of an instance goes; null: it is kept back, and has to be asked again.</summary>
    public NodeProcess? HomeOf(string entity)
    {
        if (_moving.Contains(entity))
            return null;
        if (_lies.TryGetValue(entity, out (NodeProcess Node, TimeSpan Until) lie) && lie.Until > world.Clock.Elapsed && !lie.Node.IsDead)
            return lie.Node;
        if (!_homes.TryGetValue(entity, out NodeProcess? home) || home.IsRemoved || home.IsLeaving)
        {
            NodeProcess[] members = [.. world.Members.Where(member => !member.IsLeaving)];
            if (members.Length == 0)
                return null;
            _homes[entity] = home = members[InstanceName.NumberOf(entity) % members.Length];
        }

        return home;
    }

    public string? Any() => _homes.Count == 0 ? null : _homes.Keys.Order(StringComparer.Ordinal).ElementAt(world.Random.Next(_homes.Count));

    /// <summary>Another node is believed to have an instance, too.</summary>
    public void Lie(string entity, NodeProcess node, TimeSpan until) => _lies[entity] = (node, until);

    /// <summary>All instances that a node has are to be elsewhere.</summary>
    public void MoveAll(NodeProcess from)
    {
        foreach (string entity in _homes.Where(home => home.Value == from).Select(home => home.Key).Order(StringComparer.Ordinal).ToArray())
            Move(entity, to: null);
    }

    /// <summary>An instance is to be elsewhere; null: anywhere.</summary>
    public void Move(string entity, NodeProcess? to)
    {
        if (!_homes.TryGetValue(entity, out NodeProcess? from) || !_moving.Add(entity))
            return;
        TimeSpan patience = world.Clock.Elapsed + TimeSpan.FromMilliseconds(world.Random.Between(1000, 6000));
        if (from.Entities.TryGetValue(entity, out IActorRef? actor) && !from.IsDead)
            actor.Tell(MoveInstance.Now, ActorRefs.NoSender);
        Await();

        void Await()
        {
            if (!from.IsDead && actor is not null && !NodeProcess.HasStopped(actor) && world.Clock.Elapsed < patience)
            {
                world.After(100, Await);
                return;
            }

            if (!from.IsDead && actor is not null)
                from.System.Stop(actor);                // as Akka does when it has waited long enough
            _moving.Remove(entity);
            if (to is { IsRemoved: false, IsLeaving: false })
                _homes[entity] = to;
            else
                _homes.Remove(entity);
        }
    }
}
