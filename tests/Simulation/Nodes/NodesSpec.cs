using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ActorStreams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>A job on several nodes under kills, pauses, zombies, cuts, two coordinators and a store whose answers get lost: many seeds, and
/// each shows what a run without faults shows.</summary>
public sealed class NodesSpec(ITestOutputHelper output)
{
    private static int Seeds => Setting("ACTORSTREAMS_NODE_SEEDS", 300);

    private static bool IsSurvey => Setting("ACTORSTREAMS_NODE_SURVEY", 0) > 0;

    private static int FirstSeed => Setting("ACTORSTREAMS_SEED_START", 1);

    [Fact]
    public void Nothing_is_lost_or_repeated_when_nothing_happens()
    {
        for (ulong seed = 1; seed <= 3; seed++)
            Assert.True(NodesRun.Run(seed, withFaults: false).Epochs > 0);
    }

    [Fact]
    public void Seeds_of_several_nodes_show_what_a_run_without_faults_shows()
    {
        var watch = Stopwatch.StartNew();
        var reports = new ConcurrentBag<NodesReport>();
        (ulong Seed, Exception Error)? failure = null;
        Parallel.For(FirstSeed, FirstSeed + Seeds, (seed, loop) =>
        {
            try
            {
                reports.Add(NodesRun.Run((ulong)seed));
            }
            catch (SimulationException error)
            {
                lock (reports)
                    failure = failure is { } other && other.Seed < (ulong)seed ? other : ((ulong)seed, error);
                if (!IsSurvey)
                    loop.Break();
                output.WriteLine(error.Message.Split('\n')[0]);
            }
        });

        if (failure is { } found)
        {
            string mark = Path.Combine(AppContext.BaseDirectory, "failed-seed.txt");
            File.WriteAllText(mark, found.Seed.ToString(CultureInfo.InvariantCulture));
            Assert.Fail($"{found.Error.Message}{Environment.NewLine}Replay: ACTORSTREAMS_SEED_START={found.Seed} ACTORSTREAMS_NODE_SEEDS=1 " +
                "dotnet test -c Release tests/Simulation --filter \"FullyQualifiedName~Seeds_of_several_nodes\"" +
                $"{Environment.NewLine}{found.Error.InnerException}");
        }

        Tell(reports, watch.Elapsed);
    }

    [Fact]
    public void The_same_seed_of_several_nodes_takes_the_same_steps()
    {
        NodesReport first = NodesRun.Run(7), second = NodesRun.Run(7);
        Assert.Equal((first.Steps, first.TraceHash), (second.Steps, second.TraceHash));
    }

    private void Tell(IReadOnlyCollection<NodesReport> reports, TimeSpan took)
    {
        output.WriteLine($"{reports.Count} seeds in {took.TotalSeconds:F1} s: {reports.Count / took.TotalSeconds:F0} a second.");
        output.WriteLine($"A seed, on average: {reports.Average(report => report.FaultsFired):F1} faults, " +
            $"{reports.Average(report => report.Processes):F1} processes, {reports.Average(report => report.Epochs):F0} epochs, " +
            $"{reports.Average(report => report.Steps):F0} steps, {reports.Average(report => report.VirtualTime.TotalSeconds):F0} virtual seconds.");
        foreach (NodeFault kind in Enum.GetValues<NodeFault>())
            output.WriteLine($"{kind,16}: {reports.Sum(report => report.Faults[(int)kind]),7}");
        foreach (FaultKind kind in Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.Crash))
            output.WriteLine($"{kind,16}: {reports.Sum(report => report.Others.GetValueOrDefault(kind)),7}");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
