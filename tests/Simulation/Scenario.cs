using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>A pipeline to be put through the faults. Every class in Scenarios takes part by being there; seeds go round among
/// them.</summary>
public abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
        [.. typeof(Scenario).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Scenario)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (Scenario)Activator.CreateInstance(type)!)];

    public string Name => GetType().Name;

    /// <summary>Results must not depend on how partitions interleave.</summary>
    public abstract void Build(Pipeline pipeline, SimulatedWorld world);

    /// <summary>What some of its sinks must show, computed by the plainest means from the same input: a line each, with the sink's name
    /// before it.</summary>
    /// <remarks>A sink of which no line is given is held to the run without faults only.</remarks>
    public virtual IEnumerable<string> Model(ulong seed) => [];

    /// <summary>The rows of a source, a partition after the other, as <see cref="Keyed"/> reads them.</summary>
    protected static IReadOnlyList<Payment> Payments(ulong seed, string source, bool areKeysPrivate = false) =>
        [.. Payment.Partitions(SimulationRandom.For(seed, source), areKeysPrivate).SelectMany(rows => rows)];

    /// <summary>A source of payments, by account, with event times none of which is late.</summary>
    protected static KeyedStream<string, Payment> Keyed(Pipeline pipeline, SimulatedWorld world, string source,
        bool areKeysPrivate = false, params int[] paces) => pipeline
        .Read(source, world.Source(source, random => Payment.Partitions(random, areKeysPrivate, paces)))
        .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder)).KeyBy(payment => payment.Account);

    /// <summary>The one whose turn it is; <c>ACTORSTREAMS_SCENARIO</c> names one for all seeds.</summary>
    public static Scenario Of(ulong seed) => Environment.GetEnvironmentVariable("ACTORSTREAMS_SCENARIO") is { Length: > 0 } name
        ? All.Single(scenario => scenario.Name == name)
        : All[(int)(seed % (ulong)All.Count)];
}

/// <summary>The input of the scenarios.</summary>
/// <param name="Id">Unique in the input.</param>
/// <param name="Account">One of a few keys; half of them come from one partition only.</param>
/// <param name="Time">Event time in microseconds.</param>
/// <param name="Amount">A number.</param>
public readonly record struct Payment(int Id, string Account, long Time, long Amount)
{
    /// <summary>How far a row may come behind the latest of its partition.</summary>
    public static TimeSpan Disorder { get; } = TimeSpan.FromSeconds(5);

    /// <summary>A few partitions of rows, a little out of order within each.</summary>
    /// <param name="random">The input's generator.</param>
    /// <param name="areKeysPrivate">Whether each key comes from one partition only, so that its order is fixed.</param>
    /// <param name="paces">The longest span from one row to the next in milliseconds: one of these.</param>
    public static IReadOnlyList<IReadOnlyList<Payment>> Partitions(SimulationRandom random, bool areKeysPrivate = false,
        params ReadOnlySpan<int> paces)
    {
        var partitions = new List<IReadOnlyList<Payment>>();
        int count = random.Between(1, 4), id = 0;
        for (int partition = 0; partition < count; partition++)
        {
            var rows = new List<Payment>();
            long clock = 1_893_456_000_000_000;
            int length = random.Between(20, 200), pace = paces.IsEmpty ? random.OneOf(20, 300, 2500) : random.OneOf(paces);
            for (int row = 0; row < length; row++)
            {
                clock += random.Next(pace) * 1000L;
                long time = clock - (random.Next((int)Disorder.TotalMilliseconds) * 1000L);
                int key = random.Next(random.OneOf(3, 40));
                string account = areKeysPrivate || random.Chance(500) ? $"p{partition}-{key}" : $"shared-{key}";
                rows.Add(new Payment(id++, account, time, random.Next(1000)));
            }

            partitions.Add(rows);
        }

        return partitions;
    }
}
