using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>What all nodes of a simulation share: the thread, the time, the seed, and what is wrong at the moment.</summary>
internal sealed class NodesWorld
{
    private readonly Dictionary<string, object> _things = new(StringComparer.Ordinal);
    private readonly int[] _fired = new int[Enum.GetValues<NodeFault>().Length];

    public NodesWorld(ulong seed, bool withFaults)
    {
        Seed = seed;
        Random = SimulationRandom.For(seed, "nodes");
        Faults = withFaults ? FaultPlan.Of(seed, SimulationRandom.For(seed, "target").Between(8, 16)) : FaultPlan.None();
        Outside = new SimulatedWorld(seed, Clock, Faults);
        Loop = new SimulationScheduler(seed, Clock) { StallsPerMille = withFaults ? 10 : 0 };
    }

    public ulong Seed { get; }

    public SimulationRandom Random { get; }

    public VirtualClock Clock { get; } = new();

    public FaultPlan Faults { get; }

    /// <summary>Sinks, and what they show.</summary>
    public SimulatedWorld Outside { get; }

    /// <summary>The thread that all processes share.</summary>
    public SimulationScheduler Loop { get; }

    /// <summary>All processes that were ever started.</summary>
    public List<NodeProcess> Processes { get; } = [];

    public IEnumerable<NodeProcess> Alive => Processes.Where(process => !process.IsDead);

    /// <summary>Those that the cluster counts as members, as they joined; some may be dead, and not be known to be.</summary>
    public IEnumerable<NodeProcess> Members => Processes.Where(process => !process.IsRemoved);

    public bool IsCalm => Faults.IsCalm;

    /// <summary>What must never happen, and has.</summary>
    public string? Failure { get; private set; }

    /// <summary>The diary has each message between nodes, too: where one seed is replayed to be understood.</summary>
    public bool IsTold { get; } = Environment.GetEnvironmentVariable("ACTORSTREAMS_NODE_DIARY") is { Length: > 0 };

    /// <summary>What has happened, for the report of a failure.</summary>
    public List<string> Diary { get; } = [];

    /// <summary>Something that is outside of all nodes, by its name; made once.</summary>
    public T Things<T>(string name, Func<T> make)
        where T : class
    {
        if (!_things.TryGetValue(name, out object? thing))
            _things[name] = thing = make();
        return (T)thing;
    }

    public int CountOf(NodeFault kind) => _fired[(int)kind];

    /// <summary>A fault has happened.</summary>
    public void Count(NodeFault kind, string where)
    {
        _fired[(int)kind]++;
        Faults.Count(FaultKind.Crash);
        Note($"{kind}: {where}");
    }

    public void Note(string what) => Diary.Add($"{Clock.Elapsed.TotalSeconds,8:F3}  {what}");

    public void Fail(string what) => Failure ??= what;

    /// <summary>Does something later, whatever becomes of the processes.</summary>
    public void After(TimeSpan delay, Action action) => Clock.CreateTimer(static action => ((Action)action!)(), action, delay,
        Timeout.InfiniteTimeSpan);

    public void After(int milliseconds, Action action) => After(TimeSpan.FromMilliseconds(milliseconds), action);
}
