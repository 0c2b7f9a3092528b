namespace ActorStreams.TestKit;

/// <summary>Decides which fault fires when, and counts those that did. Draws from a generator of its own, so that it is the seed's
/// alone.</summary>
internal sealed class FaultPlan
{
    private readonly int[] _fired = new int[Enum.GetValues<FaultKind>().Length];

    private FaultPlan(SimulationRandom random, int target) => (Random, Target) = (random, target);

    /// <summary>No fault ever.</summary>
    public static FaultPlan None() => new(new SimulationRandom(0), 0);

    /// <summary>Faults until <paramref name="target"/> have fired; from then on the job must come to its end.</summary>
    public static FaultPlan Of(ulong seed, int target) => new(SimulationRandom.For(seed, "faults"), target);

    public SimulationRandom Random { get; }

    public int Target { get; }

    public int Fired { get; private set; }

    /// <summary>Faults are over: the time to be alive.</summary>
    public bool IsCalm => Fired >= Target;

    public IReadOnlyDictionary<FaultKind, int> Counts =>
        Enum.GetValues<FaultKind>().Where(kind => _fired[(int)kind] > 0).ToDictionary(kind => kind, kind => _fired[(int)kind]);

    /// <summary>Whether the fault strikes now; it is counted then.</summary>
    public bool Strikes(FaultKind kind, int perMille)
    {
        if (IsCalm || !Random.Chance(perMille))
            return false;
        Count(kind);
        return true;
    }

    public void Count(FaultKind kind)
    {
        _fired[(int)kind]++;
        Fired++;
    }

    /// <summary>How long something slow takes: mostly a little, sometimes long.</summary>
    public TimeSpan Delay() => TimeSpan.FromMilliseconds(Random.Chance(50) ? Random.Between(500, 5000) : Random.Between(1, 60));
}
