using System.Text;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about what topics keep.</summary>
internal sealed class RetentionRequirements(StoreSite site, bool reopens) : TopicRequirementsBase(site, reopens)
{
    [Requirement]
    public async Task Retention_by_time_drops_what_was_committed_before_and_says_so()
    {
        TopicSpec spec = s_orders with { RetainFor = TimeSpan.FromSeconds(2) };
        await WithTopicAsync(spec);
        // Epoch n is committed at n seconds.
        await CommitAsync([.. Enumerable.Range(1, 5).Select(epoch => Appending(epoch, To(spec, Records(0, $"a={epoch}"))))]);
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(5.5));

        Must.Equal("3:a=4 4:a=5", await TopicAsync());
        Must.Equal(new TopicRange(3, 5, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(100));
        Must.Equal(new TopicRange(5, 5, EventTime.MinValue), await (await TopicsAsync()).RangeAsync("orders", 0));
        JobJournal journal = await JournalAsync();
        await journal.CommitAsync(Appending(6, To(spec, Records(0, "a=6"))));
        Must.Equal("5:a=6", await TopicAsync());
    }

    [Requirement]
    public async Task Retention_by_size_drops_the_oldest()
    {
        int size = Records(0, "a=1").Payload.Length;
        TopicSpec spec = s_orders with { RetainBytes = 3 * size };
        await WithTopicAsync(spec);
        await CommitAsync([.. Enumerable.Range(1, 30).Select(epoch => Appending(epoch, To(spec, Records(0, $"a={epoch % 10}"))))]);
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch);

        Must.Equal("27:a=8 28:a=9 29:a=0", await TopicAsync());
    }

    [Requirement]
    public async Task Compaction_keeps_the_last_record_of_each_key_at_its_offset()
    {
        TopicSpec spec = s_orders with { IsCompacted = true };
        await WithTopicAsync(spec);
        await CommitAsync(
            Appending(1, To(spec, Records(0, "a=1", "b=1", "a=2"))), Appending(2, To(spec, Records(0, "b=2"), Records(1, "a=9"))),
                Appending(3, To(spec, Records(0, "c=1", "c=2", "b=3"))));
        for (int times = 0; times < 2; times++)
        {
            await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch);
            Must.Equal("2:a=2 5:c=2 6:b=3", await TopicAsync());
        }

        // The entry that holds offset 2 also covers 3, of which nothing is left.
        Must.Equal("2:a=2 5:c=2 6:b=3", await TopicAsync(from: 3));
        Must.Equal("5:c=2 6:b=3", await TopicAsync(from: 4));
        Must.Equal("0:a=9", await TopicAsync(1));
        IReadOnlyList<TopicEntry> entries = await (await TopicsAsync()).ReadAsync("orders", 0, 0, int.MaxValue);
        Must.Equal([(0, 4, 1), (4, 3, 2)], entries.Select(e => ((int)e.Offset, e.Span, e.Records)));
        Must.Equal([30L, 20, 30], entries.SelectMany(TimesOf));
    }

    private static IEnumerable<long> TimesOf(TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        long[] times = new long[records.Count];
        records.TimesOf(0, times);
        return times;
    }

    [Requirement]
    public async Task A_deletion_takes_older_records_with_it_and_goes_when_its_time_is_over()
    {
        TopicSpec spec = s_orders with { IsCompacted = true, RetainDeletionsFor = TimeSpan.FromSeconds(10) };
        await WithTopicAsync(spec);
        await CommitAsync(Appending(1, To(spec, Records(0, "a=1", "b=1"))), Appending(2, To(spec, Records(0, "a!"))),
            Appending(3, To(spec, Records(0, "c!"))));

        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(5));
        Must.Equal("1:b=1 2:a! 3:c!", await TopicAsync());
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(12.5));
        Must.Equal("1:b=1 3:c!", await TopicAsync());
        await (await TopicsAsync()).CompactAsync("orders", DateTimeOffset.UnixEpoch.AddSeconds(20));
        Must.Equal("1:b=1", await TopicAsync());
        Must.Equal(4, (await (await TopicsAsync()).RangeAsync("orders", 0)).Next);
    }

    [Requirement(1)]
    [Requirement(2)]
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
            string[] records = [.. Enumerable.Range(0, random.Next(1, 20))
                .Select(_ => $"{(char)('a' + random.Next(26))}{(random.Next(4) == 0 ? "!" : $"={random.Next(1000)}")}")];
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
            Must.Equal(model.Values.OrderBy(v => int.Parse(v.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)),
                (await TopicAsync()).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            journal = await JournalAsync();
        }
    }
}
