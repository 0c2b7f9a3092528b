using System.IO.Compression;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests.OldStores;

/// <summary>A store that was written before aggregates were composed by position is read, and goes on.</summary>
public sealed class OldAggregatesSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Accumulators_side_by_side_go_on()
    {
        string path = _folder["old-aggregates.db"];
        using (Stream packed = typeof(OldAggregatesSpec).Assembly.GetManifestResourceStream("old-aggregates.db.gz")!)
        using (var unpacked = new GZipStream(packed, CompressionMode.Decompress))
        using (FileStream file = File.Create(path))
            unpacked.CopyTo(file);
        await using Store store = Store.Sqlite(path);
        await using Job job = await OldAggregateJobs.StartAsync(store);
        await CheckAsync(job, "2 3 2 1.5 2 1.5", "2 3 2");
        await OldAggregateJobs.WriteRowsAsync(store, "second", value: 5);
        await OldAggregateJobs.UntilAsync(job, 4);
        await CheckAsync(job, "4 14 6 3.5 4 3.5", "4 14 6");
        await job.StopAsync();
    }

    private static async Task CheckAsync(Job job, string windows, string group)
    {
        for (int key = 0; key < OldAggregateJobs.Keys; key++)
        {
            foreach (string name in (string[])["days", "hops", "sessions", "late"])
            {
                IReadOnlyList<WindowResult<int, string>>? panes =
                    await job.Entity<int, IReadOnlyList<WindowResult<int, string>>>(new(name), key).AskAsync();
                Assert.Equal([windows], panes!.Select(pane => pane.Result));
            }

            Assert.Contains((key, group), (await job.Table<int, string>("view").ScanAsync()).Rows.Select(row => (row.Key, row.Value)));
        }
    }
}
