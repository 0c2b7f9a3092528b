using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Measures the heap, so nothing else runs beside it.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>What comes on the port of links leaves nothing behind.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GrowthSpec
{
    [Fact]
    public void Garbage_on_ten_thousand_connections_leaves_nothing_behind()
    {
        var random = new Random(23);
        byte[] bytes = new byte[300];
        var directory = new Crossing<long>();
        Round();
        long first = Round();
        Assert.InRange(Round() - first, long.MinValue, 256 * 1024);

        long Round()
        {
            for (int connection = 0; connection < 5_000; connection++)
            {
                random.NextBytes(bytes);
                var session = new ReceivingSession(directory, LinkLimits.Default, directory.Clock);
                Crossing<long>.Feed(session, bytes);
            }

            directory.Refused.Clear();
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}
