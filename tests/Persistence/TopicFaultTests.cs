using ActorStreams.Authoring;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>Appends to topics by commits that fail at each of their steps.</summary>
[Collection("PostgreSQL")]
public sealed class TopicFaultTests
{
    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 6)]
    public async Task A_commit_that_fails_at_any_step_appends_all_or_nothing_and_once_when_it_is_tried_again(bool onPostgreSql,
        int fewestSteps)
    {
        FailingSteps faults = FailingSteps.WithIoError();
        await using StoreFixture fixture = onPostgreSql ? new PostgreSqlFixture() : new SqliteFixture();
        await using Store store = fixture.Open(faults);
        JobJournal journal = await store.OpenAsync("job");
        await store.Topics.OpenAsync(new TopicSpec("orders", 2), new Schema("text"));
        await journal.CommitAsync(Appending(1));
        int step = 0;
        for (long epoch = 2; ; step++, epoch++)
        {
            faults.Arm(step);
            try
            {
                await journal.CommitAsync(Appending(epoch));
            }
            catch (StoreException error) when (error.IsTransient)
            {
                Assert.Contains(await NextAsync(store), new[] { epoch - 1, epoch });
            }

            bool isDone = faults.Failed is null;
            faults.Arm(-1);
            await journal.CommitAsync(Appending(epoch));
            Assert.Equal(epoch, await NextAsync(store));
            if (isDone)
                break;
        }

        Assert.InRange(step, fewestSteps, 40);
        await journal.DisposeAsync();
    }

    /// <summary>A record for each of two partitions.</summary>
    private static EpochCommit Appending(long epoch) =>
        Epoch(epoch) with { Topics = [new TopicWrite("orders", "job/sink", EventTime.MinValue, [Record(0, epoch), Record(1, epoch)])] };

    private static TopicBlob Record(int partition, long value)
    {
        BlobWriter rows = new();
        rows.WriteInt64(value);
        TopicRecords.Seal(rows, [value], default, keys: null, default, default);
        return new TopicBlob(partition, 0, 1, value, value, rows.ToArray());
    }

    /// <summary>The offset after the last record, the same in both partitions; each epoch is at its place.</summary>
    private static async Task<long> NextAsync(Store store)
    {
        long next = (await store.Topics.RangeAsync("orders", 0)).Next;
        for (int partition = 0; partition < 2; partition++)
        {
            Assert.Equal(next, (await store.Topics.RangeAsync("orders", partition)).Next);
            IReadOnlyList<TopicEntry> entries = await store.Topics.ReadAsync("orders", partition, 0, int.MaxValue);
            Assert.Equal(Enumerable.Range(1, (int)next).Select(epoch => ((long)epoch - 1, (long)epoch)),
                entries.Select(entry => (entry.Offset, entry.MinTime)));
        }

        return next;
    }
}
