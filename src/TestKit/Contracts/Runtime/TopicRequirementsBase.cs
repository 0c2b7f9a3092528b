using System.Text;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>Topics that requirements are about: what is appended, and what is found, as text.</summary>
internal abstract class TopicRequirementsBase(StoreSite site, bool reopens) : StoreRequirements(site, reopens)
{
    protected static readonly TopicSpec s_orders = new("orders", 2);
    protected static readonly Schema s_text = new("text");

    protected async Task<TopicLog> TopicsAsync() => (await StoreAsync()).Topics;

    protected async Task<TopicLog> WithTopicAsync(TopicSpec? spec = null)
    {
        TopicLog topics = await TopicsAsync();
        await topics.OpenAsync(spec ?? s_orders, s_text);
        return topics;
    }

    /// <summary>Records <c>key=value</c>, or <c>key!</c> for a deletion, of event times 10, 20, ….</summary>
    protected static TopicBlob Records(int partition, params string[] records) =>
        Records(partition, [.. records.Select((_, i) => 10L * (i + 1))], records);

    protected static TopicBlob Records(int partition, long[] times, string[] records)
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

    protected static TopicWrite To(TopicSpec spec, params TopicBlob[] blobs) => new(spec.Name, "job/sink", EventTime.MinValue, blobs);

    protected static EpochCommit Appending(long epoch, params TopicWrite[] writes) => Epoch(epoch) with { Topics = writes };

    /// <summary><c>offset:record</c> of each, in order.</summary>
    protected async Task<string> TopicAsync(int partition = 0, long from = 0, string name = "orders", int maxBytes = int.MaxValue) =>
        string.Join(' ', (await (await TopicsAsync()).ReadAsync(name, partition, from, maxBytes)).SelectMany(TextOf));

    protected static IEnumerable<string> TextOf(TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        List<string> found = [];
        for (int i = 0; i < records.Count; i++)
            found.Add($"{entry.Offset + records.OffsetOf(i)}:{Encoding.UTF8.GetString(records.RowOf(i))}");
        return found;
    }
}
