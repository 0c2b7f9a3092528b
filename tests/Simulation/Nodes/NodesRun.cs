using ActorStreams.Cluster.Coordination;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>One seed: a job on several nodes under faults, to its end, and what it has come to.</summary>
internal sealed class NodesRun
{
    private static readonly TimeSpan s_livenessBound = TimeSpan.FromMinutes(2);

    /// <summary>Zombies go on for a while after the end, and must not harm it.</summary>
    private static readonly TimeSpan s_afterwards = TimeSpan.FromSeconds(12);

    private readonly ulong _seed;
    private readonly NodeScenario _scenario;
    private readonly NodesWorld _world;
    private readonly NodesCluster _cluster;
    private TimeSpan? _deadline;

    private NodesRun(ulong seed, bool withFaults)
    {
        (_seed, _scenario, _world) = (seed, NodeScenario.Of(seed), new NodesWorld(seed, withFaults));
        _cluster = new NodesCluster(_world, _scenario);
    }

    /// <summary>Runs a seed.</summary>
    /// <exception cref="SimulationException">The job lost or repeated something, failed, or did not end.</exception>
    public static NodesReport Run(ulong seed, bool withFaults = true)
    {
        var run = new NodesRun(seed, withFaults);
        try
        {
            return run.Execute();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            string diary = string.Join(Environment.NewLine, run._world.Diary.TakeLast(run._world.IsTold ? 5000 : 120));
            throw new SimulationException($"Seed {seed}, scenario {run._scenario.Name}: {error.Message}{Environment.NewLine}{diary}", error);
        }
    }

    private NodesReport Execute()
    {
        _cluster.Start();
        if (_world.Faults.Target > 0)
            new NodeAttacks(_cluster).Begin();
        while (!IsComplete())
            Step();
        CompareShown("");
        TimeSpan end = _world.Clock.Elapsed + s_afterwards;
        while (_world.Alive.Any(process => process.IsPaused || process.IsRemoved) && _world.Clock.Elapsed < end)
            Step();
        CompareShown(" after the last zombie had ended");
        CompareState();
        var report = new NodesReport(_seed, _world.Loop.TraceHash, _world.Loop.Steps, _cluster.Server.Epoch, _world.Processes.Count,
            _world.Clock.Elapsed, _world.Faults.Fired, [.. Enum.GetValues<NodeFault>().Select(_world.CountOf)], _world.Faults.Counts);
        foreach (NodeProcess process in _world.Alive.ToArray())
            process.Kill();
        return report;
    }

    private bool IsComplete()
    {
        foreach (NodeProcess process in _world.Processes)
        {
            if (process is { IsDead: false, State.Phase: JobPhase.Completed })
                return true;
            if (process is { IsDead: false, State: { Phase: JobPhase.Failed or JobPhase.Stopped } state })
                throw new SimulationException($"The job has {state.Phase.ToString().ToLowerInvariant()}: {state.Text}");
        }

        return false;
    }

    private void Step()
    {
        if (_world.IsCalm)
            _deadline ??= _world.Clock.Elapsed + s_livenessBound;
        if (!_world.Loop.Step())
            throw new SimulationException("Deadlock: nothing is ready, and no timer is set.");
        if (_world.Failure is { } failure)
            throw new SimulationException(failure);
        if (_world.Clock.Elapsed > _deadline)
        {
            throw new SimulationException($"The faults were over, but the job was not done within {s_livenessBound}. " +
                string.Join(" | ", _world.Alive.Select(process => $"{process}: {process.State}")));
        }
    }

    private void CompareShown(string when)
    {
        string[] expected = [.. _scenario.Shown(_seed).Order(StringComparer.Ordinal)];
        string[] shown = [.. _world.Outside.Show(_cluster.Server.Inner.ReadTable).Order(StringComparer.Ordinal)];
        if (shown.AsSpan().SequenceEqual(expected))
            return;
        List<string> lost = Minus(expected, shown), added = Minus(shown, expected);
        throw new SimulationException($"The sinks show {shown.Length} rows instead of {expected.Length}{when}. " +
            $"Lost {lost.Count}: {string.Join(" | ", lost.Take(5))}. Repeated or wrong {added.Count}: {string.Join(" | ", added.Take(5))}.");
    }

    private void CompareState()
    {
        Pipeline pipeline = _cluster.BuildPipeline();
        foreach ((string key, string expected, Func<Pipeline, Store, Task<string>> stored) in _scenario.State(_seed))
        {
            string found = stored(pipeline, _cluster.Server.Inner).GetAwaiter().GetResult();
            if (found != expected)
                throw new SimulationException($"The store's state of '{key}' is {found} in the end, not {expected}.");
        }
    }

    private static List<string> Minus(string[] rows, string[] others)
    {
        var rest = new List<string>(rows);
        foreach (string other in others)
            rest.Remove(other);
        return rest;
    }
}

/// <summary>What a run was like.</summary>
internal sealed record NodesReport(ulong Seed, ulong TraceHash, long Steps, long Epochs, int Processes, TimeSpan VirtualTime,
    int FaultsFired, IReadOnlyList<int> Faults, IReadOnlyDictionary<FaultKind, int> Others);
