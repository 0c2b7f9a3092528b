namespace ActorStreams.TestKit;

/// <summary>Runs a whole job on one thread, in virtual time, under faults drawn from a seed, and holds its sinks to what a run without
/// faults gives.</summary>
/// <remarks>
/// The job crashes at any step, its store fails, answers late or not at all, its machine comes back with another number of actors, a
/// process thought dead goes on beside its successor; then the faults stop, and the job must come to its end. Nothing may be lost or
/// doubled. The results of the pipeline must not depend on how its partitions interleave: rows late for their windows (unless
/// <c>Lateness.BySource</c> is said), and order-dependent folds over several partitions, do.
/// </remarks>
/// <example><code>
/// for (ulong seed = 1; seed &lt;= 100; seed++)
/// {
///     Simulation.Run(seed, (pipeline, world) =>
///         pipeline.Read("orders", world.Source("orders", random => MakeOrders(random)))
///                 .WithEventTime(order => order.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(1)))
///                 .KeyBy(order => order.Customer)
///                 .Window("totals", Windows.Tumbling(TimeSpan.FromHours(1)))
///                 .Aggregate(a => a.Sum(order => order.Total))
///                 .Write("results", world.Table&lt;WindowResult&lt;string, decimal&gt;&gt;("results")));
/// }
/// </code></example>
public static class Simulation
{
    /// <summary>Runs one seed.</summary>
    /// <param name="seed">Decides the input, the faults and the order of all steps.</param>
    /// <param name="build">Builds the pipeline from the world's sources into the world's sinks; called for every process, so it must always
    /// build the same.</param>
    /// <param name="options">How hard; null: the defaults.</param>
    /// <exception cref="SimulationException">The job lost, doubled or made up a row, failed, or did not end; the message names the
    /// seed.</exception>
    public static SimulationReport Run(ulong seed, Action<Pipeline, SimulatedWorld> build, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        try
        {
            return new SimulationRun(seed, build, options ?? new SimulationOptions()).Execute();
        }
        catch (Exception error)
        {
            throw new SimulationException($"Seed {seed}: {error.Message}", error);
        }
    }
}

/// <summary>How hard a simulation is on its job.</summary>
public sealed record SimulationOptions
{
    /// <summary>The fewest faults that fire before the job may end. Default: 24.</summary>
    public int MinFaults { get; init; } = 24;

    /// <summary>The most faults, but for those of the last crash. Default: 48.</summary>
    public int MaxFaults { get; init; } = 48;

    /// <summary>The virtual time within which the job must be done once the faults are over. Default: 5 minutes.</summary>
    public TimeSpan LivenessBound { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Instead of all other faults: one crash, right before this step. To crash a small job at every step there is. Default:
    /// null.</summary>
    public long? CrashAtStep { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new SimulationOptions());
}

/// <summary>What a simulated run was like.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="TraceHash">The digest of its steps and commits: the same whenever the seed is run again by the same code.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Epochs">Epochs committed.</param>
/// <param name="Processes">Processes started.</param>
/// <param name="VirtualTime">The time that passed in it.</param>
/// <param name="Rows">Rows its sinks show.</param>
/// <param name="Faults">The faults that fired, by kind.</param>
public sealed record SimulationReport(
    ulong Seed, ulong TraceHash, long Steps, long Epochs, int Processes, TimeSpan VirtualTime, int Rows,
        IReadOnlyDictionary<FaultKind, int> Faults)
{
    /// <summary>What its sinks show, a line each: the sink's name, a colon, the row as text; sorted.</summary>
    public IReadOnlyList<string> Shown { get; init; } = [];

    /// <summary>The number of faults that fired.</summary>
    public int FaultsFired => Faults.Values.Sum();
}
