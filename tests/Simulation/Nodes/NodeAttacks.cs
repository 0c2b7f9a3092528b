using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>Attacks the nodes of a cluster, one fault after the other, until the faults of the seed are over.</summary>
internal sealed class NodeAttacks(NodesCluster cluster)
{
    private static readonly NodeFault[] s_all = ChosenOr(Enum.GetValues<NodeFault>());

    private readonly NodesWorld _world = cluster.World;

    private SimulationRandom Random => _world.Random;

    public void Begin() => _world.After(Random.Between(50, 2500), Strike);

    private void Strike()
    {
        if (_world.IsCalm)
            return;
        Do(Random.OneOf<NodeFault>(s_all));
        _world.After(Random.Chance(300) ? Random.Between(10, 300) : Random.Between(300, 1500), Strike);
    }

    private void Do(NodeFault kind)
    {
        NodeProcess[] free = [.. _world.Alive.Where(process => process is { IsPaused: false, IsRemoved: false, IsLeaving: false })];
        if (free.Length == 0)
            return;
        NodeProcess one = free[Random.Next(free.Length)], other = free[Random.Next(free.Length)];
        int lasts = Random.Chance(500) ? Random.Between(50, 1500) : Random.Between(1500, 6000);
        TimeSpan until = _world.Clock.Elapsed + TimeSpan.FromMilliseconds(lasts);
        bool needsTwo = kind is NodeFault.CutLinks or NodeFault.CutMail or NodeFault.CutOff or NodeFault.HandedTwice or NodeFault.Leave
            or NodeFault.TwoCoordinators or NodeFault.LostPiece or NodeFault.PieceTwice
            or NodeFault.LateMail or NodeFault.OldConnection;
        if (needsTwo && one == other)
            return;
        string? entity = cluster.Placement.Any();
        if (kind is NodeFault.Move or NodeFault.HandedTwice && entity is null)
            return;
        _world.Count(kind, $"{one}, {other}, {lasts} ms");
        switch (kind)
        {
            case NodeFault.Kill:
                cluster.Kill(one);
                break;
            case NodeFault.ShortPause:
                Pause(one, Random.Between(50, 1500));
                break;
            case NodeFault.LongPause:
                Pause(one, Random.Between(4000, 9000));
                Gone(one, Random.Between(1500, 3500), zombieFor: null);
                break;
            case NodeFault.CutLinks:
                cluster.Lines.Cut(one.Machine, other.Machine, until, isSilent: Random.Chance(500));
                break;
            case NodeFault.CutMail:
                cluster.Mail.Cut(one.Machine, other.Machine, until);
                break;
            case NodeFault.CutOff:
                cluster.Mail.Cut(one.Machine, other.Machine, until);
                cluster.Lines.Cut(one.Machine, other.Machine, until, isSilent: Random.Chance(500));
                Gone(one, Random.Between(500, 3000), zombieFor: 3000);
                break;
            case NodeFault.WronglyGone:
                Gone(one, 1, zombieFor: 3000);
                break;
            case NodeFault.TwoCoordinators:
                one.MayCoordinateUntil = until;
                if (!one.Coordinates)
                    one.StartCoordinator();
                break;
            case NodeFault.Move:
                cluster.Placement.Move(entity!, Random.Chance(700) ? other : null);
                break;
            case NodeFault.HandedTwice:
                cluster.Placement.Lie(entity!, one, until);
                break;
            case NodeFault.StoreCrash:
                cluster.Server.Crash(TimeSpan.FromMilliseconds(lasts / 3));
                break;
            case NodeFault.LostPiece:
                cluster.Lines.Tampers = -1;
                break;
            case NodeFault.PieceTwice:
                cluster.Lines.Tampers = 1;
                break;
            case NodeFault.LateMail:
                (NodeProcess late, NodeProcess told) = one.Coordinates ? (other, one) : (one, other);
                cluster.Mail.Hold(late, told, lasts);
                Gone(late, Random.Between(200, 1000), zombieFor: 3000);
                break;
            case NodeFault.OldConnection:
                cluster.Lines.Keep(one.Machine, other.Machine);
                break;
            case NodeFault.Leave:
                Leave(one);
                break;
        }
    }

    private void Pause(NodeProcess process, int milliseconds)
    {
        process.Pause();
        _world.After(milliseconds, () =>
        {
            if (process.IsDead)
                return;
            _world.Note($"{process} goes on");
            process.Resume();
            if (process.IsRemoved)
                cluster.EndZombie(process, withinMilliseconds: 2500);
        });
    }

    /// <summary>The others believe it gone after a while; unless it stands still, it goes on for some time.</summary>
    private void Gone(NodeProcess process, int afterMilliseconds, int? zombieFor) => _world.After(afterMilliseconds, () =>
    {
        if (process.IsDead)
            return;
        cluster.Remove(process);
        if (zombieFor is { } milliseconds)
            cluster.EndZombie(process, milliseconds);
    });

    private void Leave(NodeProcess process)
    {
        process.IsLeaving = true;
        process.StopCoordinator();
        cluster.Placement.MoveAll(process);
        _world.After(Random.Between(2000, 5000), () => cluster.Kill(process));
    }

    /// <summary>ACTORSTREAMS_NODE_FAULTS names those that a run is to have.</summary>
    private static NodeFault[] ChosenOr(NodeFault[] all) =>
        Environment.GetEnvironmentVariable("ACTORSTREAMS_NODE_FAULTS") is { Length: > 0 } names
            ? [.. names.Split(',').Select(Enum.Parse<NodeFault>)] : all;
}
