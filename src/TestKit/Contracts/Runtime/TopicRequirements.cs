using System.Text;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about topics.</summary>
internal sealed class TopicRequirements(StoreSite site, bool reopens) : TopicRequirementsBase(site, reopens)
{
    [Requirement]
    public async Task A_topic_that_nobody_made_is_not_there()
    {
        Must.Null(await (await TopicsAsync()).FindAsync("orders"));
        JobJournal journal = await JournalAsync();
        StoreException error = await Must.ThrowsAsync<StoreException>(async () =>
            await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1")))));
        Must.Contains("orders", error.Message);
        Must.False(error.IsTransient);
        Must.Null(await journal.LastEpochAsync());
    }

    [Requirement]
    public async Task A_topic_is_found_as_it_was_made_with_every_schema_once()
    {
        TopicSpec spec = s_orders with
        {
            IsCompacted = true,
            RetainFor = TimeSpan.FromHours(3),
            RetainBytes = 12345,
            RetainDeletionsFor = TimeSpan.FromMinutes(5)
        };
        Must.Equal(0, (await (await TopicsAsync()).OpenAsync(spec, s_text)).Schema);
        Must.Equal(1, (await (await TopicsAsync()).OpenAsync(spec, new Schema("other"))).Schema);
        Must.Equal(0, (await (await TopicsAsync()).OpenAsync(spec with { RetainBytes = null }, s_text)).Schema);

        Topic topic = (await (await TopicsAsync()).FindAsync("orders"))!;
        Must.Equal(spec with { RetainBytes = null }, topic.Spec);
        Must.Equal([s_text, new Schema("other")], topic.Schemas);
    }

    [Requirement]
    public async Task Another_number_of_partitions_or_another_kind_is_refused()
    {
        TopicLog topics = await WithTopicAsync();
        Must.Contains("2 partitions", (await Must.ThrowsAsync<StoreException>(async () =>
            await topics.OpenAsync(s_orders with { Partitions = 3 }, s_text))).Message);
        Must.Contains("compacted", (await Must.ThrowsAsync<StoreException>(async () =>
            await topics.OpenAsync(s_orders with { IsCompacted = true }, s_text))).Message);
        Must.Equal(s_orders, (await topics.FindAsync("orders"))!.Spec);
    }

    [Requirement("")]
    [Requirement("a b")]
    [Requirement("a'b")]
    [Requirement("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_name_that_is_no_topic_name_is_refused(string name)
    {
        TopicLog topics = await TopicsAsync();
        await Must.ThrowsAsync<StoreException>(async () => await topics.OpenAsync(new TopicSpec(name, 1), s_text));
    }

    [Requirement]
    public async Task Records_get_offsets_by_partition_over_epochs_and_jobs()
    {
        await WithTopicAsync();
        JobJournal one = await JournalAsync("one"), two = Reopens ? one : await JournalAsync("two");
        await one.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1", "b=1"), Records(1, "c=1"), Records(0, "d=1"))));
        two = await JournalAsync("two");
        await two.CommitAsync(Appending(1, To(s_orders, Records(0, "e=1"))));
        one = await JournalAsync("one");
        await one.CommitAsync(Appending(2, To(s_orders, Records(1, "f=1"))));

        Must.Equal("0:a=1 1:b=1 2:d=1 3:e=1", await TopicAsync(0));
        Must.Equal("0:c=1 1:f=1", await TopicAsync(1));
        Must.Equal(new TopicRange(0, 4, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
    }

    [Requirement]
    public async Task The_same_epoch_again_appends_nothing_and_another_content_is_refused()
    {
        await WithTopicAsync();
        JobJournal journal = await JournalAsync();
        EpochCommit commit = Appending(1, To(s_orders, Records(0, "a=1")));
        await journal.CommitAsync(commit);
        await journal.CommitAsync(commit);
        await Must.ThrowsAsync<InvalidOperationException>(async () =>
            await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=2")))));
        Must.Equal("0:a=1", await TopicAsync());
    }

    [Requirement]
    public async Task A_fenced_writer_appends_nothing()
    {
        await WithTopicAsync();
        JobJournal old = await JournalAsync();
        Store store = await (Reopens ? Task.FromResult(Opened) : StoreAsync());
        JobJournal successor = await store.OpenAsync("job");
        await Must.ThrowsAsync<FencedException>(async () => await old.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1")))));
        await successor.CommitAsync(Appending(1, To(s_orders, Records(0, "b=1"))));
        Must.Equal("0:b=1", await TopicAsync());
    }

    [Requirement]
    public async Task Two_jobs_that_append_at_once_leave_no_gap_and_keep_their_order()
    {
        TopicLog topics = await WithTopicAsync();
        Store store = Opened;
        const int epochs = 20;
        await Task.WhenAll(AppendAsync("one"), AppendAsync("two"), AppendAsync("three"));

        for (int partition = 0; partition < 2; partition++)
        {
            string[] found = (await topics.ReadAsync("orders", partition, 0, int.MaxValue)).SelectMany(TextOf).ToArray();
            Must.Equal(Enumerable.Range(0, 3 * epochs), found.Select(f =>
                int.Parse(f.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)));
            foreach (string job in new[] { "one", "two", "three" })
                Must.Equal(Enumerable.Range(1, epochs).Select(epoch => $"{job}={epoch}"),
                    found.Select(f => f.Split(':')[1]).Where(f => f.StartsWith(job + "=", StringComparison.Ordinal)));
        }

        async Task AppendAsync(string job)
        {
            JobJournal journal = await store.OpenAsync(job);
            for (int epoch = 1; epoch <= epochs; epoch++)
                await journal.CommitAsync(Appending(epoch, To(s_orders, Records(epoch % 2, $"{job}={epoch}"),
                    Records((epoch + 1) % 2, $"{job}={epoch}"))));
            await journal.DisposeAsync();
        }
    }

    [Requirement]
    public async Task Reading_begins_with_the_entry_that_holds_the_offset_and_is_bounded()
    {
        await WithTopicAsync();
        await CommitAsync(Appending(1, To(s_orders, Records(0, "a=1", "b=1"))), Appending(2, To(s_orders, Records(0, "c=1", "d=1"))),
            Appending(3, To(s_orders, Records(0, "e=1"))));

        Must.Equal("2:c=1 3:d=1 4:e=1", await TopicAsync(from: 3));
        Must.Equal("4:e=1", await TopicAsync(from: 4));
        Must.Equal("", await TopicAsync(from: 5));
        Must.Equal("0:a=1 1:b=1", await TopicAsync(maxBytes: 1));
        Must.Equal("", await TopicAsync(partition: 1));
    }

    [Requirement]
    public async Task An_event_time_leads_to_the_first_entry_that_reaches_it()
    {
        await WithTopicAsync();
        await CommitAsync(
            Appending(1, To(s_orders, Records(0, [100, 50], ["a=1", "b=1"]))),
            Appending(2, To(s_orders, Records(0, [EventTime.MinValue, 70], ["c=1", "d=1"]))),
            Appending(3, To(s_orders, Records(0, [200], ["e=1"]))));
        TopicLog topics = await TopicsAsync();

        Must.Equal(0, await topics.EntryAtAsync("orders", 0, EventTime.MinValue));
        Must.Equal(0, await topics.EntryAtAsync("orders", 0, 100));
        Must.Equal(4, await topics.EntryAtAsync("orders", 0, 101));
        Must.Equal(5, await topics.EntryAtAsync("orders", 0, 201));
        Must.Equal(0, await topics.EntryAtAsync("orders", 1, 0));
    }

    [Requirement]
    public async Task The_watermark_of_a_partition_is_what_all_its_producers_have_reached()
    {
        await WithTopicAsync();
        TopicWrite A(long watermark, params TopicBlob[] blobs) => new("orders", "a", watermark, blobs);
        TopicWrite B(long watermark, params TopicBlob[] blobs) => new("orders", "b", watermark, blobs);
        async Task<long> After(long epoch, params TopicWrite[] writes)
        {
            JobJournal journal = await JournalAsync();
            await journal.CommitAsync(Appending(epoch, writes));
            return (await (await TopicsAsync()).RangeAsync("orders", 0)).Watermark;
        }

        Must.Equal(10, await After(1, A(10, Records(0, "a=1")), B(20, Records(0, "b=1"))));
        Must.Equal(20, await After(2, A(30), A(40), B(20)));
        Must.Equal(20, await After(3, A(15), B(16)));                        // never back
        Must.Equal(50, await After(4, A(50), B(EventTime.MaxValue)));        // one that has ended holds nothing back
        Must.Equal(50, await After(5, A(EventTime.MaxValue, Records(0, "c=1", "d=1"), Records(0, "e=1"))));

        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        // The third is a mark without records: rows follow that are behind 50, which a reader at the end of the log had seen by then, so
        // one that reads it later sees it, too.
        Must.Equal([(1, EventTime.MinValue), (1, 10), (0, 50), (2, 50), (1, 50)],
            entries.Select(entry => (entry.Records, entry.Watermark)));
    }

    [Requirement]
    public async Task What_producers_had_reached_without_rows_is_recorded_before_rows_that_come_behind_it()
    {
        await WithTopicAsync();
        TopicWrite A(long watermark, params TopicBlob[] blobs) => new("orders", "a", watermark, blobs);
        await CommitAsync(
            Appending(1, A(10, Records(0, [5], ["a=1"]))),
            Appending(2, A(50)),
            Appending(3, A(60, Records(0, [55], ["b=1"]))),      // in time: a reader sees no difference
            Appending(4, A(90)),
            Appending(5, A(95, Records(0, [70, 92], ["c=1", "d=1"]))));

        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        Must.Equal([(0, 1, 10), (1, 1, 60), (2, 0, 90), (3, 2, 95)],
            entries.Select(entry => ((int)entry.Offset, entry.Records, (int)entry.Watermark)));
    }

    [Requirement]
    public async Task A_producer_that_was_not_heard_of_for_long_is_gone_and_the_next_records_how_far_time_has_gone_on()
    {
        await WithTopicAsync();
        const long Second = 1_000_000;
        TopicWrite Of(string producer, long second, params TopicBlob[] blobs) =>
            new("orders", producer, second * Second, blobs) { Patience = TimeSpan.FromSeconds(30) };
        EpochCommit At(long epoch, long second, TopicWrite write) => Appending(epoch, write) with { CommittedAt = second * Second };
        async Task<long> WatermarkAsync() => (await (await TopicsAsync()).RangeAsync("orders", 0)).Watermark / Second;

        await CommitAsync(At(1, 100, Of("slow", 10)), At(2, 101, Of("fast", 50)));
        Must.Equal(10, await WatermarkAsync());
        await (await JournalAsync()).CommitAsync(At(3, 139, Of("fast", 60)));
        Must.Equal(10, await WatermarkAsync());                          // restarting, perhaps
        await (await JournalAsync()).CommitAsync(At(4, 150, Of("fast", 60)));
        Must.Equal(60, await WatermarkAsync());                          // gone
        await (await JournalAsync()).CommitAsync(At(5, 1000, Of("late", 20, Records(0, [25 * Second], ["a=1"]))));

        // Nobody was there from 190 on: ten seconds of patience for what is not written down, thirty for the silence; and three for
        // clocks that differ.
        Must.Equal(60 + 1000 - 190 - 3, await WatermarkAsync());
        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        Must.Equal([(0, 867L), (1, 867L)], entries.Select(entry => (entry.Records, entry.Watermark / Second)));
    }

    [Requirement]
    public async Task Who_waits_is_woken_by_commits_of_the_process_until_it_leaves()
    {
        TopicLog topics = await WithTopicAsync();
        JobJournal journal = await Opened.OpenAsync("job");
        int woken = 0;
        using (topics.OnAppended("orders", () => Interlocked.Increment(ref woken)))
        using (topics.OnAppended("others", () => Interlocked.Add(ref woken, 100)))
            await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1"))));
        await journal.CommitAsync(Appending(2, To(s_orders, Records(0, "a=2"))));
        Must.Equal(1, woken);
    }
}
