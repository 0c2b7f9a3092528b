using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Rows and watermarks in the order in which they come, drawn from a seed: out of order, late, equal times, negative times, a gap
/// of a year.</summary>
internal sealed class Script
{
    private readonly List<(Reading? Row, long Watermark)> _steps = [];

    public IReadOnlyList<(Reading? Row, long Watermark)> Steps => _steps;

    /// <summary>Rows of event times before the watermark are late, by up to 150 µs; others are up to 150 µs out of order.</summary>
    /// <param name="random">What everything is drawn from.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="inOrder">Whether none is late or out of order.</param>
    /// <param name="unit">What stands for a microsecond here.</param>
    public static Script Random(Random random, int rows, int keys = 5, bool inOrder = false, long unit = 1)
    {
        var script = new Script();
        long now = random.Next(-500, 500) * unit;
        for (int i = 0; i < rows; i++)
        {
            now += random.Next(10) switch
            {
                0 => random.Next(400) * unit,
                1 when random.Next(20) == 0 => 31_536_000_000_000,
                _ => random.Next(4) * unit
            };
            script._steps.Add(
                (new Reading($"k{random.Next(keys)}", now - (!inOrder && random.Next(6) == 0 ? random.Next(150) * unit : 0),
                random.Next(-50, 50)), 0));
            if (random.Next(4) == 0)
                script._steps.Add((null, inOrder ? now : now - (random.Next(60) * unit)));
        }

        return script;
    }

    /// <summary>The script without the rows for which <paramref name="isKept"/> says no, asked in their order.</summary>
    public Script Where(Func<Reading, bool> isKept)
    {
        var script = new Script();
        script._steps.AddRange(_steps.Where(step => step.Row is not { } row || isKept(row)));
        return script;
    }

    public string Lines(IEnumerable<string> rows) => string.Join('\n', rows);

    /// <summary>Runs the operator over the script, with epochs and crashes between any two steps, at changing parallelism.</summary>
    public async Task<Outcome> RunAsync(int seed, Func<Stream<Reading>, Stream<string>> build, ErrorPolicy errors = ErrorPolicy.Fail)
    {
        var random = new Random(seed);
        var source = new TestSource<Reading>();
        var sink = new TestSink<string>();
        var options = new JobOptions
        {
            Parallelism = 1 + (seed % 3),
            Shards = 4,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null,
            BatchRows = 16,
            Errors = errors
        };
        await using StreamTest test = await StreamTest.StartAsync(pipeline => build(pipeline.Read("input", source)).Write("output", sink),
            options, (ulong)seed);
        foreach ((Reading? row, long watermark) in _steps)
        {
            if (row is { } element)
                source.Element(element, EventTime.ToDateTimeOffset(element.Time));
            else
                source.Watermark(EventTime.ToDateTimeOffset(watermark));
            if (random.Next(12) == 0)
                test.Commit();
            if (random.Next(25) == 0)
                test.Commit().CrashAndRestore(random.Next(1, 4));
            else if (random.Next(60) == 0)
                test.CrashAndRestore(random.Next(1, 4));
        }

        source.Complete();
        test.RunUntilIdle();
        long dropped = test.Job.Run.Regions.Sum(region => region.Counters().GetValueOrDefault("late_dropped"));
        return new Outcome([.. sink.Committed.Order(StringComparer.Ordinal)], test.ReadTable("dead_letters").Count, dropped,
            Held(test.Job));
    }

    /// <summary>The same script under the contract of all operators.</summary>
    public void Holds(Func<Stream<Reading>, Stream<string>> build, IEnumerable<string> expected)
    {
        var contract = new OperatorContract<Reading, string>(build);
        foreach ((Reading? row, long watermark) in _steps)
        {
            if (row is { } element)
                contract.Element(element, EventTime.ToDateTimeOffset(element.Time));
            else
                contract.Watermark(EventTime.ToDateTimeOffset(watermark));
        }

        contract.Holds(string.Join('\n', expected));
    }

    /// <summary>Fails with what is missing and what is too much.</summary>
    public static void AreEqual(IEnumerable<string> expected, IEnumerable<string> came, string of)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)], got = [.. came.Order(StringComparer.Ordinal)];
        Assert.True(wanted.SequenceEqual(got),
            $"{of}: missing {string.Join(", ", wanted.Except(got))}; too many: {string.Join(", ", got.Except(wanted))}; twice {string.Join(", ", got.GroupBy(row => row).Where(rows => rows.Count() > 1).Select(rows => rows.Key))}");
    }

    private static int Held(Job job) => job.Run.Regions.Count;

    /// <summary>What came out, what became of late rows, and what is left.</summary>
    internal sealed record Outcome(string[] Results, int DeadLetters, long LateDropped, int Regions);
}
