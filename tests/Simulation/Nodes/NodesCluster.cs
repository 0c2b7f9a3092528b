using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Options;
using ActorStreams.TestKit;
using Akka.Actor;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>The cluster as a model: who is a member, who coordinates, and who believes what of that. It lies as Akka may: late, twice, in
/// another order on each node, and with two coordinators at once.</summary>
internal sealed class NodesCluster
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(500);

    private readonly NodeScenario _scenario;
    private readonly int _parallelism, _shards;
    private int _started;
    private bool _isStarting;

    public NodesCluster(NodesWorld world, NodeScenario scenario)
    {
        (World, _scenario) = (world, scenario);
        (Mail, Lines, Placement, Server) = (new NodeMail(world), new NodeLines(world), new NodePlacement(world), new NodesServer(world));
        (_parallelism, _shards) = (world.Random.Between(2, 3), world.Random.OneOf(4, 8));
        Machines = world.Random.Between(2, 3);
    }

    public NodesWorld World { get; }

    public NodeMail Mail { get; }

    public NodeLines Lines { get; }

    public NodePlacement Placement { get; }

    public NodesServer Server { get; }

    public int Machines { get; }

    public ClusterSettings Settings { get; } = new()
    {
        ClaimEvery = TimeSpan.FromMilliseconds(400),
        EndWithin = TimeSpan.FromSeconds(2),
    };

    /// <summary>Who should coordinate: the oldest member.</summary>
    private NodeProcess? Oldest => World.Members.FirstOrDefault(member => !member.IsLeaving);

    public void Start()
    {
        for (int machine = 0; machine < Machines; machine++)
            StartOn(machine);
        Look();
        World.After(s_lookEvery, Ask);
    }

    public Pipeline BuildPipeline()
    {
        Pipeline pipeline = Pipeline.Create("simulated");
        _scenario.Build(pipeline, World);
        return pipeline;
    }

    public JobOptions Options(SimulationScheduler scheduler) => new JobOptions
    {
        Parallelism = _parallelism,
        Shards = _shards,
        Restart = new RestartPolicy(1000, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500)),
        BatchRows = 8,
        LaneBatches = 2,
        EpochInterval = TimeSpan.FromMilliseconds(200),
        Linger = TimeSpan.FromMilliseconds(1),
        RetainEpochs = 2,
        MaxEventTimeAhead = null,
        Snapshots = new SnapshotPolicy(JournalBytes: 1, JournalEvents: 2, BudgetBytes: 2000),
        OnNotice = World.Faults.Target == 0 ? static _ => { } : notice => World.Note($"notice: {notice.Message}"),
    }.On(scheduler);

    /// <summary>A new process on a machine, which joins.</summary>
    public void StartOn(int machine)
    {
        if (World.Alive.Any(process => process.Machine == machine))
            return;
        foreach (NodeProcess before in World.Processes.Where(process => process.Machine == machine && !process.IsRemoved).ToArray())
            Remove(before);                             // the next one at its address has joined
        string name = $"node-{machine}#{++_started}";
        World.Note($"{name} starts");
        World.Processes.Add(new NodeProcess(this, machine, name, _started == 1 ? World.Loop : World.Loop.NewProcess()));
    }

    /// <summary>A process dies; another one starts on its machine some time later.</summary>
    public void Kill(NodeProcess process)
    {
        if (process.IsDead)
            return;
        World.Note($"{process} dies");
        process.Kill();
        Lines.Kill(process, isSilent: World.Random.Chance(300));
        World.After(World.Random.Between(300, 3000), () => StartOn(process.Machine));
        World.After(World.Random.Between(300, 3500), () => Remove(process));
    }

    /// <summary>The cluster counts a process as gone: each of the others hears of it some time, maybe twice.</summary>
    public void Remove(NodeProcess process)
    {
        if (process.IsRemoved)
            return;
        process.IsRemoved = true;
        World.Note($"{process} is removed");
        foreach (NodeProcess other in World.Members.ToArray())
        {
            for (int times = World.Random.Chance(200) ? 2 : 1; times > 0; times--)
            {
                World.After(World.Random.Next(1200), () =>
                {
                    if (!other.IsDead)
                        other.Members.Tell(process.Name);
                });
            }
        }
    }

    /// <summary>It hears last that it is not a member any more, and ends itself then.</summary>
    public void EndZombie(NodeProcess process, int withinMilliseconds) =>
        World.After(World.Random.Next(withinMilliseconds), () => Kill(process));

    /// <summary>Begins or ends coordinators as the cluster would.</summary>
    private void Look()
    {
        if (Oldest is { IsDead: false, Coordinates: false } oldest && !_isStarting)
        {
            _isStarting = true;
            World.After(World.Random.Between(1, 400), () =>
            {
                _isStarting = false;
                if (Oldest == oldest && oldest is { IsDead: false, Coordinates: false })
                {
                    World.Note($"{oldest} coordinates");
                    oldest.StartCoordinator();
                }
            });
        }

        foreach (NodeProcess other in World.Alive.Where(process => process.Coordinates && process != Oldest && !process.IsRemoved))
        {
            if (other.MayCoordinateUntil < World.Clock.Elapsed)
                other.StopCoordinator();
        }

        World.After(s_lookEvery, Look);
    }

    private void Ask()
    {
        if (Oldest is { IsDead: false, Coordinates: true } oldest)
        {
            foreach (NodeProcess process in World.Alive)
            {
                if (process == oldest)
                    oldest.Coordinator!.Tell(process.Ask(), process.Actor);
                else
                    Mail.Find(process, oldest, oldest.Coordinator!).Tell(process.Ask(), process.Actor);
            }
        }

        World.After(s_lookEvery, Ask);
    }
}
