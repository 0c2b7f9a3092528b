namespace ActorStreams.TestKit;

/// <summary>Whether a <see cref="StreamTest"/> waits where the code of its pipeline really waits: for a service over HTTP, for
/// <c>Task.Delay</c> by the machine's clock, for a thread of its own.</summary>
/// <remarks>
/// The job's own time stays virtual: a real wait takes none of it, so no timeout of an operator and no window passes meanwhile. In which
/// order calls come back is up to the outside, so such a test cannot be repeated step by step from its seed.
/// </remarks>
/// <example><code>
/// await using var test = await StreamTest.StartAsync(Enriched.Build(orders, enriched), waits: RealWaits.Allowed());
/// orders.Element(new Order("o1", "ann"));
/// enriched.ShouldEmit("o1 Ann Miller");           // once the service has answered
/// </code></example>
public sealed class RealWaits
{
    private RealWaits(TimeSpan limit) => Limit = limit;

    /// <summary>The default: work that comes back from outside fails the test, so that each run of it takes the same steps.</summary>
    public static RealWaits Refused { get; } = new(TimeSpan.Zero);

    /// <summary>How long the test waits; zero: not at all.</summary>
    public TimeSpan Limit { get; }

    internal bool AreAllowed => Limit > TimeSpan.Zero;

    /// <summary>The test waits for calls that are under way, whenever it runs the job until nothing is left to do.</summary>
    /// <param name="limit">How long it waits, by the machine's clock, for the next thing to come back; then it goes on without. Null: 10
    /// seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not positive.</exception>
    public static RealWaits Allowed(TimeSpan? limit = null)
    {
        TimeSpan given = limit ?? TimeSpan.FromSeconds(10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(limit));
        return new RealWaits(given);
    }

    /// <summary>As it is said where a test starts.</summary>
    public override string ToString() => AreAllowed ? $"{nameof(RealWaits)}.{nameof(Allowed)}({Limit})"
        : $"{nameof(RealWaits)}.{nameof(Refused)}";
}
