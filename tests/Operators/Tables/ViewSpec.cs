using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

public sealed class ViewSpec
{
    private static readonly JobOptions Options = new()
    {
        Parallelism = 2,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
        RetainEpochs = 3
    };

    [Fact]
    public async Task View_shows_committed_epochs_only()
    {
        var source = new TestSource<(string Key, int? Value)>();
        await using StreamTest test = await StartAsync(source);
        source.Element(("a", 1), "12:00");
        test.Commit();
        source.Element(("a", 2), "12:00").Element(("b", 5), "12:00");
        test.RunUntilIdle();
        TableView<string, int?> view = test.Job.Table<string, int?>("view");
        Assert.Equal(1, await view.GetAsync("a"));
        Assert.Null(await view.GetAsync("b"));
        test.Commit();
        Assert.True(view.TryGet("a", out int? value, out long epoch));
        Assert.Equal((2, 2), (value, epoch));
        Assert.Equal(["b 5"], (await view.RangeAsync("b", "z")).Rows.Select(row => $"{row.Key} {row.Value}"));
    }

    [Fact]
    public async Task Older_epochs_are_read_from_the_store()
    {
        var source = new TestSource<(string Key, int? Value)>();
        await using StreamTest test = await StartAsync(source);
        for (int i = 1; i <= 4; i++)
        {
            source.Element(("a", i), "12:00").Element(($"k{i}", i), "12:00");
            test.Commit();
        }

        TableView<string, int?> view = test.Job.Table<string, int?>("view");
        Assert.Equal(3, test.Run(() => view.AsOf(3).GetAsync("a")));
        Assert.Equal(3, test.Run(() => view.AsOf(2).ScanAsync()).Rows.Count);
        StoreException error = Assert.Throws<StoreException>(() => test.Run(() => view.AsOf(1).GetAsync("a")));
        Assert.Contains("Epoch 1 is not retained", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Observer_sees_a_snapshot_then_changes_and_goes_on_after_a_crash()
    {
        var source = new TestSource<(string Key, int? Value)>();
        await using StreamTest test = await StartAsync(source);
        source.Element(("a", 1), "12:00").Element(("b", 1), "12:00");
        test.Commit();
        IAsyncEnumerator<EpochChanges<string, int?>> observer = test.Job.Table<string, int?>("view").Observe().GetAsyncEnumerator();
        Assert.Equal("1 snapshot: +a=1 +b=1", Next(test, observer));
        source.Element(("a", 2), "12:00").Element(("a", 3), "12:00").Element(("b", null), "12:00");
        test.Commit();
        Assert.Equal("2: +a=3 -a=1 -b=1", Next(test, observer));

        // Epoch 3 commits, and the observer's process ends before it sees it.
        source.Element(("c", 7), "12:00").Element(("a", 4), "12:00").Element(("a", 3), "12:00");
        test.Commit().CrashAndRestore(3);
        observer = test.Job.Table<string, int?>("view").Observe(after: 2).GetAsyncEnumerator();
        Assert.Equal("3: +c=7", Next(test, observer));
        source.Element(("c", null), "12:00");
        test.Commit();
        Assert.Equal("4: -c=7", Next(test, observer));
    }

    [Fact]
    public async Task Unknown_view_and_wrong_types_are_told()
    {
        var source = new TestSource<(string Key, int? Value)>();
        await using StreamTest test = await StartAsync(source);
        Assert.Contains("it has 'view'", Assert.Throws<JobException>(() => test.Job.Table<string, int?>("other")).Message,
            StringComparison.Ordinal);
        Assert.Contains("has other types", Assert.Throws<JobException>(() => test.Job.Table<string, string>("view")).Message,
            StringComparison.Ordinal);
    }

    private static Task<StreamTest> StartAsync(TestSource<(string Key, int? Value)> source) => StreamTest.StartAsync(pipeline =>
        pipeline.Read("rows", source).KeyBy(row => row.Key)
            .ToTable("table", row => row.Value, new TableOptions<(string Key, int? Value)> { IsDelete = row => row.Value is null })
            .Materialize("view"), Options);

    private static string Next(StreamTest test, IAsyncEnumerator<EpochChanges<string, int?>> observer)
    {
        Assert.True(test.Run(() => observer.MoveNextAsync().AsTask()));
        EpochChanges<string, int?> epoch = observer.Current;
        IEnumerable<string> changes = epoch.Changes.Select(
            change => $"{(change.IsRetraction ? '-' : '+')}{change.Row.Key}={change.Row.Value}").Order(StringComparer.Ordinal);
        return $"{epoch.Epoch}{(epoch.IsSnapshot ? " snapshot" : "")}: {string.Join(' ', changes)}";
    }
}
