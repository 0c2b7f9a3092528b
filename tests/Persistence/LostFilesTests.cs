using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Persistence.Sqlite;

namespace ActorStreams.Persistence.Tests;

/// <summary>The files of a SQLite store that go away under a running job.</summary>
[Trait("Issue", "A15")]
public sealed class LostFilesTests : IAsyncLifetime
{
    private readonly string _parent = Directory.CreateTempSubdirectory("actorstreams-lost-").FullName;

    private string Folder => Path.Combine(_parent, "data");

    private string File => Path.Combine(Folder, "store.db");

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_parent, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("deleted", "store.db' was deleted or moved")]
    [InlineData("log deleted", "store.db-wal' was deleted or moved")]
    [InlineData("index deleted", "store.db-shm' was deleted or moved")]
    [InlineData("replaced", "store.db' was replaced")]
    [InlineData("log replaced", "store.db-wal' was replaced")]
    [InlineData("moved", "store.db' was deleted or moved")]
    [InlineData("emptied", "store.db' was emptied")]
    [InlineData("folder deleted", "was deleted with its folder")]
    public async Task A_job_whose_store_goes_away_ends_with_an_error_that_names_the_file_and_is_not_restarted(string what, string told)
    {
        if (OperatingSystem.IsWindows())
            return;   // there an open file cannot be deleted, replaced or emptied
        var source = new ScriptedSource<int>().Add(0);
        await using (Store first = Store.Sqlite(File))
        {
            await using Job before = await Job.StartAsync(Numbers(source), first,
                new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10) });
            await source.CommittedAsync(1);
        }

        await using Store store = new SqliteStore(File, new SqliteOptions { Synchronous = SqliteSynchronous.Normal });
        await using Job job = await Job.StartAsync(Numbers(source), store,
            new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10), Restart = RestartPolicy.BackOff });
        source.Add(1, 2, 3);
        await source.CommittedAsync(4);

        TakeAway(what);
        source.Add(4, 5, 6);
        StoreLostException error = await Assert.ThrowsAsync<StoreLostException>(() => job.Completion.WaitAsync(Limits.Test));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, job.Restarts);

        await Assert.ThrowsAnyAsync<StoreException>(() => Job.StartAsync(Numbers(source), store));
    }

    private static Pipeline Numbers(ScriptedSource<int> source)
    {
        var pipeline = Pipeline.Create("numbers");
        pipeline.Read("numbers", source).Write("all", Sinks.Table<int>("all_numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    private void TakeAway(string what)
    {
        switch (what)
        {
            case "deleted": System.IO.File.Delete(File); break;
            case "log deleted": System.IO.File.Delete(File + "-wal"); break;
            case "index deleted": System.IO.File.Delete(File + "-shm"); break;
            case "replaced": Replace(File); break;
            case "log replaced": Replace(File + "-wal"); break;
            case "moved": System.IO.File.Move(File, File + ".old"); break;
            case "folder deleted": Directory.Delete(Folder, recursive: true); break;
            default:
                using (FileStream cut = new(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                    cut.SetLength(0);
                break;
        }

        static void Replace(string file)
        {
            System.IO.File.Copy(file, file + ".copy");
            System.IO.File.Move(file + ".copy", file, overwrite: true);
        }
    }
}
