using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Measures the heap, so nothing else runs beside it.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>What comes on the port of links leaves nothing behind.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GrowthSpec
{
    [Fact]
    public void A_batch_on_its_way_and_the_credit_on_its_way_back_allocate_nothing()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        var writer = new BlobWriter(64 * 1024);
        Send(batches: 100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(batches: 1_000);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
        Assert.Equal(1_100 * 16, link.Receiving.Counts.Rows);

        void Send(int batches)
        {
            for (int sent = 0; sent < batches; sent++)
            {
                Batch<long> batch = link.Nodes.A.Pool.Rent();
                batch.Count = 16;
                batch.SourceWatermarks!.Begin(0, 7);
                Assert.True(link.Nodes.A.Outlets[0, 0].TrySend(new LaneMessage(MessageKind.Batch, batch, 0)));
                Cross(link.Sending, link.Receiving);
                Assert.True(link.Nodes.B.Receivers[0].TryRead(out _, out LaneMessage taken));
                link.Nodes.B.Pool.Return((Batch<long>)taken.Batch!);
                Cross(link.Receiving, link.Sending);
            }
        }

        void Cross(LinkSession from, LinkSession to)
        {
            writer.Clear();
            if (from.Fill(writer))
                Crossing<long>.Feed(to, writer.Written);
        }
    }

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
