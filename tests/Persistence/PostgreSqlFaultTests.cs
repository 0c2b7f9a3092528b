using ActorStreams.Authoring;
using ActorStreams.Persistence.PostgreSql;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using Npgsql;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.Persistence.Tests;

/// <summary>PostgreSQL under failing statements, connections cut at every step, answers that never come, and servers that must be
/// refused.</summary>
[Collection("PostgreSQL")]
public sealed class PostgreSqlFaultTests : IAsyncLifetime
{
    private static readonly TableSpec s_log = new("log", [new("epoch", ColumnType.Int64)], TableMode.Insert);
    private readonly PostgreSqlFixture _fixture = new(ownDatabase: true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private static EpochCommit FullEpoch(long epoch) =>
        Epoch(epoch, Event(epoch, 0), epoch % 3 == 0 ? Snapshot(epoch, 2) : Event(epoch, 2), Event(epoch, 3, op: $"operator {epoch}"))
            .With(new Rows(s_log, [epoch])).Retaining(epoch - 2);

    private async Task CheckAsync(JobReader reader, long epoch)
    {
        Assert.Equal(epoch, (await reader.LastEpochAsync())?.Epoch ?? 0);
        if (epoch == 0)
            return;
        Assert.Equal(epoch, (await reader.ReadAllAsync(epoch)).Max(e => e.Epoch));
        IReadOnlyList<object?[]> rows = await _fixture.ReadTableAsync("log", ColumnType.Int64);
        Assert.Equal(Enumerable.Range(1, (int)epoch).Select(e => (long)e), rows.Select(r => (long)r[0]!).Order());
    }

    private void Cut() => PostgreSqlServer.CutConnections(_fixture.ConnectionString);

    [Fact]
    public async Task A_commit_that_fails_at_any_step_is_all_there_or_not_at_all_and_succeeds_again()
    {
        FailingSteps faults = FailingSteps.WithIoError();
        await using Store store = _fixture.Open(faults);
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(FullEpoch(1));
        for (int step = 0, epoch = 2; ; step++, epoch++)
        {
            faults.Arm(step);
            try
            {
                await journal.CommitAsync(FullEpoch(epoch));
            }
            catch (StoreException)
            {
                await CheckAsync(journal, faults.Failed == "committed" ? epoch : epoch - 1);
            }

            bool isDone = faults.Failed is null;
            faults.Arm(-1);
            await journal.CommitAsync(FullEpoch(epoch));
            await CheckAsync(journal, epoch);
            if (isDone)
                break;
            Assert.InRange(step, 0, 10);
        }
    }

    [Fact]
    public async Task A_commit_whose_connection_is_cut_at_any_step_connects_again_and_commits_once()
    {
        FailingSteps faults = new(_ => Cut());
        await using Store store = _fixture.Open(faults);
        JobJournal journal = await store.OpenAsync("job");
        List<string> cut = [];
        for (int step = 0; ; step++)
        {
            faults.Arm(step);
            await journal.CommitAsync(FullEpoch(step + 1));
            await CheckAsync(journal, step + 1);
            if (faults.Failed is null)
                break;
            cut.Add(faults.Failed);
        }

        Assert.Equal(["fence", "operators", "journal", "table log", "epoch", "commit", "committed"], cut);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_finds_out_that_it_is_committed()
    {
        FailingSteps faults = LoseAnswers(out List<Action> meanwhile);
        await using Store store = _fixture.Open(faults), other = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        faults.Arm(6);
        await journal.CommitAsync(FullEpoch(1));
        Assert.Equal("committed", faults.Failed);
        await CheckAsync(journal, 1);

        // it is committed even when another writer takes over before the first one can ask
        meanwhile.Add(() => other.OpenAsync("job").AsTask().GetAwaiter().GetResult());
        faults.Arm(6);
        await journal.CommitAsync(FullEpoch(2));
        Assert.Equal("committed", faults.Failed);
        await CheckAsync(journal, 2);
        await Assert.ThrowsAsync<FencedException>(async () => await journal.CommitAsync(FullEpoch(3)));
    }

    [Fact]
    public async Task A_writer_cut_off_while_another_takes_over_is_fenced_and_nothing_of_it_stays()
    {
        await using Store other = _fixture.Open();
        FailingSteps faults = new(_ =>
        {
            Cut();
            other.OpenAsync("job").AsTask().GetAwaiter().GetResult();
        });
        await using Store store = _fixture.Open(faults);
        for (int step = 0; step < 5; step++)
        {
            faults.Arm(-1);
            JobJournal journal = await store.OpenAsync("job");
            faults.Arm(step);
            await Assert.ThrowsAsync<FencedException>(async () => await journal.CommitAsync(FullEpoch(1)));
            Assert.Null(await journal.LastEpochAsync());
        }
    }

    [Fact]
    public async Task A_frozen_writer_holds_up_its_successor_only_for_a_while()
    {
        _fixture.Options = _fixture.Options with { SilentWriterTimeout = TimeSpan.FromMilliseconds(300) };
        await using Store other = _fixture.Open();
        // while this one sits in its transaction
        FailingSteps faults = new(_ => other.OpenAsync("job").AsTask().GetAwaiter().GetResult());
        await using Store store = _fixture.Open(faults);
        JobJournal journal = await store.OpenAsync("job");
        faults.Arm(5);
        await Assert.ThrowsAsync<FencedException>(async () => await journal.CommitAsync(FullEpoch(1)));
        Assert.Equal("commit", faults.Failed);
        Assert.Null(await journal.LastEpochAsync());
    }

    [Fact]
    public async Task An_open_that_is_cut_or_fails_at_any_step_can_be_done_again()
    {
        foreach (Action<string> fail in new Action<string>[] { _ => Cut(), step => throw new StoreException(step, isTransient: true) })
        {
            for (int step = 0; step < 4; step++)
            {
                FailingSteps faults = new(fail);
                faults.Arm(step);
                await using Store store = _fixture.Open(faults);
                try
                {
                    await store.OpenAsync("job");
                }
                catch (StoreException e)
                {
                    Assert.True(e.IsTransient);
                }

                Assert.NotNull(faults.Failed);
                await store.OpenAsync("job");
            }
        }
    }

    [Fact]
    public async Task Without_a_server_the_error_is_transient_says_so_and_keeps_the_password()
    {
        const string secret = "c4n4ry";
        await using Store store = new PostgreSqlStore($"Host=127.0.0.1;Port=1;Username=u;Password={secret};Database=d",
            new() { RetryFor = TimeSpan.Zero });
        StoreException error = await Assert.ThrowsAsync<StoreException>(async () => await store.OpenAsync("job"));
        Assert.True(error.IsTransient);
        Assert.DoesNotContain(secret, error.ToString());
        Assert.DoesNotContain(secret, store.Description);
        foreach (string wrong in new[] { $"Host=h;Password=x;{secret}", $"Host=h;Port={secret}", $"Host=h;Password=a;{secret}=1" })
            Assert.DoesNotContain(secret, Assert.ThrowsAny<ArgumentException>(() => Store.PostgreSql(wrong)).ToString());
    }

    [Theory]
    [InlineData("synchronous_commit=off", "synchronous_commit")]
    [InlineData("synchronous_commit=local", "synchronous_commit")]
    [InlineData("default_transaction_read_only=on", "read-only")]
    public async Task A_server_that_cannot_keep_the_promise_is_refused(string setting, string named)
    {
        string connection = $"{_fixture.ConnectionString};Options=-c {setting}";
        await using Store store = new PostgreSqlStore(connection, _fixture.Options);
        Assert.Contains(named, (await Assert.ThrowsAsync<StoreException>(async () => await store.OpenAsync("job"))).Message);
        if (named == "read-only")
            return;
        await using Store allowed = new PostgreSqlStore(connection, _fixture.Options with { AllowUnsafeServer = true });
        await (await allowed.OpenAsync("job")).CommitAsync(FullEpoch(1));
    }

    [Fact]
    public async Task A_damaged_blob_a_newer_format_and_lost_epochs_are_named()
    {
        string schema = _fixture.Options.Schema;
        await using (Store store = _fixture.Open())
        {
            JobJournal journal = await store.OpenAsync("job");
            await journal.CommitAsync(Epoch(1, Event(1, 0), Event(1, 7)));
            PostgreSqlServer.Execute(_fixture.ConnectionString, $"UPDATE {schema}.journal SET payload = '\\x00' WHERE shard = 7");
            StoreException error = await Assert.ThrowsAsync<StoreException>(() => journal.ReadAllAsync(1));
            Assert.All(new[] { "'job'", "'counts'", "shard 7", "epoch 1" }, part => Assert.Contains(part, error.Message));
        }

        PostgreSqlServer.Execute(_fixture.ConnectionString, $"DELETE FROM {schema}.epochs");
        await using (Store store = _fixture.Open())
            Assert.Contains("lost or gained", (await Assert.ThrowsAsync<StoreException>(async () => await store.OpenAsync("job"))).Message);
        PostgreSqlServer.Execute(_fixture.ConnectionString, $"UPDATE {schema}.meta SET value = 7");
        await using (Store store = _fixture.Open())
            Assert.Contains("format 7", (await Assert.ThrowsAsync<StoreException>(async () => await store.OpenAsync("job"))).Message);
    }

    [Fact]
    public async Task A_server_that_forgot_epochs_is_noticed_at_the_next_commit()
    {
        await using Store store = _fixture.Open();
        JobJournal journal = await store.OpenAsync("job");
        await journal.CommitAsync(FullEpoch(1));
        await journal.CommitAsync(FullEpoch(2));
        string schema = _fixture.Options.Schema;   // as after a failover to a copy that was behind
        PostgreSqlServer.Execute(_fixture.ConnectionString,
            $"DELETE FROM {schema}.epochs WHERE epoch = 2; DELETE FROM {schema}.journal WHERE epoch = 2; UPDATE {schema}.jobs SET last_epoch = 1");
        Assert.Contains("lost or gained",
            (await Assert.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(FullEpoch(3)))).Message);
        Assert.Equal(1, (await journal.LastEpochAsync())!.Epoch);
    }

    [Fact]
    public async Task Stores_opened_at_once_create_one_schema()
    {
        Store[] stores = [.. Enumerable.Range(0, 8).Select(_ => _fixture.Open())];
        JobJournal[] journals = await Task.WhenAll(stores.Select((s, i) => s.OpenAsync($"job {i}").AsTask()));
        await Task.WhenAll(journals.Select(j => j.CommitAsync(FullEpoch(1)).AsTask()));
        Assert.Equal(8, (await _fixture.ReadTableAsync("log", ColumnType.Int64)).Count);
        foreach (Store store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task The_journal_stays_small_while_a_job_goes_on()
    {
        await using Store store = _fixture.Open();
        await using JobJournal journal = await store.OpenAsync("job");
        ValueTask CommitAsync(long epoch) =>
            journal.CommitAsync(
                Epoch(epoch, [.. Enumerable.Range(0, 16).Select(s => (epoch + s) % 20 == 0 ? Snapshot(epoch, s) : Event(epoch, s))])
                .Retaining(epoch - 2));
        for (long epoch = 1; epoch <= 100; epoch++)
            await CommitAsync(epoch);

        // What was being dropped while the last epochs were committed is done first; the next commit then starts anew.
        await ((PostgreSqlJournal)journal).Trim.DroppedAsync();
        await CommitAsync(101);
        await ((PostgreSqlJournal)journal).Trim.DroppedAsync();
        long Rows() =>
            (long)PostgreSqlServer.Execute(_fixture.ConnectionString, $"SELECT count(*) FROM {_fixture.Options.Schema}.journal")!;
        Assert.InRange(Rows(), 1, 450);
    }

    private FailingSteps LoseAnswers(out List<Action> meanwhile)
    {
        List<Action> actions = meanwhile = [];
        return new FailingSteps(_ =>
        {
            Cut();
            actions.ForEach(a => a());
            throw new NpgsqlException("The connection was lost while waiting for the answer.", new IOException());
        });
    }
}
