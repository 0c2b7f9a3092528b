using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Keyed;
using ActorStreams.Benchmarks.Stateless;

namespace ActorStreams.Benchmarks;

/// <summary>Every baseline there is; those with our side beside them are benchmarks.</summary>
internal static class Catalog
{
    public static IReadOnlyList<IBaseline> Baselines { get; } =
    [
        new FilterMap(),
        new KeyedSmall(),
        new KeyedLarge(),
    ];

    public static IEnumerable<IBenchmark> Benchmarks => Baselines.OfType<IBenchmark>();
}
