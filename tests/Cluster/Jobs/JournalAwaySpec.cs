using ActorStreams.Tests;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A journal that takes nothing holds the sources of a job on many nodes, and does not end its attempt.</summary>
public sealed class JournalAwaySpec
{
    private const int Rows = 9_000, OfEach = Rows / CountsOfNodes.Partitions;

    [Fact]
    public async Task Sources_wait_until_a_node_can_write_again()
    {
        string name = Guid.NewGuid().ToString("N");
        SharedJournal journal = JournalOfNodes.Of(name);
        var source = new GatedSource<CountsOfNodes.Number>(CountsOfNodes.Numbers(Rows), CountsOfNodes.Partitions);
        var rows = new MemoryStore();
        var notices = new List<JobNotice>();
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        JobOptions options = new()
        {
            Parallelism = 2,
            EpochInterval = TimeSpan.FromMilliseconds(50),
            OnNotice = notice =>
            {
                lock (notices)
                {
                    if (notice.Kind != JobNoticeKind.AttemptBegun)
                        notices.Add(notice);
                }

                if (notice.Kind == JobNoticeKind.StoreUnavailable)
                    waits.TrySetResult();
            },
        };
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(1, JournalOfNodes.Hocon(name));
        await using ClusterJob job = await ClusterJob.StartAsync(cluster.Systems[0], CountsOfNodes.PipelineOf(() => source),
            Store.AkkaPersistence(cluster.Systems[0], rows), options);

        journal.Writing = static _ => throw new IOException("The disk is full.");
        source.Open(OfEach / 2);
        await waits.Task;
        journal.Writing = null;
        source.Open(OfEach);
        await job.Completion;

        Assert.Equal(CountsOfNodes.Expected(Rows), CountsOfNodes.In(rows));
        lock (notices)
        {
            Assert.Equal((JobNoticeKind.StoreUnavailable, JobNoticeKind.StoreAvailable), (notices[0].Kind, notices[^1].Kind));
            Assert.DoesNotContain(notices, one => one.Kind == JobNoticeKind.Restarting);
            Assert.Contains("sources wait until the store takes what node 'akka.tcp://streams@", notices[0].Message, StringComparison.Ordinal);
            Assert.Contains("was not written: The disk is full.", notices[0].Message, StringComparison.Ordinal);
        }
    }
}
