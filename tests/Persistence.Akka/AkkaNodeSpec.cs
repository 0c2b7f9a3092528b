using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>Nodes write to the journals of their shards before an epoch is committed, each by itself, and again where it fails: its row
/// tells which of their attempts counts.</summary>
public sealed class AkkaNodeSpec : IAsyncLifetime
{
    private readonly NodesSite _site = new(), _other;
    private Store _store = null!, _elsewhere = null!;

    public AkkaNodeSpec() => _other = _site.Beside();

    private SharedJournal Journal => _site.Journal;

    public Task InitializeAsync()
    {
        (_store, _elsewhere) = (_site.Open(), _other.Open());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _other.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task A_part_that_is_written_again_after_a_failure_counts_once()
    {
        await using JobJournal writer = await _store.OpenAsync("job");
        await using NodeJournal one = await _store.OpenNodeAsync("job", writer.Generation);
        await using NodeJournal two = await _elsewhere.OpenNodeAsync("job", writer.Generation);
        FailOnce("job/counts/1");

        PreparedPart again = await one.PrepareAsync(Part(1, 0, Event(1, 0), Event(1, 1)));
        Assert.Equal(2, Journal.CountOf("job/counts/0"));               // what came of the first attempt is there, too
        PreparedPart once = await two.PrepareAsync(Part(1, 1, Event(1, 2)));
        await writer.CommitAsync(Epoch(1) with { Prepared = [again, once] });
        await CommitAsync(writer, one, 2, Event(2, 0));

        Assert.Equal("0:1 0:2 1:1 2:1", await two.ReadAsTextAsync(2));
        await using JobJournal next = await _elsewhere.OpenAsync("job");
        await using NodeJournal later = await _elsewhere.OpenNodeAsync("job", next.Generation);
        await CommitAsync(next, later, 3, Event(3, 0));
        Assert.Equal("0:1 0:2 0:3 1:1 2:1", await later.ReadAsTextAsync(3));
        Assert.Equal("0:1 1:1 2:1", await later.ReadAsTextAsync(1));
    }

    [Fact]
    public async Task A_node_that_was_overtaken_may_write_first_and_keeps_the_rightful_one_neither_down_nor_wrong()
    {
        await using JobJournal before = await _elsewhere.OpenAsync("job");
        await using NodeJournal zombie = await _elsewhere.OpenNodeAsync("job", before.Generation);
        await CommitAsync(before, zombie, 1, Event(1, 0));
        await using JobJournal writer = await _store.OpenAsync("job");
        await using NodeJournal node = await _store.OpenNodeAsync("job", writer.Generation);
        Assert.Equal("0:1", await node.ReadAsTextAsync(1));             // its actor knows how far the journal is

        await zombie.PrepareAsync(Part(2, 0, Event(2, 0, "zombie"), Event(2, 3, "zombie")));
        await CommitAsync(writer, node, 2, Event(2, 0, "rightful"));    // its number is taken: it reads, and writes behind
        await CommitAsync(writer, node, 3, Event(3, 0, "rightful"));

        Assert.Equal(["counts/0@1", "rightful", "rightful"],
            (await node.ReadAllAsync(3)).Select(one => Encoding.UTF8.GetString(one.Payload.Span)));
        var overtaken = await Assert.ThrowsAsync<FencedException>(
            () => zombie.PrepareAsync(Part(2, 0, Event(2, 0, "zombie"))).AsTask());
        Assert.Contains($"was overtaken by generation {writer.Generation}", overtaken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_takes_nothing_is_a_store_that_is_not_available_for_now()
    {
        await using JobJournal writer = await _store.OpenAsync("job");
        await using NodeJournal node = await _store.OpenNodeAsync("job", writer.Generation);
        Journal.Writing = static _ => throw new IOException("The disk is full.");

        var away = await Assert.ThrowsAsync<StoreException>(() => node.PrepareAsync(Part(1, 0, Event(1, 0))).AsTask());
        Assert.True(away.IsTransient);
        Assert.Contains("job 'job': operator 'counts', shard 0 was not written: The disk is full.", away.Message, StringComparison.Ordinal);

        Journal.Writing = null;
        await CommitAsync(writer, node, 1, Event(1, 0));
        Assert.Equal("0:1", await node.ReadAsTextAsync(1));
    }

    [Fact]
    public async Task The_node_that_has_a_shard_removes_what_no_retained_epoch_needs()
    {
        await using JobJournal writer = await _store.OpenAsync("job");
        await using (NodeJournal node = await _store.OpenNodeAsync("job", writer.Generation))
        {
            FailOnce("job/counts/0");
            for (int epoch = 1; epoch <= 30; epoch++)
            {
                JournalEvent second = epoch == 5 ? Snapshot(epoch, 1) : Event(epoch, 1);
                JournalEvent first = epoch % 10 == 0 ? Snapshot(epoch, 0) : Event(epoch, 0);
                PreparedPart part = await node.PrepareAsync(Part(epoch, 0, first, second));
                await writer.CommitAsync((Epoch(epoch) with { Prepared = [part] }).Retaining(epoch - 2));
            }

            Assert.Equal("0:20S 0:21 0:22 0:23 0:24 0:25 0:26 0:27 0:28", await node.ReadAsTextAsync(28, count: 1));
        }

        Assert.Equal(11, Journal.CountOf("job/counts/0"));             // from the snapshot of epoch 20 on
        Assert.Equal(26, Journal.CountOf("job/counts/1"));
        await using NodeJournal again = await _store.OpenNodeAsync("job", writer.Generation);
        Assert.Equal("0:30S", await again.ReadAsTextAsync(30, count: 1));
        Assert.Equal("0:20S 0:21 0:22 0:23 0:24 0:25 0:26 0:27 0:28", await again.ReadAsTextAsync(28, count: 1));
    }

    [Fact]
    public void What_other_writers_wrote_is_known_until_it_is_before_a_snapshot()
    {
        var first = new ShardName("counts", 1);
        var second = new ShardName("counts", 2);
        OtherWriters writers = OtherWriters.None.With(5, [(first, 51), (second, 52)]).With(7, [(first, 71)]);

        OtherWriters read = OtherWriters.Decode(writers.Encode());
        Assert.Equal((51L, 71L, 52L), (read.Find(first, 5)!.Value, read.Find(first, 7)!.Value, read.Find(second, 5)!.Value));
        Assert.Null(read.Find(first, 6));
        Assert.Null(writers.Without(first, 7).Find(first, 5));
        Assert.Equal(71, writers.Without(first, 7).Find(first, 7));
        Assert.Same(writers, writers.With(8, []));
        Assert.Same(writers, writers.Without(second, 5));
    }

    private void FailOnce(string persistenceId)
    {
        bool hasFailed = false;
        Journal.Writing = id =>
        {
            if (hasFailed || id != persistenceId)
                return;
            hasFailed = true;
            throw new IOException("The connection was lost.");
        };
    }

    private static EpochPart Part(long epoch, int instance, params JournalEvent[] events) =>
        new() { Epoch = epoch, Instance = instance, Events = events };

    private static async Task CommitAsync(JobJournal writer, NodeJournal node, long epoch, params JournalEvent[] events) =>
        await writer.CommitAsync(Epoch(epoch) with { Prepared = [await node.PrepareAsync(Part(epoch, 0, events))] });
}
