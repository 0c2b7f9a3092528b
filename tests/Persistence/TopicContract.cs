using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Core.Storage;
using static ActorStreams.Persistence.Tests.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>What every store promises about topics.</summary>
public abstract partial class StoreContract
{
    private static readonly TopicSpec s_orders = new("orders", 2);
    private static readonly Schema s_text = new("text");

    private async Task<TopicLog> TopicsAsync() => (await StoreAsync()).Topics;

    private async Task<TopicLog> WithTopicAsync(TopicSpec? spec = null)
    {
        TopicLog topics = await TopicsAsync();
        await topics.OpenAsync(spec ?? s_orders, s_text);
        return topics;
    }

    /// <summary>Records <c>key=value</c>, or <c>key!</c> for a deletion, of event times 10, 20, ….</summary>
    private static TopicBlob Records(int partition, params string[] records) => Records(partition, [.. records.Select((_, i) => 10L * (i + 1))], records);

    private static TopicBlob Records(int partition, long[] times, string[] records)
    {
        BlobWriter rows = new(), keys = new();
        int[] rowEnds = new int[records.Length], keyEnds = new int[records.Length];
        for (int i = 0; i < records.Length; i++)
        {
            rows.WriteBytes(Encoding.UTF8.GetBytes(records[i]));
            keys.WriteBytes(Encoding.UTF8.GetBytes(records[i].TrimEnd('!').Split('=')[0]));
            (rowEnds[i], keyEnds[i]) = (rows.Length, TopicRecords.Deletion(keys.Length, records[i].EndsWith('!')));
        }

        (long min, long max) = TopicRecords.Seal(rows, times, default, keys, rowEnds, keyEnds);
        return new TopicBlob(partition, 0, records.Length, min, max, rows.ToArray());
    }

    private static TopicWrite To(TopicSpec spec, params TopicBlob[] blobs) => new(spec.Name, "job/sink", EventTime.MinValue, blobs);

    private static EpochCommit Appending(long epoch, params TopicWrite[] writes) => Epoch(epoch) with { Topics = writes };

    /// <summary><c>offset:record</c> of each, in order.</summary>
    private async Task<string> TopicAsync(int partition = 0, long from = 0, string name = "orders", int maxBytes = int.MaxValue) =>
        string.Join(' ', (await (await TopicsAsync()).ReadAsync(name, partition, from, maxBytes)).SelectMany(TextOf));

    private static IEnumerable<string> TextOf(TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        List<string> found = [];
        for (int i = 0; i < records.Count; i++)
            found.Add($"{entry.Offset + records.OffsetOf(i)}:{Encoding.UTF8.GetString(records.RowOf(i))}");
        return found;
    }

    [Fact]
    public async Task A_topic_that_nobody_made_is_not_there()
    {
        Assert.Null(await (await TopicsAsync()).FindAsync("orders"));
        JobJournal journal = await JournalAsync();
        StoreException error = await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1")))));
        Assert.Contains("orders", error.Message);
        Assert.False(error.IsTransient);
        Assert.Null(await journal.LastEpochAsync());
    }

    [Fact]
    public async Task A_topic_is_found_as_it_was_made_with_every_schema_once()
    {
        TopicSpec spec = s_orders with { IsCompacted = true, RetainFor = TimeSpan.FromHours(3), RetainBytes = 12345, RetainDeletionsFor = TimeSpan.FromMinutes(5) };
        Assert.Equal(0, (await (await TopicsAsync()).OpenAsync(spec, s_text)).Schema);
        Assert.Equal(1, (await (await TopicsAsync()).OpenAsync(spec, new Schema("other"))).Schema);
        Assert.Equal(0, (await (await TopicsAsync()).OpenAsync(spec with { RetainBytes = null }, s_text)).Schema);

        Topic topic = (await (await TopicsAsync()).FindAsync("orders"))!;
        Assert.Equal(spec with { RetainBytes = null }, topic.Spec);
        Assert.Equal([s_text, new Schema("other")], topic.Schemas);
    }

