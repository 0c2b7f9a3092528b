using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>Whoever observes a table goes on where it stopped, is told when that cannot be, and hears nothing of epochs without a
/// change.</summary>
[Trait("Issue", "C3")]
public sealed class ObserveSpec
{
    private static readonly JobOptions Options = new()
    {
        Parallelism = 2,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
        RetainEpochs = 3
    };

    private readonly TestSource<(string Key, int? Value)> _source = new();

    [Fact]
    public async Task An_epoch_that_is_not_retained_is_answered_by_all_rows_marked_as_a_snapshot()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);
        for (int i = 1; i <= 5; i++)
            Change(test, "b", i);
        test.CrashAndRestore();

        await using IAsyncEnumerator<EpochChanges<string, int?>> observer = View(test).Observe(after: 1).GetAsyncEnumerator();

        Assert.Equal("6 snapshot: +a=1 +b=5", Next(test, observer));
        Change(test, "a", 2);
        Assert.Equal("7: +a=2 -a=1", Next(test, observer));
    }

    [Fact]
    public async Task Who_wants_to_know_gets_a_typed_error_instead()
    {
        await using StreamTest test = await StartAsync();
        for (int i = 1; i <= 6; i++)
            Change(test, "b", i);
        test.CrashAndRestore();

        await using IAsyncEnumerator<EpochChanges<string, int?>> observer = View(test).Observe(1, WhenNotRetained.Fail)
            .GetAsyncEnumerator();

        EpochNotRetainedException error = Assert.Throws<EpochNotRetainedException>(() => test.Run(() => observer.MoveNextAsync().AsTask()));
        Assert.Equal(1, error.Epoch);
        Assert.Contains("Pipeline 'test', table 'view': the changes since epoch 1 are not known any more", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_epoch_that_is_still_retained_is_gone_on_from_without_a_snapshot_after_a_restart()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);
        Change(test, "a", 2);
        Change(test, "b", 1);
        test.CrashAndRestore();

        await using IAsyncEnumerator<EpochChanges<string, int?>> observer = View(test).Observe(after: 1).GetAsyncEnumerator();

        Assert.Equal("3: +a=2 +b=1 -a=1", Next(test, observer));
    }

    [Fact]
    public async Task An_epoch_that_the_job_has_not_reached_is_refused_at_the_call()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);

        EpochNotReachedException error = Assert.Throws<EpochNotReachedException>(() => View(test).Observe(after: 2));

        Assert.Equal((2, 1), (error.Epoch, error.LastEpoch));
        Assert.Contains("another life of the job", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => View(test).Observe(after: -1));
    }

    [Fact]
    public async Task Epochs_that_change_nothing_are_not_told()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);
        await using IAsyncEnumerator<EpochChanges<string, int?>> observer = View(test).Observe().GetAsyncEnumerator();
        Assert.Equal("1 snapshot: +a=1", Next(test, observer));

        for (int i = 0; i < 20; i++)
            test.Commit();
        Change(test, "a", 1);   // the same value: a change that changes nothing
        Change(test, "b", 7);

        Assert.Equal("23: +b=7", Next(test, observer));
    }

    [Fact]
    public async Task An_observer_that_comes_back_goes_on_however_long_the_table_was_quiet()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);
        await using (IAsyncEnumerator<EpochChanges<string, int?>> first = View(test).Observe().GetAsyncEnumerator())
            Assert.Equal("1 snapshot: +a=1", Next(test, first));
        for (int i = 0; i < 20; i++)
            test.Commit();
        Change(test, "b", 2);

        await using IAsyncEnumerator<EpochChanges<string, int?>> second = View(test).Observe(1, WhenNotRetained.Fail).GetAsyncEnumerator();

        Assert.Equal("22: +b=2", Next(test, second));
    }

    [Fact]
    public async Task A_job_without_a_store_answers_an_old_epoch_by_a_snapshot()
    {
        var rows = new List<string>();
        var pipeline = Pipeline.Create("volatile");
        var ingress = new Ingress<(string Key, int? Value)>();
        pipeline.Read("rows", ingress).KeyBy(row => row.Key).ToTable("table", row => row.Value).Materialize("view");
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, Runs.Quick).WaitAsync(Limits.Test);
        await ingress.TellAsync(("a", 1)).WaitAsync(Limits.Test);
        await ingress.TellAsync(("a", 2)).WaitAsync(Limits.Test);

        await foreach (EpochChanges<string, int?> epoch in job.Table<string, int?>("view").Observe(after: 1))
        {
            rows.Add($"{epoch.IsSnapshot} {string.Join(' ', epoch.Changes.Select(change => $"{change.Row.Key}={change.Row.Value}"))}");
            break;
        }

        Assert.Equal(["True a=2"], rows);
    }

    [Fact]
    [Trait("Issue", "C2")]
    public async Task Observers_end_cleanly_when_they_are_told_to_and_the_job_goes_on()
    {
        await using StreamTest test = await StartAsync();
        Change(test, "a", 1);
        await using IAsyncEnumerator<EpochChanges<string, int?>> observer = View(test).Observe().GetAsyncEnumerator();
        Assert.Equal("1 snapshot: +a=1", Next(test, observer));

        test.Job.EndObservers();

        Assert.False(test.Run(() => observer.MoveNextAsync().AsTask()));
        await using IAsyncEnumerator<EpochChanges<string, int?>> later = View(test).Observe().GetAsyncEnumerator();
        Assert.False(test.Run(() => later.MoveNextAsync().AsTask()));
        Change(test, "a", 2);
        Assert.Equal(2, await View(test).GetAsync("a"));
    }

    private static TableView<string, int?> View(StreamTest test) => test.Job.Table<string, int?>("view");

    private Task<StreamTest> StartAsync() => StreamTest.StartAsync(pipeline =>
        pipeline.Read("rows", _source).KeyBy(row => row.Key).ToTable("table", row => row.Value).Materialize("view"), Options);

    private void Change(StreamTest test, string key, int? value)
    {
        _source.Element((key, value), "12:00");
        test.Commit();
    }

    private static string Next(StreamTest test, IAsyncEnumerator<EpochChanges<string, int?>> observer)
    {
        Assert.True(test.Run(() => observer.MoveNextAsync().AsTask()));
        EpochChanges<string, int?> epoch = observer.Current;
        IEnumerable<string> changes = epoch.Changes.Select(
            change => $"{(change.IsRetraction ? '-' : '+')}{change.Row.Key}={change.Row.Value}").Order(StringComparer.Ordinal);
        return $"{epoch.Epoch}{(epoch.IsSnapshot ? " snapshot" : "")}: {string.Join(' ', changes)}";
    }
}
