using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ActorStreams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Simulation.Tests;

/// <summary>Many seeds, each a job with its faults: nothing lost, nothing doubled, and the job ends once the faults do.</summary>
public sealed class SimulationSpec(ITestOutputHelper output)
{
    internal const int SeedsByDefault = 330;

    private static int Seeds => Setting("ACTORSTREAMS_SEEDS", SeedsByDefault);

    private static int FirstSeed => Setting("ACTORSTREAMS_SEED_START", 1);

    [Fact]
    public void Every_seed_shows_what_a_run_without_faults_shows()
    {
        var watch = Stopwatch.StartNew();
        var reports = new ConcurrentBag<SimulationReport>();
        (ulong Seed, Exception Error)? failure = null;
        Parallel.For(FirstSeed, FirstSeed + Seeds, (seed, loop) =>
        {
            try
            {
                reports.Add(Run((ulong)seed));
            }
            catch (SimulationException error)
            {
                lock (reports)
                    failure = failure is { } other && other.Seed < (ulong)seed ? other : ((ulong)seed, error);
                loop.Break();
            }
        });

        if (failure is { } found)
        {
            string mark = Path.Combine(AppContext.BaseDirectory, "failed-seed.txt");
            File.WriteAllText(mark, found.Seed.ToString(CultureInfo.InvariantCulture));
            Assert.Fail($"Scenario {Scenario.Of(found.Seed).Name}. {found.Error.Message}{Environment.NewLine}" +
                $"Replay: ACTORSTREAMS_SEED_START={found.Seed} ACTORSTREAMS_SEEDS=1 dotnet test tests/Simulation{Environment.NewLine}{found.Error.InnerException}");
        }

        // A short input leaves room for few faults; the seeds of a scenario, ten of them by default, together show that it is attacked.
        Assert.All(reports.GroupBy(report => Scenario.Of(report.Seed).Name),
            scenario => Assert.True(scenario.Average(report => report.FaultsFired) >= 15,
            $"Scenario {scenario.Key}: only {scenario.Average(report => report.FaultsFired):F1} faults fired in a seed, on average."));
        Tell(reports, watch.Elapsed);
    }

    [Fact]
    public void The_same_seed_takes_the_same_steps()
    {
        for (int seed = FirstSeed; seed < FirstSeed + Seeds; seed += 100)
        {
            SimulationReport first = Run((ulong)seed), second = Run((ulong)seed);
            Assert.True(first.TraceHash == second.TraceHash,
                $"Seed {seed}: {first.Steps} and {second.Steps} steps, trace {first.TraceHash:x16} and {second.TraceHash:x16}.");
        }
    }

    private static SimulationReport Run(ulong seed)
    {
        Scenario scenario = Scenario.Of(seed);
        SimulationReport report = TestKit.Simulation.Run(seed, scenario.Build);
        CompareWithModel(seed, [.. scenario.Model(seed).Order(StringComparer.Ordinal)], report.Shown);
        return report with { Shown = [] };   // megabytes of text a seed, and thousands of seeds
    }

    private static void CompareWithModel(ulong seed, string[] model, IReadOnlyList<string> shown)
    {
        HashSet<string> sinks = [.. model.Select(SinkOf)];
        string[] came = [.. shown.Where(row => sinks.Contains(SinkOf(row))).Order(StringComparer.Ordinal)];
        if (came.AsSpan().SequenceEqual(model))
            return;
        throw new SimulationException($"Seed {seed}: every run gives the same, but not what the model gives. " +
            $"Missing: {string.Join(" | ", model.Except(came).Take(5))}. Not in the model: {string.Join(" | ", came.Except(model).Take(5))}.");
    }

    private static string SinkOf(string row) => row[..row.IndexOf(':', StringComparison.Ordinal)];

    private void Tell(IReadOnlyCollection<SimulationReport> reports, TimeSpan took)
    {
        output.WriteLine($"{reports.Count} seeds in {took.TotalSeconds:F1} s: {reports.Count / took.TotalSeconds:F0} a second.");
        output.WriteLine(
            $"A seed, on average: {reports.Average(report => report.FaultsFired):F1} faults, {reports.Average(report => report.Processes):F1} processes, " +
            $"{reports.Average(report => report.Epochs):F0} epochs, {reports.Average(report => report.Steps):F0} steps, {reports.Average(report => report.VirtualTime.TotalSeconds):F0} virtual seconds, " +
            $"{reports.Average(report => report.Rows):F0} rows shown.");
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
            output.WriteLine($"{kind,14}: {reports.Sum(report => report.Faults.GetValueOrDefault(kind)),7}");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
