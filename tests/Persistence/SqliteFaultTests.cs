using ActorStreams.Authoring;
using ActorStreams.Persistence.Sqlite;
using ActorStreams.TestKit;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>SQLite under failing statements, crashes, torn and damaged files, and a full disk.</summary>
public sealed class SqliteFaultTests : IAsyncLifetime
{
    private static readonly TableSpec s_log = new("log", [new("epoch", ColumnType.Int64)], TableMode.Insert);
    private readonly SqliteFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private static EpochCommit FullEpoch(long epoch) =>
        Epoch(epoch, Event(epoch, 0), Blob(epoch, 1, 40_000), epoch % 3 == 0 ? Snapshot(epoch, 2) : Event(epoch, 2),
            Event(epoch, 3, op: $"operator {epoch}"))
            .With(new Rows(s_log, [epoch])).Retaining(epoch - 2);

    /// <summary>The job is at <paramref name="epoch"/> and all of it is there, none of the next.</summary>
    private async Task CheckAsync(JobReader reader, long epoch, SqliteFixture? fixture = null)
    {
        Assert.Equal(epoch, (await reader.LastEpochAsync())?.Epoch ?? 0);
        if (epoch == 0)
            return;
        List<JournalEvent> events = await reader.ReadAllAsync(epoch);
        Assert.Equal(epoch, events.Max(e => e.Epoch));
        Assert.True(events.Last(e => e.Shard == 1).Payload.Span.SequenceEqual(Blob(epoch, 1, 40_000).Payload.Span));
        IReadOnlyList<object?[]> rows = await (fixture ?? _fixture).ReadTableAsync("log", ColumnType.Int64);
        Assert.Equal(Enumerable.Range(1, (int)epoch).Select(e => (long)e), rows.Select(r => (long)r[0]!));
    }

    [Fact]
    public async Task A_commit_that_fails_at_any_step_is_all_there_or_not_at_all_and_succeeds_again()
    {
        FailingSteps faults = FailingSteps.WithIoError();
        await using Store store = _fixture.Open(faults);
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(FullEpoch(1));
        long epoch = 2;
        int steps = 0;
        for (; ; steps++, epoch++)
        {
            faults.Arm(steps);
            try
            {
                await journal.CommitAsync(FullEpoch(epoch));
            }
            catch (StoreException e) when (e.IsTransient)
            {
                await CheckAsync(journal, faults.Failed == "after COMMIT" ? epoch : epoch - 1);
            }

            bool isDone = faults.Failed is null;
            faults.Arm(-1);
            await journal.CommitAsync(FullEpoch(epoch));
            await CheckAsync(journal, epoch);
            if (isDone)
                break;
        }

        Assert.InRange(steps, 10, 40);
    }

    [Fact]
    public async Task A_crash_at_any_step_leaves_the_last_or_the_new_epoch()
    {
        for (int step = 0; ; step++)
        {
            await using SqliteFixture copy = new();
            FailingSteps faults = new(_ => CopyFiles(copy));
            await using (Store store = _fixture.Open(faults))
            {
                JobJournal journal = await store.OpenAsync("job");
                long epoch = ((await journal.LastEpochAsync())?.Epoch ?? 0) + 1;
                faults.Arm(step);
                await journal.CommitAsync(FullEpoch(epoch));
                if (faults.Failed is null)
                    break;
                await using Store reopened = copy.Open();
                JobJournal resumed = await reopened.OpenAsync("job");
                await CheckAsync(resumed, faults.Failed == "after COMMIT" ? epoch : epoch - 1, copy);
                await resumed.CommitAsync(FullEpoch(epoch));
                await CheckAsync(resumed, epoch, copy);
            }
        }
    }

    [Fact]
    public async Task An_open_that_fails_at_any_step_can_be_done_again()
    {
        for (int step = 0; ; step++)
        {
            await using SqliteFixture fixture = new();
            FailingSteps faults = FailingSteps.WithIoError();
            faults.Arm(step);
            await using Store store = fixture.Open(faults);
            try
            {
                await store.OpenAsync("job");
            }
            catch (StoreException)
            {
                // once
            }

            if (faults.Failed is null)
            {
                Assert.InRange(step, 10, 60);
                break;
            }

            JobJournal journal = await store.OpenAsync("job");
            await journal.CommitAsync(FullEpoch(1));
            await CheckAsync(journal, 1, fixture);
        }
    }

