using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/files.md.</summary>
public sealed class FilesPage : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("files-page-");

    public readonly record struct Click(string User, DateTimeOffset Time);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_scheduled_job_takes_what_is_new()
    {
        await using MemoryStore store = Store.InMemory();
        await WriteAsync("monday.csv", "ann,2026-01-05T12:10:00Z", "ann,2026-01-05T12:40:00Z", "bob,2026-01-05T13:30:00Z");
        await RunAsync(store, _folder.FullName);
        Assert.Equal(["ann 2"], Visits(store));

        await WriteAsync("tuesday.csv", "bob,2026-01-05T13:40:00Z", "ann,2026-01-06T08:00:00Z");
        await RunAsync(store, _folder.FullName);
        Assert.Equal(["ann 2", "bob 2"], Visits(store));
    }

    private static async Task RunAsync(MemoryStore store, string folder)
    {
        #region files-available-now
        var pipeline = Pipeline.Create("visits");
        pipeline.Read("clicks", Csv.File<Click>(Path.Combine(folder, "*.csv")))
                .WithEventTime(click => click.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(1)))
                .KeyBy(click => click.User)
                .Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                .Aggregate(a => a.Count())
                .Write("visits", Sinks.Table<WindowResult<string, long>>("visits", t => t
                    .Column("user", r => r.Key)
                    .Column("hour", r => r.Window.StartTime)
                    .Column("clicks", r => r.Result)));

        await using var job = await Job.StartAsync(pipeline, store, new JobOptions { AvailableNow = true });
        await job.Completion;                                     // every hour, by a scheduler
        #endregion
    }

    private static string[] Visits(MemoryStore store) =>
        [.. store.ReadTable("visits").Select(row => $"{row[0]} {row[2]}").Order(StringComparer.Ordinal)];

    private Task WriteAsync(string name, params string[] lines) =>
        File.WriteAllLinesAsync(Path.Combine(_folder.FullName, name), ["user,time", .. lines]);
}
