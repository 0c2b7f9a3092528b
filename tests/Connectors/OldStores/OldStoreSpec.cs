using System.IO.Compression;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests.OldStores;

/// <summary>A store that was written when keys met by their stored bytes: jobs go on where no key was kept apart, and are refused where
/// one may have been.</summary>
[Trait("Issue", "A1")]
public sealed class OldStoreSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Numbers_go_on() => GoesOnAsync("number", OldStoreJobs.Number, OldStoreJobs.Number);

    [Fact]
    public Task Composite_keys_go_on() =>
        GoesOnAsync("mixed", OldStoreJobs.Mixed,
            key => (key, $"name {key}", OldStoreJobs.Mixed(key).Item3.ToOffset(TimeSpan.FromHours(2))));

    [Fact]
    public Task Keys_of_which_there_was_one_spelling_go_on_and_meet_the_others_from_now_on() =>
        GoesOnAsync("short", OldStoreJobs.Short, OldStoreJobs.Long);

    [Fact]
    public async Task Keys_that_may_have_been_kept_apart_from_equal_ones_are_refused_with_the_remedy()
    {
        await using Store store = Open();
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => OldStoreJobs.StartAsync("long", OldStoreJobs.Long, store));
        Assert.Contains("Pipeline 'long', operator '", error.Message, StringComparison.Ordinal);
        Assert.Contains("told keys apart by how they are written", error.Message, StringComparison.Ordinal);
        Assert.Contains("Give the operator a new name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compacted_topic_with_such_keys_is_refused_for_writing_and_one_without_goes_on()
    {
        await using Store store = Open();
        var again = Pipeline.Create("again");
        again.Read("rows", Sources.Of([new OldStoreJobs.Row(0, 2)]))
            .Write("topic", Topics.To("short-keys", 2, (OldStoreJobs.Row row) => OldStoreJobs.Long(row.Key), new() { IsCompacted = true }));
        await using (Job job = await Job.StartAsync(again, store, OldStoreJobs.Options))
            await job.Completion;
        await store.Topics.CompactAsync("short-keys", DateTimeOffset.UnixEpoch.AddYears(80));
        Assert.Equal(OldStoreJobs.Keys, await CountAsync(store, "short-keys"));

        var apart = Pipeline.Create("apart");
        apart.Read("rows", Sources.Of([new OldStoreJobs.Row(0, 2)]))
            .Write("topic", Topics.To("long-keys", 2, (OldStoreJobs.Row row) => OldStoreJobs.Short(row.Key), new() { IsCompacted = true }));
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => Job.StartAsync(apart, store, OldStoreJobs.Options));
        Assert.Contains("Pipeline 'apart', sink 'topic': topic 'long-keys', partition ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Write to a topic of another name", error.Message, StringComparison.Ordinal);
    }

    private static async Task<long> CountAsync(Store store, string topic)
    {
        long count = 0;
        for (int partition = 0; partition < 2; partition++)
            count += (await store.Topics.ReadAsync(topic, partition, 0, 1 << 20)).Sum(entry => (long)entry.Records);
        return count;
    }

    private async Task GoesOnAsync<TKey>(string name, Func<int, TKey> keyOf, Func<int, TKey> other)
    {
        await using Store store = Open();
        await using (Job job = await OldStoreJobs.StartAsync(name, other, store))
        {
            await CheckAsync(job, 1);
            await OldStoreJobs.WriteRowsAsync(store, "second", value: 2);
            await OldStoreJobs.UntilAsync<TKey>(job, 2);
            await CheckAsync(job, 2);
            Assert.Equal(OldStoreJobs.Keys, job.Metrics.Operators["once"]["duplicates"]);
            await job.StopAsync();
        }

        await using Job restarted = await OldStoreJobs.StartAsync(name, keyOf, store);
        await CheckAsync(restarted, 2);

        async Task CheckAsync(Job job, int rows)
        {
            for (int key = 0; key < OldStoreJobs.Keys; key++)
            {
                foreach (TKey one in new[] { keyOf(key), other(key) })
                {
                    Assert.Equal(rows, await job.Entity<TKey, int>(new("counts"), one).AskAsync());
                    Assert.Equal([(long)rows],
                        (await job.Entity<TKey, IReadOnlyList<WindowResult<TKey, long>>>(new("windows"), one).AskAsync())!.Select(pane =>
                            pane.Result));
                }
            }
        }
    }

    private Store Open()
    {
        string path = _folder["old-store.db"];
        using (Stream packed = typeof(OldStoreSpec).Assembly.GetManifestResourceStream("old-store.db.gz")!)
        using (var unpacked = new GZipStream(packed, CompressionMode.Decompress))
        using (FileStream file = File.Create(path))
            unpacked.CopyTo(file);
        return Store.Sqlite(path);
    }
}