    [Fact]
    public async Task Another_number_of_partitions_or_another_kind_is_refused()
    {
        TopicLog topics = await WithTopicAsync();
        Assert.Contains("2 partitions", (await Assert.ThrowsAsync<StoreException>(async () => await topics.OpenAsync(s_orders with { Partitions = 3 }, s_text))).Message);
        Assert.Contains("compacted", (await Assert.ThrowsAsync<StoreException>(async () => await topics.OpenAsync(s_orders with { IsCompacted = true }, s_text))).Message);
        Assert.Equal(s_orders, (await topics.FindAsync("orders"))!.Spec);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a'b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_name_that_is_no_topic_name_is_refused(string name)
    {
        TopicLog topics = await TopicsAsync();
        await Assert.ThrowsAsync<StoreException>(async () => await topics.OpenAsync(new TopicSpec(name, 1), s_text));
    }

    [Fact]
    public async Task Records_get_offsets_by_partition_over_epochs_and_jobs()
    {
        await WithTopicAsync();
        JobJournal one = await JournalAsync("one"), two = reopens ? one : await JournalAsync("two");
        await one.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1", "b=1"), Records(1, "c=1"), Records(0, "d=1"))));
        two = await JournalAsync("two");
        await two.CommitAsync(Appending(1, To(s_orders, Records(0, "e=1"))));
        one = await JournalAsync("one");
        await one.CommitAsync(Appending(2, To(s_orders, Records(1, "f=1"))));

        Assert.Equal("0:a=1 1:b=1 2:d=1 3:e=1", await TopicAsync(0));
        Assert.Equal("0:c=1 1:f=1", await TopicAsync(1));
        Assert.Equal(new TopicRange(0, 4, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
    }

    [Fact]
    public async Task The_same_epoch_again_appends_nothing_and_another_content_is_refused()
    {
        await WithTopicAsync();
        JobJournal journal = await JournalAsync();
        EpochCommit commit = Appending(1, To(s_orders, Records(0, "a=1")));
        await journal.CommitAsync(commit);
        await journal.CommitAsync(commit);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=2")))));
        Assert.Equal("0:a=1", await TopicAsync());
    }

    [Fact]
    public async Task A_fenced_writer_appends_nothing()
    {
        await WithTopicAsync();
        JobJournal old = await JournalAsync();
        Store store = await (reopens ? Task.FromResult(_store!) : StoreAsync());
        JobJournal successor = await store.OpenAsync("job");
        await Assert.ThrowsAsync<FencedException>(async () => await old.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1")))));
        await successor.CommitAsync(Appending(1, To(s_orders, Records(0, "b=1"))));
        Assert.Equal("0:b=1", await TopicAsync());
    }

    [Fact]
    public async Task Two_jobs_that_append_at_once_leave_no_gap_and_keep_their_order()
    {
        TopicLog topics = await WithTopicAsync();
        Store store = _store!;
        const int epochs = 20;
        await Task.WhenAll(AppendAsync("one"), AppendAsync("two"), AppendAsync("three"));

        for (int partition = 0; partition < 2; partition++)
        {
            string[] found = (await topics.ReadAsync("orders", partition, 0, int.MaxValue)).SelectMany(TextOf).ToArray();
            Assert.Equal(Enumerable.Range(0, 3 * epochs), found.Select(f => int.Parse(f.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)));
            foreach (string job in new[] { "one", "two", "three" })
                Assert.Equal(Enumerable.Range(1, epochs).Select(epoch => $"{job}={epoch}"), found.Select(f => f.Split(':')[1]).Where(f => f.StartsWith(job + "=", StringComparison.Ordinal)));
        }

        async Task AppendAsync(string job)
        {
            JobJournal journal = await store.OpenAsync(job);
            for (int epoch = 1; epoch <= epochs; epoch++)
                await journal.CommitAsync(Appending(epoch, To(s_orders, Records(epoch % 2, $"{job}={epoch}"), Records((epoch + 1) % 2, $"{job}={epoch}"))));
            await journal.DisposeAsync();
        }
    }

    [Fact]
    public async Task Reading_begins_with_the_entry_that_holds_the_offset_and_is_bounded()
    {
        await WithTopicAsync();
        await CommitAsync(Appending(1, To(s_orders, Records(0, "a=1", "b=1"))), Appending(2, To(s_orders, Records(0, "c=1", "d=1"))), Appending(3, To(s_orders, Records(0, "e=1"))));

        Assert.Equal("2:c=1 3:d=1 4:e=1", await TopicAsync(from: 3));
        Assert.Equal("4:e=1", await TopicAsync(from: 4));
        Assert.Equal("", await TopicAsync(from: 5));
        Assert.Equal("0:a=1 1:b=1", await TopicAsync(maxBytes: 1));
        Assert.Equal("", await TopicAsync(partition: 1));
    }

    [Fact]
    public async Task An_event_time_leads_to_the_first_entry_that_reaches_it()
    {
        await WithTopicAsync();
        await CommitAsync(
            Appending(1, To(s_orders, Records(0, [100, 50], ["a=1", "b=1"]))),
            Appending(2, To(s_orders, Records(0, [EventTime.MinValue, 70], ["c=1", "d=1"]))),
            Appending(3, To(s_orders, Records(0, [200], ["e=1"]))));
        TopicLog topics = await TopicsAsync();

        Assert.Equal(0, await topics.EntryAtAsync("orders", 0, EventTime.MinValue));
        Assert.Equal(0, await topics.EntryAtAsync("orders", 0, 100));
        Assert.Equal(4, await topics.EntryAtAsync("orders", 0, 101));
        Assert.Equal(5, await topics.EntryAtAsync("orders", 0, 201));
        Assert.Equal(0, await topics.EntryAtAsync("orders", 1, 0));
    }

    [Fact]
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

        Assert.Equal(10, await After(1, A(10, Records(0, "a=1")), B(20, Records(0, "b=1"))));
        Assert.Equal(20, await After(2, A(30), A(40), B(20)));
        Assert.Equal(20, await After(3, A(15), B(16)));                        // never back
        Assert.Equal(50, await After(4, A(50), B(EventTime.MaxValue)));        // one that has ended holds nothing back
        Assert.Equal(50, await After(5, A(EventTime.MaxValue, Records(0, "c=1", "d=1"), Records(0, "e=1"))));

        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        // The third is a mark without records: rows follow that are behind 50, which a reader at the end of the log had seen by then, so one that reads it later sees it, too.
        Assert.Equal([(1, EventTime.MinValue), (1, 10), (0, 50), (2, 50), (1, 50)], entries.Select(entry => (entry.Records, entry.Watermark)));
    }

    [Fact]
    [Trait("Issue", "B2")]
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
        Assert.Equal([(0, 1, 10), (1, 1, 60), (2, 0, 90), (3, 2, 95)], entries.Select(entry => ((int)entry.Offset, entry.Records, (int)entry.Watermark)));
    }

    [Fact]
    [Trait("Issue", "B2")]
    public async Task A_producer_that_was_not_heard_of_for_long_is_gone_and_the_next_records_how_far_time_has_gone_on()
    {
        await WithTopicAsync();
        const long Second = 1_000_000;
        TopicWrite Of(string producer, long second, params TopicBlob[] blobs) => new("orders", producer, second * Second, blobs) { Patience = TimeSpan.FromSeconds(30) };
        EpochCommit At(long epoch, long second, TopicWrite write) => Appending(epoch, write) with { CommittedAt = second * Second };
        async Task<long> WatermarkAsync() => (await (await TopicsAsync()).RangeAsync("orders", 0)).Watermark / Second;

        await CommitAsync(At(1, 100, Of("slow", 10)), At(2, 101, Of("fast", 50)));
        Assert.Equal(10, await WatermarkAsync());
        await (await JournalAsync()).CommitAsync(At(3, 139, Of("fast", 60)));
        Assert.Equal(10, await WatermarkAsync());                          // restarting, perhaps
        await (await JournalAsync()).CommitAsync(At(4, 150, Of("fast", 60)));
        Assert.Equal(60, await WatermarkAsync());                          // gone
        await (await JournalAsync()).CommitAsync(At(5, 1000, Of("late", 20, Records(0, [25 * Second], ["a=1"]))));

        // Nobody was there from 190 on: ten seconds of patience for what is not written down, thirty for the silence; and three for clocks that differ.
        Assert.Equal(60 + 1000 - 190 - 3, await WatermarkAsync());
        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        Assert.Equal([(0, 867L), (1, 867L)], entries.Select(entry => (entry.Records, entry.Watermark / Second)));
    }

    [Fact]
    public async Task Retention_by_time_drops_what_was_committed_before_and_says_so()
    {
        TopicSpec spec = s_orders with { RetainFor = TimeSpan.FromSeconds(2) };
        await WithTopicAsync(spec);
        await CommitAsync([.. Enumerable.Range(1, 5).Select(epoch => Appending(epoch, To(spec, Records(0, $"a={epoch}"))))]);   // epoch n is committed at n seconds
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(5.5));

        Assert.Equal("3:a=4 4:a=5", await TopicAsync());
        Assert.Equal(new TopicRange(3, 5, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(100));
        Assert.Equal(new TopicRange(5, 5, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
        JobJournal journal = await JournalAsync();
        await journal.CommitAsync(Appending(6, To(spec, Records(0, "a=6"))));
        Assert.Equal("5:a=6", await TopicAsync());
    }

    [Fact]
    public async Task Retention_by_size_drops_the_oldest()
    {
        int size = Records(0, "a=1").Payload.Length;
        TopicSpec spec = s_orders with { RetainBytes = 3 * size };
        await WithTopicAsync(spec);
        await CommitAsync([.. Enumerable.Range(1, 30).Select(epoch => Appending(epoch, To(spec, Records(0, $"a={epoch % 10}"))))]);
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch);

        Assert.Equal("27:a=8 28:a=9 29:a=0", await TopicAsync());
    }

    [Fact]
    public async Task Compaction_keeps_the_last_record_of_each_key_at_its_offset()
    {
        TopicSpec spec = s_orders with { IsCompacted = true };
        await WithTopicAsync(spec);
        await CommitAsync(
            Appending(1, To(spec, Records(0, "a=1", "b=1", "a=2"))), Appending(2, To(spec, Records(0, "b=2"), Records(1, "a=9"))), Appending(3, To(spec, Records(0, "c=1", "c=2", "b=3"))));
        for (int times = 0; times < 2; times++)
        {
            await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch);
            Assert.Equal("2:a=2 5:c=2 6:b=3", await TopicAsync());
        }

        Assert.Equal("2:a=2 5:c=2 6:b=3", await TopicAsync(from: 3));   // the entry that holds offset 2 also covers 3, of which nothing is left
        Assert.Equal("5:c=2 6:b=3", await TopicAsync(from: 4));
        Assert.Equal("0:a=9", await TopicAsync(1));
        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        Assert.Equal([(0, 4, 1), (4, 3, 2)], entries.Select(e => ((int)e.Offset, e.Span, e.Records)));
        Assert.Equal([30L, 20, 30], entries.SelectMany(TimesOf));
    }

    private static IEnumerable<long> TimesOf(TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        long[] times = new long[records.Count];
        records.TimesOf(0, times);
        return times;
    }

    [Fact]
    public async Task A_deletion_takes_older_records_with_it_and_goes_when_its_time_is_over()
    {
        TopicSpec spec = s_orders with { IsCompacted = true, RetainDeletionsFor = TimeSpan.FromSeconds(10) };
        await WithTopicAsync(spec);
        await CommitAsync(Appending(1, To(spec, Records(0, "a=1", "b=1"))), Appending(2, To(spec, Records(0, "a!"))), Appending(3, To(spec, Records(0, "c!"))));

        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(5));
        Assert.Equal("1:b=1 2:a! 3:c!", await TopicAsync());
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(12.5));
        Assert.Equal("1:b=1 3:c!", await TopicAsync());
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(20));
        Assert.Equal("1:b=1", await TopicAsync());
        Assert.Equal(4, (await (await TopicsAsync()).RangeAsync("orders", 0)).Next);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Compaction_leaves_what_a_map_would_hold(int seed)
    {
        var random = new Random(seed);
        TopicSpec spec = new("orders", 1) { IsCompacted = true, RetainDeletionsFor = TimeSpan.Zero };
        await WithTopicAsync(spec);
        JobJournal journal = await JournalAsync();
        Dictionary<string, string> model = [];
        int offset = 0;
        for (int epoch = 1; epoch <= 30; epoch++)
        {
            string[] records = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => $"{(char)('a' + random.Next(26))}{(random.Next(4) == 0 ? "!" : $"={random.Next(1000)}")}")];
            await journal.CommitAsync(Appending(epoch, To(spec, Records(0, records))));
            foreach (string record in records)
            {
                model[record[..1]] = $"{offset++}:{record}";
                if (record.EndsWith('!'))
                    model.Remove(record[..1]);
            }

            if (random.Next(3) > 0)
                continue;
            await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddDays(1));
            Assert.Equal(model.Values.OrderBy(v => int.Parse(v.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)), (await TopicAsync()).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            journal = await JournalAsync();
        }
    }

    [Fact]
    public async Task Who_waits_is_woken_by_commits_of_the_process_until_it_leaves()
    {
        TopicLog topics = await WithTopicAsync();
        JobJournal journal = await _store!.OpenAsync("job");
        int woken = 0;
        using (topics.OnAppended("orders", () => Interlocked.Increment(ref woken)))
        using (topics.OnAppended("others", () => Interlocked.Add(ref woken, 100)))
            await journal.CommitAsync(Appending(1, To(s_orders, Records(0, "a=1"))));
        await journal.CommitAsync(Appending(2, To(s_orders, Records(0, "a=2"))));
        Assert.Equal(1, woken);
    }
}