    [Fact]
    public async Task A_log_torn_or_damaged_anywhere_opens_at_a_committed_epoch()
    {
        await using SqliteFixture crashed = new();
        await using (Store store = _fixture.Open())
        {
            JobJournal journal = await store.OpenAsync("job");
            for (long epoch = 1; epoch <= 5; epoch++)
                await journal.CommitAsync(FullEpoch(epoch));
            CopyFiles(crashed);   // the log is not in the file yet: as after kill -9
        }

        byte[] log = await File.ReadAllBytesAsync(crashed.File + "-wal"), file = await File.ReadAllBytesAsync(crashed.File);
        SortedSet<long> reached = [];
        foreach (int at in Enumerable.Range(0, (log.Length / 4096) + 1).Select(i => i * 4096).Append(log.Length))
        {
            foreach (bool isTorn in new[] { true, false })
            {
                await using SqliteFixture fixture = new();
                byte[] damaged = isTorn ? log[..at] : [.. log];
                if (!isTorn)
                    damaged.AsSpan(at, Math.Min(64, log.Length - at)).Fill(0xA5);
                await File.WriteAllBytesAsync(fixture.File, file);
                await File.WriteAllBytesAsync(fixture.File + "-wal", damaged);
                await using Store store = fixture.Open();
                JobJournal journal = await store.OpenAsync("job");
                long epoch = (await journal.LastEpochAsync())?.Epoch ?? 0;
                reached.Add(epoch);
                if (epoch > 0)
                    await CheckAsync(journal, epoch, fixture);
                if (isTorn)
                    await journal.CommitAsync(FullEpoch(epoch + 1));
            }
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], reached);
    }

    [Fact]
    public async Task A_damaged_blob_is_named_and_never_returned()
    {
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(Epoch(1, Event(1, 0), Event(1, 7)));
        _fixture.Execute("UPDATE actorstreams_journal SET payload = x'00' WHERE shard = 7");

        Assert.Single(await journal.ReadAllAsync(1, count: 7));
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => journal.ReadAllAsync(1));
        Assert.All(new[] { "'job'", "'counts'", "shard 7", "epoch 1" }, part => Assert.Contains(part, error.Message));

        _fixture.Execute("UPDATE actorstreams_epochs SET manifest = x'00'");
        error = await Assert.ThrowsAsync<StoreException>(async () => await journal.LastEpochAsync());
        Assert.Contains("manifest of epoch 1", error.Message);
    }

    [Fact]
    public async Task A_full_disk_is_transient_and_the_same_commit_succeeds_when_there_is_space()
    {
        _fixture.Options = new() { MaxPages = 40 };
        EpochCommit large = Epoch(2, Blob(2, 0, 900_000)).With(new Rows(s_log, [2]));
        await using (Store store = _fixture.Open())
        {
            JobJournal journal = await store.OpenAsync("job");
            await journal.CommitAsync(Epoch(1, Event(1, 0)).With(new Rows(s_log, [1])));
            for (int attempt = 0; attempt < 3; attempt++)
            {
                StoreException error = await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(large));
                Assert.True(error.IsTransient);
                Assert.Contains("full", error.Message);
            }

            Assert.Equal("0:1", await journal.ReadAsTextAsync(1));
            Assert.Single(await _fixture.ReadTableAsync("log", ColumnType.Int64));
            await store.OpenReaderAsync("job");
            await ((SqliteStore)store).Writer.RunAsync(database =>
            {
                database.Execute("PRAGMA max_page_count = 100000");
                return 0;
            });
            await journal.CommitAsync(large);
            Assert.Equal("0:1 0:2", await journal.ReadAsTextAsync(2));
        }
    }

    [Theory]
    [InlineData("this is a text file, and long enough to have something in the place of a header ......................................................")]
    [InlineData("SQLite format 3\0 but then no more of it")]
    public async Task A_file_that_is_no_database_is_named(string content)
    {
        await File.WriteAllTextAsync(_fixture.File, content);
        await using Store store = _fixture.Open();
        StoreException error = await Assert.ThrowsAsync<StoreException>(async () => await store.OpenAsync("job"));
        Assert.Contains(_fixture.File, error.Message);
        Assert.False(error.IsTransient);
        Assert.Equal(content, await File.ReadAllTextAsync(_fixture.File));
    }

    [Fact]
    public async Task A_newer_format_and_a_missing_folder_say_what_to_do()
    {
        await using (Store store = _fixture.Open())
            await store.OpenAsync("job");
        _fixture.Execute("UPDATE actorstreams_meta SET value = 7 WHERE key = 'format'");
        await using Store newer = _fixture.Open();
        StoreException error = await Assert.ThrowsAsync<StoreException>(async () => await newer.OpenAsync("job"));
        Assert.Contains("format 7", error.Message);
        Assert.Contains("Update", error.Message);
        await Assert.ThrowsAsync<StoreException>(async () => await newer.OpenReaderAsync("job"));

        await using Store nowhere = Store.Sqlite("/nowhere/at/all.db");
        error = await Assert.ThrowsAsync<StoreException>(async () => await nowhere.OpenAsync("job"));
        Assert.Contains("folder", error.Message);
    }

    [Theory]
    [InlineData(SqliteSynchronous.Full, 2)]
    [InlineData(SqliteSynchronous.Normal, 1)]
    public async Task Commits_are_flushed_as_the_options_say_also_after_rows_were_dropped(SqliteSynchronous synchronous, long level)
    {
        _fixture.Options = new() { Synchronous = synchronous };
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        for (long epoch = 1; epoch <= 10; epoch++)
            await journal.CommitAsync(Epoch(epoch, Snapshot(epoch, 0)).Retaining(epoch));
        foreach ((string pragma, long expected) in new[] { ("synchronous", level), ("page_size", 16384L), ("wal_autocheckpoint", 0L) })
            Assert.Equal(expected, await ((SqliteStore)store).Writer.RunAsync(database => database.Number($"PRAGMA {pragma}")));
        Assert.Equal(1, _fixture.Count("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"));
    }

    [Fact]
    public async Task Another_process_that_keeps_the_file_locked_is_transient()
    {
        _fixture.Options = new() { BusyTimeout = TimeSpan.FromMilliseconds(50) };
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        using SqliteDatabase other = new(_fixture.File, create: false, TimeSpan.Zero);
        other.Begin();
        Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(Epoch(1)))).IsTransient);
        other.TryRollback();
        await journal.CommitAsync(Epoch(1));
    }

    [Fact]
    public async Task Journal_and_log_stay_small_while_a_job_goes_on()
    {
        const long checkpointBytes = 1024 * 1024, commitBytes = 1024 * 1024;
        _fixture.Options = new() { CheckpointBytes = checkpointBytes };
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        long epoch = 1;
        async Task CommitAsync()
        {
            await journal.CommitAsync(
                Epoch(epoch, [.. Enumerable.Range(0, 16).Select(s => (epoch + s) % 20 == 0 ? Snapshot(epoch, s) : Blob(epoch, s, 4000))])
                .Retaining(epoch - 2));
            epoch++;
            Assert.InRange(LogBytes(), 0, (SqliteCheckpointer.LogLimit * checkpointBytes) + commitBytes);
        }

        while (epoch <= 200)
            await CommitAsync();

        // What was being dropped while the last epochs were committed is done first; the next commit then plans anew.
        await IdleAsync(store);
        await CommitAsync();
        await IdleAsync(store);
        // 16 shards: 20 epochs between snapshots, and those retained
        Assert.InRange(_fixture.Count("SELECT count(*) FROM actorstreams_journal"), 1, 16 * 23);
    }

    [Fact]
    public async Task The_log_is_bounded_even_if_no_one_copies_it_between_commits()
    {
        const long checkpointBytes = 256 * 1024, commitBytes = 512 * 1024;
        _fixture.Options = new() { CheckpointBytes = checkpointBytes };
        await using SqliteStore store = (SqliteStore)_fixture.Open();
        await store.Checkpointer.CloseAsync();
        JobJournal journal = await store.OpenAsync("job");
        long largest = 0;
        for (long epoch = 1; epoch <= 40; epoch++)
        {
            await journal.CommitAsync(Epoch(epoch, Blob(epoch, 0, 100_000)));
            largest = Math.Max(largest, LogBytes());
        }

        Assert.InRange(largest, SqliteCheckpointer.LogLimit * checkpointBytes, (SqliteCheckpointer.LogLimit * checkpointBytes) +
            commitBytes);
        Assert.Equal(40, (await journal.ReadAllAsync(40)).Count);
    }

    [Fact]
    public async Task A_reader_of_an_older_state_lets_the_log_grow_and_commits_go_on()
    {
        const long checkpointBytes = 64 * 1024;
        _fixture.Options = new() { CheckpointBytes = checkpointBytes };
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(Epoch(1));
        using (SqliteDatabase reader = new(_fixture.File, create: false, TimeSpan.Zero))
        {
            reader.Execute("BEGIN");
            reader.Number("SELECT count(*) FROM actorstreams_epochs");
            for (long epoch = 2; epoch <= 20; epoch++)
                await journal.CommitAsync(Epoch(epoch, Blob(epoch, 0, 100_000)));
            Assert.Equal(1, reader.Number("SELECT count(*) FROM actorstreams_epochs"));
            Assert.InRange(LogBytes(), 19 * 100_000, long.MaxValue);
        }

        await journal.CommitAsync(Epoch(21));
        Assert.InRange(LogBytes(), 0, (SqliteCheckpointer.LogLimit * checkpointBytes) + (256 * 1024));
    }

    [Fact]
    public async Task A_closed_store_leaves_one_file_and_says_that_it_is_closed()
    {
        Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(Epoch(1));
        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.False(File.Exists(_fixture.File + "-wal"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.CommitAsync(Epoch(2)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.LastEpochAsync());
    }

    private long LogBytes() => new FileInfo(_fixture.File + "-wal").Length;

    /// <summary>Lets the writer do whatever it has put off, a few hundred steps of it.</summary>
    private static async Task IdleAsync(Store store)
    {
        IdleSteps steps = new(500);
        ((SqliteStore)store).Writer.WhenIdle(steps);
        await steps.Done;
    }

    private sealed class IdleSteps(int count) : ISqliteIdleWork
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task Done => _done.Task;

        public bool Step(SqliteDatabase database)
        {
            if (--_left > 0)
                return true;
            _done.SetResult();
            return false;
        }
    }

    private void CopyFiles(SqliteFixture to)
    {
        foreach (string suffix in new[] { "", "-wal" })
        {
            if (File.Exists(_fixture.File + suffix))
                File.Copy(_fixture.File + suffix, to.File + suffix);
        }
    }
}
