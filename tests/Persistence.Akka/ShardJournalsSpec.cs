using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Journal;
using ActorStreams.Persistence.Akka.Settings;
using ActorStreams.Persistence.Akka.Shards;
using ActorStreams.TestKit;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>The epoch's row decides what counts of a journal that has no transactions over several shards, and no fence.</summary>
public sealed class ShardJournalsSpec : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly SqliteSite _site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [Fact]
    public async Task Events_of_an_epoch_whose_row_was_not_committed_do_not_count_though_they_stay_in_the_middle()
    {
        await using Store store = _site.Open();
        await using JobJournal first = await store.OpenAsync("job");
        await first.CommitAsync(Epoch(1, Event(1, 0), Event(1, 1)));
        await WriteAloneAsync(WriterLog.WriterOf(first.Generation, 0), Event(2, 0, "of a process that died before the row"),
            Event(2, 7, "of another shard"));

        await using JobJournal next = await store.OpenAsync("job");
        Assert.Equal("0:1 1:1", await next.ReadAsTextAsync(1));
        await next.CommitAsync(Epoch(2, Event(2, 1)));
        await next.CommitAsync(Epoch(3, Event(3, 0)));

        await using JobJournal last = await store.OpenAsync("job");
        Assert.Equal("0:1 0:3 1:1 1:2", await last.ReadAsTextAsync(3));
        Assert.Equal("0:1 1:1 1:2", await last.ReadAsTextAsync(2));
    }

    [Fact]
    public async Task A_writer_that_was_fenced_may_write_to_the_journal_first_and_keeps_the_rightful_one_neither_down_nor_wrong()
    {
        await using Store store = _site.Open(), zombies = _site.Open();
        await using JobJournal zombie = await zombies.OpenAsync("job");
        await zombie.CommitAsync(Epoch(1, Event(1, 0)));
        await using JobJournal rightful = await store.OpenAsync("job");
        await rightful.CommitAsync(Epoch(2, Event(2, 0, "rightful")));          // its actor knows how far the journal is

        await WriteAloneAsync(WriterLog.WriterOf(zombie.Generation, 0), Event(2, 0, "zombie"), Event(3, 0, "zombie"));
        await rightful.CommitAsync(Epoch(3, Event(3, 0, "rightful")));          // its number is taken: it reads, and writes behind

        await Assert.ThrowsAsync<FencedException>(async () => await zombie.CommitAsync(Epoch(2, Event(2, 0, "zombie"))));
        await using JobJournal again = await store.OpenAsync("job");
        Assert.Equal(["counts/0@1", "rightful", "rightful"],
            (await again.ReadAllAsync(3)).Select(one => System.Text.Encoding.UTF8.GetString(one.Payload.Span)));
    }

    [Fact]
    public async Task A_snapshot_makes_a_journal_short_once_no_retained_epoch_needs_what_was_before()
    {
        await using Store store = _site.Open();
        await using (JobJournal journal = await store.OpenAsync("job"))
        {
            for (int epoch = 1; epoch <= 9; epoch++)
            {
                JournalEvent second = epoch == 5 ? Snapshot(epoch, 1) : Event(epoch, 1);
                await journal.CommitAsync(Epoch(epoch, Event(epoch, 0), second).Retaining(epoch - 2));
            }

            Assert.Equal("1:5S 1:6 1:7 1:8 1:9", await journal.ReadAsTextAsync(9, firstShard: 1));
            await journal.CommitAsync(Epoch(10, Snapshot(10, 0), Snapshot(10, 1)).Retaining(10));
        }

        await _site.EndSystemAsync();   // what was told before is done
        Assert.Equal(0, Count(
            "SELECT count(*) FROM journal WHERE deleted = 0 AND persistence_id = 'job/counts/0' AND sequence_number < 10"));
        await using Store after = _site.Open();
        await using JobJournal again = await after.OpenAsync("job");
        Assert.Equal("0:10S 1:10S", await again.ReadAsTextAsync(10));
    }

    [Fact]
    public async Task A_damaged_event_is_named()
    {
        await using Store store = _site.Open();
        await using (JobJournal journal = await store.OpenAsync("job"))
            await journal.CommitAsync(Epoch(1, Event(1, 3)));
        Execute("UPDATE journal SET message = CAST('other bytes' AS BLOB)");

        await using JobJournal again = await store.OpenAsync("job");
        var damaged = await Assert.ThrowsAsync<StoreException>(() => again.ReadAllAsync(1));
        Assert.Contains("job 'job': operator 'counts', shard 3, epoch 1, part 0 is damaged (its CRC32C does not match)", damaged.Message,
            StringComparison.Ordinal);
        Assert.False(damaged.IsTransient);
    }

    [Fact]
    public async Task A_journal_that_takes_nothing_is_a_store_that_is_not_available_for_now()
    {
        await using Store store = _site.Open();
        await using JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(Epoch(1, Event(1, 0)));
        Execute("ALTER TABLE journal RENAME TO elsewhere");

        var unavailable = await Assert.ThrowsAsync<StoreException>(
            () => journal.CommitAsync(Epoch(2, Event(2, 0))).AsTask().WaitAsync(s_limit));
        Assert.True(unavailable.IsTransient);
        Assert.Contains("job 'job': operator 'counts', shard 0 was not written", unavailable.Message, StringComparison.Ordinal);

        Execute("ALTER TABLE elsewhere RENAME TO journal");
        await journal.CommitAsync(Epoch(2, Event(2, 0)));
        Assert.Equal("0:1 0:2", await journal.ReadAsTextAsync(2));
    }

    [Fact]
    public async Task A_store_that_kept_state_with_its_rows_is_refused()
    {
        MemoryStore rows = Store.InMemory();
        await using (JobJournal alone = await rows.OpenAsync("job"))
            await alone.CommitAsync(Epoch(1, Event(1, 0)));
        Store beside = Store.AkkaPersistence(_site.System, rows);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await beside.OpenAsync("job"));
        Assert.Contains("Epoch 1 was written without Akka.Persistence", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_epoch_whose_row_was_committed_without_an_answer_is_not_written_again()
    {
        var rows = new ForgetfulStore(Store.InMemory());
        await using Store store = Store.AkkaPersistence(_site.System, rows);
        await using JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(Epoch(1, Event(1, 0)));
        rows.ForgetsToAnswer = true;
        Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(Epoch(2, Event(2, 0))))).IsTransient);

        await journal.CommitAsync(Epoch(2, Event(2, 0)));      // as a job does after a while
        await journal.CommitAsync(Epoch(3, Event(3, 0)));

        Assert.Equal("0:1 0:2 0:3", await journal.ReadAsTextAsync(3));
        Assert.Equal(3, Count("SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task What_a_dead_writer_left_at_the_beginning_of_a_journal_is_removed_by_the_next_one()
    {
        await using Store store = _site.Open();
        await using (JobJournal first = await store.OpenAsync("job"))
        {
            await first.CommitAsync(Epoch(1, Event(1, 0)));
            await WriteAloneAsync(WriterLog.WriterOf(first.Generation, 0), Event(2, 0, "an orphan"),
                Event(2, 7, "an orphan, the first of its shard"));
        }

        await using (JobJournal next = await store.OpenAsync("job"))
        {
            Assert.Equal("0:1", await next.ReadAsTextAsync(1));
            await next.CommitAsync(Epoch(2, Event(2, 7)));
        }

        Assert.Equal(1, Count("SELECT count(*) FROM journal WHERE deleted = 0 AND persistence_id = 'job/counts/7'"));
        Assert.Equal(2, Count(   // it is in the middle
            "SELECT count(*) FROM journal WHERE deleted = 0 AND persistence_id = 'job/counts/0'"));
    }

    [Fact]
    public async Task A_name_that_the_journals_table_has_no_room_for_is_refused_with_what_to_do()
    {
        await using Store store = _site.Open();
        await using JobJournal journal = await store.OpenAsync(new string('j', 250));
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(Epoch(1, Event(1, 0))));
        Assert.False(refused.IsTransient);
        Assert.EndsWith("which is 259 characters long; tables of journals have room for 255. Give the pipeline or the operator a shorter name.",
            refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_goes_on_after_the_end_of_its_process_and_an_event_that_is_missing_is_noticed()
    {
        for (int run = 1; run <= 3; run++)
        {
            await using Store store = _site.Open();
            var ingress = new Ingress<string>();
            await using (Job job = await Job.StartAsync(CountsOf(ingress), store))
            {
                await ingress.TellNowAsync("a").WaitAsync(s_limit);
                await ingress.TellNowAsync($"b{run}").WaitAsync(s_limit);
                Assert.Equal(run, await job.Table<string, long>("counts").GetAsync("a"));
            }   // ended at once, without a last epoch

            await _site.EndSystemAsync();
        }

        Execute("DELETE FROM journal WHERE ordering = (SELECT max(ordering) FROM journal)");
        await using Store damaged = _site.Open();
        var error = await Assert.ThrowsAsync<StoreException>(() => Job.StartAsync(CountsOf(new Ingress<string>()), damaged));
        Assert.Contains("entries, and", error.Message, StringComparison.Ordinal);
    }

    private static Pipeline CountsOf(Ingress<string> words)
    {
        var pipeline = Pipeline.Create("words");
        pipeline.Read("words", words).KeyBy(word => word).Aggregate("count", a => a.Count()).Materialize("counts");
        return pipeline;
    }

    /// <summary>Writes to the journal as a process that is not the job's writer any more.</summary>
    private async Task WriteAloneAsync(long writer, params JournalEvent[] events)
    {
        var journals = new ShardJournals(_site.System, "job", "a process that is gone", ShardPlugin.Of(_site.System, ""), 16);
        await journals.WriteAsync(events, writer, CancellationToken.None).AsTask().WaitAsync(s_limit);
        await journals.CloseAsync();
    }

    private void Execute(string sql)
    {
        using SqliteConnection connection = _site.Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Count(string sql)
    {
        using SqliteConnection connection = _site.Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
